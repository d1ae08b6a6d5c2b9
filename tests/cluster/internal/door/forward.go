// SPDX-License-Identifier: Apache-2.0

package door

import (
	"context"
	"io"
	"log"
	"net"
	"sync"
	"time"
)

const dialLimit = 10 * time.Second

// Locate tells the address that the next connection goes to.
type Locate func(context.Context) (string, error)

// Serve forwards each connection that the listener takes. The listener may belong to another network namespace than
// this process: that is what makes it a door.
func Serve(listener net.Listener, locate Locate) error {
	for {
		outside, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer outside.Close()
			if err := forward(outside, locate); err != nil {
				log.Printf("%s: %v", outside.RemoteAddr(), err)
				refuse(outside)
			}
		}()
	}
}

// refuse resets the connection once the client has asked: Node's fetch never notices the end of one that it has not used yet.
func refuse(outside net.Conn) {
	_ = outside.SetReadDeadline(time.Now().Add(time.Second))
	_, _ = outside.Read(make([]byte, 1))
	if connection, can := outside.(*net.TCPConn); can {
		_ = connection.SetLinger(0)
	}
}

func forward(outside net.Conn, locate Locate) error {
	ctx, cancel := context.WithTimeout(context.Background(), dialLimit)
	defer cancel()
	address, err := locate(ctx)
	if err != nil {
		return err
	}
	inside, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer inside.Close()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		pass(outside, inside)
	}()
	pass(inside, outside)
	<-answered
	return nil
}

// pass copies one way; the end of input is told on, so that half-closed connections work.
func pass(to, from net.Conn) {
	_, err := io.Copy(to, from)
	if half, can := to.(*net.TCPConn); can && err == nil {
		_ = half.CloseWrite()
		return
	}
	_ = to.Close()
	_ = from.Close()
}

// Fresh keeps what locate said for a second: a Service may be made anew under another address.
func Fresh(locate Locate, now func() time.Time) Locate {
	var mutex sync.Mutex
	var address string
	var asked time.Time
	return func(ctx context.Context) (string, error) {
		mutex.Lock()
		defer mutex.Unlock()
		if address != "" && now().Sub(asked) < time.Second {
			return address, nil
		}
		found, err := locate(ctx)
		if err != nil {
			return "", err
		}
		address, asked = found, now()
		return address, nil
	}
}
