// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Addresses are private to the network namespace, so every cluster has the same.
const (
	nodeName     = "node-1"
	nodeAddress  = "10.200.0.1"
	podRange     = "10.88.0.0/16"
	serviceRange = "10.96.0.0/16"
	firstService = "10.96.0.1" // kubernetes.default
	dnsReady     = "127.0.0.1:8181"
)

// makeNetwork makes what is missing of the namespace and the node's address in it.
func (c *Cluster) makeNetwork() error {
	if !c.space.Exists() {
		if err := run("ip", "netns", "add", c.name); err != nil {
			return impossible("%v", err)
		}
	}
	return c.space.Do(func() error {
		if exec.Command("ip", "link", "show", "node0").Run() == nil {
			return nil
		}
		commands := [][]string{
			{"ip", "link", "set", "lo", "up"},
			{"ip", "link", "add", "node0", "type", "bridge"}, // a kernel may lack the `dummy` device
			{"ip", "address", "add", nodeAddress + "/32", "dev", "node0"},
			{"ip", "link", "set", "node0", "up"},
			{"ip", "route", "add", "default", "dev", "node0"}, // or addresses of Services have no way
			{"iptables", "-t", "nat", "-n", "-L", "POSTROUTING"},
		}
		for _, command := range commands {
			if err := run(command...); err != nil {
				return impossible("%v", err)
			}
		}
		return os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte("1"), 0o644)
	})
}

// bridgeIsFiltered says whether what pods of this node send each other passes iptables. Where it does not, answers of a
// pod to another would not find back through the Service's address, and every connection must be masked.
func (c *Cluster) bridgeIsFiltered() bool {
	return c.space.Do(func() error {
		return os.WriteFile("/proc/sys/net/bridge/bridge-nf-call-iptables", []byte("1"), 0o644)
	}) == nil
}

func (c *Cluster) removeNetwork() error {
	if _, err := os.Lstat(string(c.space)); err != nil {
		return nil
	}
	return run("ip", "netns", "delete", c.name)
}

// claimNetwork refuses a namespace that others use, when there is no state that says it is ours.
func (c *Cluster) claimNetwork() error {
	if !c.space.Exists() {
		return c.removeNetwork() // a crash may leave a plain file in its place
	}
	inside, err := c.space.Processes()
	if err != nil {
		return err
	}
	if len(inside) > 0 {
		return fmt.Errorf("network namespace %s is in use by processes %v, and %s does not say that they are of this cluster: "+
			"end them, or choose another --name", c.name, inside, c.state)
	}
	return c.removeNetwork()
}

func run(command ...string) error {
	output, err := exec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
