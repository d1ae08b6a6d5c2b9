// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"mooring.dev/cluster/internal/image"
	"mooring.dev/cluster/internal/process"
)

// Up brings the cluster up, mends what has died of it, or finds that nothing is to do.
func (c *Cluster) Up(ctx context.Context) error {
	if err := Possible(); err != nil {
		return err
	}
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	begin := time.Now()
	if c.Health(ctx) == nil {
		c.progress.Note("cluster %s is up", c.name)
		return nil
	}
	programs, err := c.programs()
	if err != nil {
		return err
	}
	if err := c.clearLeftovers(ctx); err != nil {
		return err
	}
	if err := c.prepare(programs); err != nil {
		return err
	}
	if err := c.start(ctx, programs); err != nil {
		return fmt.Errorf("%w\nThe logs are in %s; `cluster down` clears all away", err, c.path("log"))
	}
	c.progress.Note("cluster %s is up (%s)", c.name, time.Since(begin).Round(100*time.Millisecond))
	return nil
}

// Health says what is wrong with the cluster, or nil.
func (c *Cluster) Health(ctx context.Context) error {
	found, err := c.facts()
	if err != nil {
		return err
	}
	if !c.isOfThisBoot(found) {
		return fmt.Errorf("the machine was started anew since cluster %s was brought up", c.name)
	}
	names := append(componentNames(), apiDoor)
	for target := range found.Doors {
		names = append(names, doorName(target))
	}
	for _, name := range names {
		if !c.book.Alive(name) {
			return fmt.Errorf("%s does not run", name)
		}
	}
	client, err := c.api()
	if err != nil {
		return err
	}
	return errors.Join(client.Ready(ctx), client.NodeReady(ctx, nodeName))
}

func (c *Cluster) isOfThisBoot(found facts) bool {
	boot, err := process.BootID()
	return err == nil && boot == found.Boot && c.space.Exists()
}

// clearLeftovers removes what a crash or a restart of the machine has left: with the namespace gone, nothing of it can be mended.
func (c *Cluster) clearLeftovers(ctx context.Context) error {
	found, err := c.facts()
	if err == nil && c.isOfThisBoot(found) {
		return nil
	}
	if _, missing := os.Stat(c.path(marker)); missing != nil {
		return c.claimNetwork()
	}
	c.progress.Note("clearing away what is left of cluster %s in %s", c.name, c.state)
	return c.remove(ctx)
}

func (c *Cluster) prepare(programs programs) error {
	if err := c.claimState(); err != nil {
		return err
	}
	found, err := c.facts()
	if err != nil {
		boot, err := process.BootID()
		if err != nil {
			return err
		}
		found = facts{Name: c.name, Boot: boot}
		if err := c.keep(found); err != nil { // before the namespace is made, so that it is known as ours
			return err
		}
	}
	if err := c.makeNetwork(); err != nil {
		return err
	}
	if err := c.makeCertificates(time.Now()); err != nil {
		return err
	}
	port, err := c.openAPI(found.Port)
	if err != nil {
		return err
	}
	if found.Port != port {
		found.Port = port
		if err := c.keep(found); err != nil {
			return err
		}
	}
	return c.writeSettings(programs, port)
}

func (c *Cluster) start(ctx context.Context, programs programs) error {
	parts := c.components(programs)
	var started []string
	ensure := func(count int) error {
		for _, part := range parts[len(started):count] {
			if err := c.ensure(part, programs); err != nil {
				return err
			}
			started = append(started, part.name)
		}
		return nil
	}
	const foundations = 3 // store, runtime and API server: the others would only fail until these are there
	if err := ensure(foundations); err != nil {
		return err
	}
	if err := c.wait(ctx, "the container runtime", started, func(context.Context) error { return c.ctr(programs, "version") }); err != nil {
		return err
	}
	if err := c.loadPause(programs); err != nil {
		return err
	}
	client, err := c.api()
	if err != nil {
		return err
	}
	if err := c.wait(ctx, "the API server", started, client.Ready); err != nil {
		return err
	}
	if err := ensure(len(parts)); err != nil {
		return err
	}
	if err := c.wait(ctx, "the name server", started, c.nameServerReady); err != nil {
		return err
	}
	err = c.wait(ctx, "the node", started, func(ctx context.Context) error {
		return errors.Join(client.NodeReady(ctx, nodeName), client.PodsAllowed(ctx))
	})
	if err != nil {
		return err
	}
	return c.reopenDoors()
}

// ctr speaks to our containerd, in the namespace of images and tasks that Kubernetes uses.
func (c *Cluster) ctr(programs programs, arguments ...string) error {
	return run(append([]string{filepath.Join(programs.runtime, "ctr"), "--address", c.runtimeSocket(), "--namespace", "k8s.io"}, arguments...)...)
}

func (c *Cluster) loadPause(programs programs) error {
	program, err := os.ReadFile(filepath.Join(programs.pause, "pause"))
	if err != nil {
		return err
	}
	archive := c.path("images", "pause.tar")
	if err := image.WriteProgram(archive, pauseImage, "pause", program, pauseUser); err != nil {
		return err
	}
	return c.ctr(programs, "images", "import", archive)
}
