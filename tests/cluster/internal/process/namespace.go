// SPDX-License-Identifier: Apache-2.0

package process

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// Namespace is a network namespace by its path; the empty one is the host's.
type Namespace string

// Named is the namespace that `ip netns add NAME` makes.
func Named(name string) Namespace { return Namespace("/run/netns/" + name) }

// Exists says whether the namespace is there; what a crash may leave is a plain file.
func (n Namespace) Exists() bool {
	var stat unix.Statfs_t
	return unix.Statfs(string(n), &stat) == nil && stat.Type == unix.NSFS_MAGIC
}

// Do runs work inside the namespace: sockets that it makes and programs that it starts belong there.
func (n Namespace) Do(work func() error) error {
	if n == "" {
		return work()
	}
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread has changed and ends with this goroutine
		result <- n.enter(work)
	}()
	return <-result
}

func (n Namespace) enter(work func() error) error {
	file, err := os.Open(string(n))
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("cannot enter network namespace %s: %w", n, err)
	}
	return work()
}

// Processes lists who runs inside.
func (n Namespace) Processes() ([]int, error) {
	var space unix.Stat_t
	if err := unix.Stat(string(n), &space); err != nil {
		return nil, err
	}
	links, err := filepath.Glob("/proc/[0-9]*/ns/net")
	if err != nil {
		return nil, err
	}
	var inside []int
	for _, link := range links {
		var other unix.Stat_t
		if unix.Stat(link, &other) == nil && other.Ino == space.Ino && other.Dev == space.Dev {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(link))))
			if err == nil {
				inside = append(inside, pid)
			}
		}
	}
	return inside, nil
}

// Possible says why network namespaces cannot be made here, or nil.
func Possible() error {
	result := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		result <- unix.Unshare(unix.CLONE_NEWNET)
	}()
	return <-result
}
