// SPDX-License-Identifier: Apache-2.0

// Package cluster brings a one-node Kubernetes up in a network namespace of its own, keeps it whole, and takes it down.
package cluster

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"

	"golang.org/x/sys/unix"
	"mooring.dev/cluster/internal/api"
	"mooring.dev/cluster/internal/build"
	"mooring.dev/cluster/internal/process"
	"mooring.dev/cluster/internal/progress"
)

// DefaultName is the cluster of `make up` and `make test`.
const DefaultName = "mooring"

const defaultState = "/var/lib/mooring-cluster"

// Cluster is one, up or not.
type Cluster struct {
	name     string // also of its network namespace
	state    string // folder with all it has
	builder  build.Builder
	progress *progress.Printer
	book     process.Book
	space    process.Namespace
}

// marker is in each state folder: nothing else is ever removed as a whole.
const marker = ".mooring-cluster"

// A socket's path has at most 107 bytes; the longest below the state is containerd.sock.ttrpc.
const longestState = 80

var validName = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$`)

// New names a cluster; an empty state means the default folder of that name.
func New(name, state string, builder build.Builder, printer *progress.Printer) (*Cluster, error) {
	if !validName.MatchString(name) {
		return nil, fmt.Errorf("--name %q: allowed are up to 32 small letters, digits and dashes, beginning with a letter", name)
	}
	if state == "" && name == DefaultName {
		state = defaultState
	} else if state == "" {
		state = defaultState + "-" + name
	}
	absolute, err := filepath.Abs(state)
	if err != nil {
		return nil, err
	}
	if len(absolute) > longestState {
		return nil, fmt.Errorf("--state %s: at most %d characters, for sockets are made in it and their paths are limited", absolute, longestState)
	}
	return &Cluster{
		name: name, state: absolute, builder: builder, progress: printer,
		book: process.Book{Folder: filepath.Join(absolute, "run")}, space: process.Named(name),
	}, nil
}

func (c *Cluster) path(parts ...string) string {
	return filepath.Join(append([]string{c.state}, parts...)...)
}

// Kubeconfig is the file for users on the host.
func (c *Cluster) Kubeconfig() string { return c.path("kubeconfig") }

// facts of a cluster that has been brought up; they live as long as its state.
type facts struct {
	Name  string            `json:"name"`
	Boot  string            `json:"boot"`
	Port  int               `json:"port"`            // of the API server's door on the host
	Doors map[string]string `json:"doors,omitempty"` // NAMESPACE/SERVICE:PORT → address on the host
}

func (c *Cluster) facts() (facts, error) {
	var found facts
	content, err := os.ReadFile(c.path("cluster.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return found, fmt.Errorf("cluster %s is not up (no state in %s): bring it up with `cluster up`", c.name, c.state)
	}
	if err != nil {
		return found, err
	}
	return found, json.Unmarshal(content, &found)
}

func (c *Cluster) keep(found facts) error {
	content, err := json.MarshalIndent(found, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(c.path("cluster.json"), content, 0o644)
}

// writeFile replaces a file whole, so that a crash leaves the old one or the new one.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", content, mode); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// lock lets one command at a time change the cluster; the state, which may be removed, is no place for its file.
func (c *Cluster) lock() (func(), error) {
	for {
		file, err := os.OpenFile(c.lockFile(), os.O_CREATE|os.O_RDWR, 0o644)
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w: this command needs root", err)
		}
		if err != nil {
			return nil, err
		}
		err = c.progress.Step("waiting for another command on cluster "+c.name, func() error {
			return unix.Flock(int(file.Fd()), unix.LOCK_EX)
		})
		if err != nil || isAt(file, c.lockFile()) {
			return func() { file.Close() }, err
		}
		file.Close() // `down` removed it while we waited: another may hold the one that is there now
	}
}

func (c *Cluster) lockFile() string { return "/run/mooring-cluster-" + c.name + ".lock" }

// isAt says whether the path still names the open file.
func isAt(file *os.File, path string) bool {
	open, openErr := file.Stat()
	named, namedErr := os.Stat(path)
	return openErr == nil && namedErr == nil && os.SameFile(open, named)
}

// api asks through the door, as the users on the host do.
func (c *Cluster) api() (*api.Client, error) {
	found, err := c.facts()
	if err != nil {
		return nil, err
	}
	return c.apiAt(fmt.Sprintf("https://127.0.0.1:%d", found.Port))
}

func (c *Cluster) apiAt(server string) (*api.Client, error) {
	return api.NewClient(server, c.path("pki/ca.crt"), c.path("pki/admin.crt"), c.path("pki/admin.key"))
}
