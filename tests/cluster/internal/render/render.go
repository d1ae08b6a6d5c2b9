// SPDX-License-Identifier: Apache-2.0

// Package render turns the facts of one cluster into the settings files of its programs.
package render

import (
	"bytes"
	"embed"
	"encoding/base64"
	"text/template"

	"mooring.dev/cluster/internal/pki"
)

//go:embed templates
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").Funcs(template.FuncMap{
	"base64": base64.StdEncoding.EncodeToString,
}).ParseFS(files, "templates/*"))

// Facts are what the settings speak of.
type Facts struct {
	State           string // folder
	RuntimeSocket   string
	RuntimePrograms string // folder
	Snapshotter     string
	PauseImage      string
	PodRange        string
	NodeAddress     string
	DNSReady        string // address that says when the name server is ready
}

// Settings returns every settings file by its path below the folder `config` of the state.
func Settings(facts Facts) (map[string][]byte, error) {
	places := map[string]string{
		"audit.yaml":                     "audit.yaml",
		"containerd.toml":                "containerd.toml",
		"registries/_default/hosts.toml": "registry.toml",
		"cni/10-bridge.conflist":         "bridge.conflist",
		"Corefile":                       "Corefile",
	}
	settings := map[string][]byte{}
	for path, name := range places {
		content, err := execute(name, facts)
		if err != nil {
			return nil, err
		}
		settings[path] = content
	}
	return settings, nil
}

// Kubeconfig is the file by which a client reaches the API server, and knows it by the authority.
func Kubeconfig(cluster, server string, authority []byte, user string, pair pki.Pair) ([]byte, error) {
	return execute("kubeconfig.yaml", map[string]any{
		"Cluster": cluster, "Server": server, "Authority": authority,
		"User": user, "Certificate": pair.Certificate, "Key": pair.Key,
	})
}

func execute(name string, data any) ([]byte, error) {
	var out bytes.Buffer
	err := templates.ExecuteTemplate(&out, name, data)
	return out.Bytes(), err
}
