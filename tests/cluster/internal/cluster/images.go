// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"mooring.dev/cluster/internal/image"
)

// LoadImage brings an image archive into the node, unless the very same is there.
func (c *Cluster) LoadImage(archive string) error {
	unlock, err := c.lock()
	if err != nil {
		return err
	}
	defer unlock()
	tags, err := image.Tags(archive)
	if err != nil {
		return err
	}
	digest, err := image.FileDigest(archive)
	if err != nil {
		return err
	}
	programs, err := c.runningRuntime()
	if err != nil {
		return err
	}
	if c.holds(programs, tags, digest) {
		c.progress.Note("%s is there already", strings.Join(tags, ", "))
		return nil
	}
	begin := time.Now()
	err = c.progress.Step("loading "+filepath.Base(archive), func() error { return c.ctr(programs, "images", "import", archive) })
	if err != nil {
		return err
	}
	for _, tag := range tags {
		if err := writeFile(c.imageRecord(tag), []byte(digest), 0o644); err != nil {
			return err
		}
	}
	c.progress.Note("%s is loaded (%s)", strings.Join(tags, ", "), time.Since(begin).Round(100*time.Millisecond))
	return nil
}

func (c *Cluster) imageRecord(tag string) string {
	return c.path("images", strings.NewReplacer("/", "_", ":", "_").Replace(tag)+".digest")
}

// holds asks the runtime too: an image may have been removed since it was loaded.
func (c *Cluster) holds(programs programs, tags []string, digest string) bool {
	output, err := exec.Command(filepath.Join(programs.runtime, "ctr"), "--address", c.runtimeSocket(), "--namespace", "k8s.io", "images", "list", "--quiet").Output()
	if err != nil {
		return false
	}
	names := "\n" + string(output)
	for _, tag := range tags {
		loaded, err := os.ReadFile(c.imageRecord(tag))
		if err != nil || string(loaded) != digest || !strings.Contains(names, "\n"+tag+"\n") {
			return false
		}
	}
	return true
}

// runningRuntime is where the programs of the running containerd are.
func (c *Cluster) runningRuntime() (programs, error) {
	if _, err := c.facts(); err != nil {
		return programs{}, err
	}
	record, known := c.book.Read("containerd")
	if !known || !record.Alive() {
		return programs{}, fmt.Errorf("the container runtime of cluster %s does not run: mend it with `cluster up`", c.name)
	}
	return programs{runtime: filepath.Dir(record.Command[0])}, nil
}
