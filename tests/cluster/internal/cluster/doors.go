// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"os"
	"strconv"
	"syscall"
	"time"

	"mooring.dev/cluster/internal/door"
	"mooring.dev/cluster/internal/process"
)

const (
	apiDoor     = "door-api"
	anyPort     = 0
	doorCommand = "carry" // the hidden command of this program
)

func doorName(target string) string {
	parsed, err := door.ParseTarget(target)
	if err != nil {
		return "door-unknown"
	}
	return parsed.Name()
}

// apiPort is the same at each `up`, as kubectl keeps a folder for every address that it has ever spoken to. Each name has its own.
func (c *Cluster) apiPort() int {
	const first, others = 16443, 1000
	if c.name == DefaultName {
		return first
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(c.name))
	return first + 1 + int(hash.Sum32()%others)
}

// openAPI opens the host's door to the API server and returns its port: the one it had, the usual one, or any that is free.
func (c *Cluster) openAPI(had int) (int, error) {
	if c.book.Alive(apiDoor) {
		return had, nil
	}
	candidates := []int{had, c.apiPort(), anyPort}
	if had == 0 {
		candidates = candidates[1:]
	}
	for _, port := range candidates {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.EADDRINUSE) {
			continue
		}
		if err != nil {
			return 0, err
		}
		return listener.Addr().(*net.TCPAddr).Port, c.openDoor(apiDoor, listener, "--address=127.0.0.1:6443")
	}
	return 0, errors.New("no port of 127.0.0.1 is free")
}

// openDoor starts the process of a door inside the namespace, with a listener that was made outside of it.
func (c *Cluster) openDoor(name string, listener net.Listener, where ...string) error {
	defer listener.Close()
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		return err
	}
	defer file.Close()
	self, err := os.Executable()
	if err != nil {
		return err
	}
	_, err = c.book.Start(process.Launch{
		Name: name, Command: append([]string{self, doorCommand, "--for=" + listener.Addr().String()}, where...),
		Folder: c.state, Log: c.log(name), Extra: []*os.File{file}, In: c.space, Path: os.Getenv("PATH"),
	})
	return err
}

// Expose opens a door to a port of a Service and returns its address; an empty one means any free port of the loopback.
func (c *Cluster) Expose(ctx context.Context, target door.Target, listen string) (string, error) {
	unlock, err := c.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	found, err := c.facts()
	if err != nil {
		return "", err
	}
	if had, known := found.Doors[target.String()]; known && c.book.Alive(target.Name()) && (listen == "" || listen == had) {
		return had, nil
	}
	client, err := c.api()
	if err != nil {
		return "", err
	}
	if _, err := target.Address(ctx, client); err != nil {
		return "", err
	}
	if err := c.book.Stop(ctx, target.Name()); err != nil {
		return "", err
	}
	address, err := c.openService(target, listen)
	if err != nil {
		return "", err
	}
	if found.Doors == nil {
		found.Doors = map[string]string{}
	}
	found.Doors[target.String()] = address
	return address, c.keep(found)
}

func (c *Cluster) openService(target door.Target, listen string) (string, error) {
	if listen == "" {
		listen = "127.0.0.1:0"
	}
	host, port, err := net.SplitHostPort(listen)
	number, notNumber := strconv.Atoi(port)
	if address := net.ParseIP(host); err != nil || notNumber != nil || number < 0 || number > 65535 || address == nil || !address.IsLoopback() {
		return "", fmt.Errorf("--listen %s: allowed is an address of the loopback with a port, for example 127.0.0.1:3232", listen)
	}
	listener, err := net.Listen("tcp", listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return "", fmt.Errorf("--listen %s: the port is in use; choose another, or leave --listen out for any that is free", listen)
	}
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), c.openDoor(target.Name(), listener, "--service="+target.String(), "--state="+c.state, "--name="+c.name)
}

// Close closes the door to a port of a Service.
func (c *Cluster) Close(ctx context.Context, target door.Target) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	found, err := c.facts()
	if err != nil {
		return err
	}
	if _, known := found.Doors[target.String()]; !known {
		return fmt.Errorf("there is no door to %s; `cluster status` shows those there are", target)
	}
	delete(found.Doors, target.String())
	return errors.Join(c.book.Stop(ctx, target.Name()), c.keep(found))
}

// reopenDoors starts those that have died, at the addresses that they had.
func (c *Cluster) reopenDoors() error {
	found, err := c.facts()
	if err != nil {
		return err
	}
	for text, address := range found.Doors {
		target, err := door.ParseTarget(text)
		if err != nil || c.book.Alive(target.Name()) {
			continue
		}
		if _, err := c.openService(target, address); err != nil {
			c.progress.Note("the door to %s stays shut: %v", text, err)
		}
	}
	return nil
}

// Carry is the process of one door; its listener is descriptor 3. It runs inside the namespace.
func (c *Cluster) Carry(address, service string) error {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		return fmt.Errorf("descriptor 3 is not a listener: %w", err)
	}
	if address != "" {
		return door.Serve(listener, func(context.Context) (string, error) { return address, nil })
	}
	target, err := door.ParseTarget(service)
	if err != nil {
		return err
	}
	client, err := c.apiAt(apiInside)
	if err != nil {
		return err
	}
	return door.Serve(listener, door.Fresh(func(ctx context.Context) (string, error) { return target.Ready(ctx, client) }, time.Now))
}
