// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
	"mooring.dev/cluster/internal/process"
)

const stopLimit = 30 * time.Second

// Down ends everything of the cluster and removes its state.
func (c *Cluster) Down(ctx context.Context) error {
	if os.Geteuid() != 0 {
		return impossible("it needs root, and this is user %d", os.Geteuid())
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	defer os.Remove(c.lockFile())
	if _, err := os.Stat(c.path(marker)); err != nil {
		c.progress.Note("cluster %s is not up", c.name)
		return nil
	}
	begin := time.Now()
	if err := c.remove(ctx); err != nil {
		return err
	}
	c.progress.Note("cluster %s is down (%s)", c.name, time.Since(begin).Round(100*time.Millisecond))
	return nil
}

// remove stops in an order that leaves nobody waiting: who starts pods, the pods, their shims (which outlive containerd by
// design), and the API server before etcd, without which it would hang on for a minute and keep its port.
func (c *Cluster) remove(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopLimit)
	defer cancel()
	first, last := []string{"kubelet", "proxy", "controllers", "scheduler"}, []string{"dns", "containerd", "apiserver", "etcd"}
	for _, record := range c.book.All() { // doors
		if !slices.Contains(first, record.Name) && !slices.Contains(last, record.Name) {
			first = append(first, record.Name)
		}
	}
	if err := c.stop(ctx, first); err != nil {
		return err
	}
	if err := c.removeContainers(ctx); err != nil {
		return err
	}
	if err := c.stop(ctx, last); err != nil {
		return err
	}
	if err := c.stopStrays(ctx); err != nil {
		return err
	}
	if err := c.removeNetwork(); err != nil {
		return err
	}
	if err := c.unmount(); err != nil {
		return err
	}
	return os.RemoveAll(c.state)
}

// stopStrays ends what a crash has kept from being recorded: it runs in our namespace and its command line names our state.
func (c *Cluster) stopStrays(ctx context.Context) error {
	if !c.space.Exists() {
		return nil
	}
	inside, err := c.space.Processes()
	if err != nil {
		return err
	}
	for _, pid := range inside {
		identity, identified := process.Identify(pid)
		command, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if identified != nil || err != nil || !bytes.Contains(command, []byte(c.state+"/")) {
			continue
		}
		if err := identity.Kill(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (c *Cluster) stop(ctx context.Context, names []string) error {
	var problems []error
	for _, name := range names {
		problems = append(problems, c.book.Stop(ctx, name))
	}
	return errors.Join(problems...)
}

// removeContainers ends what runs in pods. The runtime clears its cgroups and mounts away if it still lives; what it cannot do is done here.
func (c *Cluster) removeContainers(ctx context.Context) error {
	folders, err := filepath.Glob(c.path("containerd/state/io.containerd.runtime.v2.task/k8s.io/*"))
	if err != nil {
		return err
	}
	var containers []string
	for _, folder := range folders {
		container := filepath.Base(folder)
		containers = append(containers, container)
		if first, ours := firstProcess(folder, container); ours {
			if err := first.Kill(ctx); err != nil {
				return err
			}
		}
	}
	if record, known := c.book.Read("containerd"); known && record.Alive() && len(containers) > 0 {
		runtime := programs{runtime: filepath.Dir(record.Command[0])}
		_ = c.ctr(runtime, append([]string{"tasks", "delete", "--force"}, containers...)...)
	}
	for _, shim := range c.shims() {
		if err := shim.Kill(ctx); err != nil {
			return err
		}
	}
	removeCgroups(containers)
	return nil
}

// firstProcess of a container, if the number in the runtime's folder still means it: its cgroup has the container's name.
func firstProcess(folder, container string) (process.Identity, bool) {
	content, err := os.ReadFile(filepath.Join(folder, "init.pid"))
	if err != nil {
		return process.Identity{}, false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return process.Identity{}, false
	}
	identity, err := process.Identify(pid)
	if err != nil {
		return identity, false
	}
	cgroups, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return identity, err == nil && bytes.Contains(cgroups, []byte(container))
}

// shims name the socket of their containerd as a word of their command line.
func (c *Cluster) shims() []process.Identity {
	lines, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil
	}
	var found []process.Identity
	for _, line := range lines {
		content, err := os.ReadFile(line)
		words := strings.Split(string(content), "\x00")
		if err != nil || filepath.Base(words[0]) != "containerd-shim-runc-v2" || !slices.Contains(words, c.runtimeSocket()) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(line)))
		if err != nil {
			continue
		}
		if identity, err := process.Identify(pid); err == nil {
			found = append(found, identity)
		}
	}
	return found
}

// removeCgroups removes empty folders only; in version 1 there is one for each controller.
func removeCgroups(containers []string) {
	for _, container := range containers {
		for _, pattern := range []string{"/sys/fs/cgroup/k8s.io/", "/sys/fs/cgroup/*/k8s.io/"} {
			folders, _ := filepath.Glob(pattern + container)
			for _, folder := range folders {
				_ = os.Remove(folder)
			}
		}
	}
}

// unmount frees the state of volumes, layers and namespaces, the innermost first.
func (c *Cluster) unmount() error {
	content, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return err
	}
	points := mountsBelow(string(content), c.state)
	for _, point := range slices.Backward(points) {
		if err := unix.Unmount(point, unix.MNT_DETACH); err != nil {
			return fmt.Errorf("cannot unmount %s: %w", point, err)
		}
	}
	return nil
}

var mountEscapes = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`)

// mountsBelow reads the fifth field of each line of mountinfo, in which blanks are written as octal numbers; see proc(5).
func mountsBelow(mountinfo, folder string) []string {
	var points []string
	for line := range strings.Lines(mountinfo) {
		fields := strings.Fields(line)
		if len(fields) < 5 {
			continue
		}
		if point := mountEscapes.Replace(fields[4]); strings.HasPrefix(point, folder+"/") {
			points = append(points, point)
		}
	}
	return points
}
