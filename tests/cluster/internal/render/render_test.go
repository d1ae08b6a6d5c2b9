// SPDX-License-Identifier: Apache-2.0

package render

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"mooring.dev/cluster/internal/pki"
)

var facts = Facts{
	State: "/state", RuntimeSocket: "/state/containerd.sock", RuntimePrograms: "/programs", Snapshotter: "overlayfs",
	PauseImage: "mooring.dev/pause:1", PodRange: "10.88.0.0/16", NodeAddress: "10.200.0.1", DNSReady: "127.0.0.1:8181",
}

func settings(t *testing.T) map[string]string {
	t.Helper()
	rendered, err := Settings(facts)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	for path, content := range rendered {
		found[path] = string(content)
	}
	return found
}

func TestTheRuntimeUsesTheStateAndTheProgramsGiven(t *testing.T) {
	got := settings(t)["containerd.toml"]
	for _, line := range []string{
		`root = "/state/containerd/root"`, `address = "/state/containerd.sock"`, `BinaryName = "/programs/runc"`,
		`snapshotter = "overlayfs"`, `sandbox = "mooring.dev/pause:1"`, `config_path = "/state/config/registries"`,
	} {
		if !strings.Contains(got, line) {
			t.Errorf("%s is not in\n%s", line, got)
		}
	}
}

func TestThePodNetworkIsWellFormed(t *testing.T) {
	var network struct{ Plugins []struct{ Type string } }
	if err := json.Unmarshal([]byte(settings(t)["cni/10-bridge.conflist"]), &network); err != nil || network.Plugins[0].Type != "bridge" {
		t.Errorf("%+v, %v", network, err)
	}
}

func TestAPullFromOutsideMeetsAClosedPort(t *testing.T) {
	if got := settings(t)["registries/_default/hosts.toml"]; !strings.Contains(got, `server = "http://127.0.0.1:1"`) {
		t.Error(got)
	}
}

func TestAKubeconfigVerifiesTheServerByTheAuthority(t *testing.T) {
	pair := pki.Pair{Certificate: []byte("certificate"), Key: []byte("key")}
	got, err := Kubeconfig("mooring", "https://127.0.0.1:16443", []byte("authority"), "admin", pair)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		"server: https://127.0.0.1:16443",
		"certificate-authority-data: " + base64.StdEncoding.EncodeToString([]byte("authority")),
		"client-key-data: " + base64.StdEncoding.EncodeToString([]byte("key")),
	} {
		if !strings.Contains(string(got), part) {
			t.Errorf("%s is not in\n%s", part, got)
		}
	}
	if strings.Contains(string(got), "insecure") {
		t.Error("it trusts anybody")
	}
}
