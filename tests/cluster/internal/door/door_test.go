// SPDX-License-Identifier: Apache-2.0

package door

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"mooring.dev/cluster/internal/api"
)

func TestATargetIsReadAndRefused(t *testing.T) {
	for text, want := range map[string]Target{
		"default/notes:3232":  {"default", "notes", "3232"},
		"tools/my-notes:http": {"tools", "my-notes", "http"},
		"notes:3232":          {},
		"default/notes":       {},
		"default/notes:":      {},
		"../notes:1":          {},
	} {
		got, err := ParseTarget(text)
		if got != want || (err == nil) != (want != Target{}) {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestAPortIsFoundByNumberAndByName(t *testing.T) {
	var service api.Service
	service.Spec.ClusterIP = "10.96.0.7"
	service.Spec.Ports = []api.ServicePort{{Name: "metrics", Port: 9090}, {Name: "http", Port: 3232}}
	for _, port := range []string{"3232", "http"} {
		if got, err := (Target{"default", "notes", port}).choose(service); got != "10.96.0.7:3232" {
			t.Errorf("%s: %s, %v", port, got, err)
		}
	}
	if _, err := (Target{"default", "notes", "80"}).choose(service); err == nil || !strings.Contains(err.Error(), "metrics=9090, http=3232") {
		t.Errorf("%v", err)
	}
	service.Spec.ClusterIP = "None"
	if _, err := (Target{"default", "notes", "http"}).choose(service); err == nil || !strings.Contains(err.Error(), "headless") {
		t.Errorf("%v", err)
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func TestAConnectionIsCarriedBothWaysAndItsEndToo(t *testing.T) {
	server, front := listen(t), listen(t)
	go func() {
		connection, err := server.Accept()
		if err != nil {
			return
		}
		question, _ := io.ReadAll(connection) // ends only when the client's end of input arrives
		_, _ = connection.Write(append([]byte("echo "), question...))
		connection.Close()
	}()
	go Serve(front, func(context.Context) (string, error) { return server.Addr().String(), nil })

	client, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, _ = client.Write([]byte("hello"))
	_ = client.(*net.TCPConn).CloseWrite()
	answer, err := io.ReadAll(client)
	if err != nil || string(answer) != "echo hello" {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestAConnectionThatLeadsNowhereIsResetAtOnce(t *testing.T) {
	front := listen(t)
	go Serve(front, func(context.Context) (string, error) { return "", errors.New("there is no such Service") })
	client, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	_, _ = client.Write([]byte("hello"))
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("%v", err)
	}
}

func TestAnAddressIsAskedForAgainAfterASecond(t *testing.T) {
	now, asked := time.Unix(0, 0), 0
	locate := Fresh(func(context.Context) (string, error) { asked++; return "address", nil }, func() time.Time { return now })
	for _, step := range []time.Duration{0, 900 * time.Millisecond, 200 * time.Millisecond} {
		now = now.Add(step)
		if _, err := locate(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if asked != 2 {
		t.Errorf("asked %d times", asked)
	}
}
