// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
	"mooring.dev/cluster/internal/pki"
	"mooring.dev/cluster/internal/render"
)

// apiInside is the API server for programs in the namespace.
const apiInside = "https://127.0.0.1:6443"

const (
	pauseImage = "mooring.dev/pause:1"
	pauseUser  = "65535"
)

// users of the API server: the parts of Kubernetes have their own names, to which it grants what each needs.
var users = []struct {
	file, user string
	groups     []string
}{
	{"admin", "admin", []string{"system:masters"}},
	{"controllers", "system:kube-controller-manager", nil},
	{"scheduler", "system:kube-scheduler", nil},
	{"proxy", "system:kube-proxy", nil},
	{"node", "system:node:" + nodeName, []string{"system:nodes"}},
	{"apiserver-to-node", "apiserver-to-node", []string{"system:masters"}},
	{"dns", "dns", []string{"system:masters"}}, // no built-in role lets it watch namespaces
}

// claimState makes the folder ours, or refuses one that holds something else.
func (c *Cluster) claimState() error {
	entries, err := os.ReadDir(c.state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := os.Stat(c.path(marker)); err != nil && len(entries) > 0 {
		return fmt.Errorf("--state %s: the folder is not empty and not of a cluster; choose another or empty it", c.state)
	}
	for _, folder := range []string{"run", "log", "config", "images"} {
		if err := os.MkdirAll(c.path(folder), 0o750); err != nil {
			return err
		}
	}
	return writeFile(c.path(marker), []byte("This folder is removed whole by `cluster down`.\n"), 0o644)
}

// makeCertificates makes all at once or none: they belong together.
func (c *Cluster) makeCertificates(now time.Time) error {
	if _, err := os.Stat(c.path("pki")); err == nil {
		return nil
	}
	made, err := certificates(now)
	if err != nil {
		return err
	}
	unfinished := c.path("pki.unfinished")
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	for name, content := range made {
		if err := writeFile(filepath.Join(unfinished, name), content, 0o600); err != nil {
			return err
		}
	}
	return os.Rename(unfinished, c.path("pki"))
}

func certificates(now time.Time) (map[string][]byte, error) {
	authority, err := pki.NewAuthority("mooring-cluster", now)
	if err != nil {
		return nil, err
	}
	public, private, err := pki.ServiceAccountKey()
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{"ca.crt": authority.Certificate, "ca.key": authority.Key, "sa.pub": public, "sa.key": private}
	add := func(name string, pair pki.Pair, err error) error {
		files[name+".crt"], files[name+".key"] = pair.Certificate, pair.Key
		return err
	}
	apiNames := []string{"127.0.0.1", nodeAddress, firstService, "localhost", "kubernetes", "kubernetes.default",
		"kubernetes.default.svc", "kubernetes.default.svc.cluster.local"}
	pair, err := authority.Server("kube-apiserver", apiNames, now)
	if err := add("apiserver", pair, err); err != nil {
		return nil, err
	}
	pair, err = authority.Server("system:node:"+nodeName, []string{nodeName, nodeAddress}, now)
	if err := add("kubelet", pair, err); err != nil {
		return nil, err
	}
	for _, user := range users {
		pair, err := authority.Client(user.user, user.groups, now)
		if err := add(user.file, pair, err); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// writeSettings writes the settings of all programs and a kubeconfig for each user.
func (c *Cluster) writeSettings(programs programs, port int) error {
	settings, err := render.Settings(render.Facts{
		State: c.state, RuntimeSocket: c.runtimeSocket(), RuntimePrograms: programs.runtime, Snapshotter: c.snapshotter(),
		PauseImage: pauseImage, PodRange: podRange, NodeAddress: nodeAddress, DNSReady: dnsReady,
	})
	if err != nil {
		return err
	}
	for path, content := range settings {
		if err := writeFile(c.path("config", path), content, 0o644); err != nil {
			return err
		}
	}
	for _, user := range users {
		if err := c.writeKubeconfig(c.path("config", user.file+".kubeconfig"), apiInside, user.file); err != nil {
			return err
		}
	}
	return c.writeKubeconfig(c.Kubeconfig(), fmt.Sprintf("https://127.0.0.1:%d", port), "admin")
}

func (c *Cluster) writeKubeconfig(file, server, user string) error {
	var content [3][]byte
	for i, name := range []string{"ca.crt", user + ".crt", user + ".key"} {
		read, err := os.ReadFile(c.path("pki", name))
		if err != nil {
			return err
		}
		content[i] = read
	}
	rendered, err := render.Kubeconfig(c.name, server, content[0], user, pki.Pair{Certificate: content[1], Key: content[2]})
	if err != nil {
		return err
	}
	return writeFile(file, rendered, 0o600)
}

// snapshotter is overlayfs, unless the state lies on a file system that cannot be its layer, as in many containers.
func (c *Cluster) snapshotter() string {
	trial := c.path("overlay-trial")
	defer os.RemoveAll(trial)
	for _, folder := range []string{"lower", "upper", "work", "merged"} {
		if err := os.MkdirAll(filepath.Join(trial, folder), 0o755); err != nil {
			return "native"
		}
	}
	options := fmt.Sprintf("lowerdir=%[1]s/lower,upperdir=%[1]s/upper,workdir=%[1]s/work", trial)
	if err := unix.Mount("overlay", filepath.Join(trial, "merged"), "overlay", 0, options); err != nil {
		return "native"
	}
	_ = unix.Unmount(filepath.Join(trial, "merged"), unix.MNT_DETACH)
	return "overlayfs"
}
