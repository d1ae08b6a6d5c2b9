// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mooring.dev/cluster/internal/build"
	"mooring.dev/cluster/internal/process"
)

// programs are the folders that they are in.
type programs struct{ kube, runtime, dns, pause string }

func (c *Cluster) programs() (programs, error) {
	var found programs
	for _, place := range []struct {
		part   build.Part
		folder *string
	}{{build.Pause, &found.pause}, {build.Runtime, &found.runtime}, {build.DNS, &found.dns}, {build.Kube, &found.kube}} {
		folder, err := c.builder.Ensure(place.part)
		if err != nil {
			return found, err
		}
		*place.folder = folder
	}
	return found, nil
}

// componentNames in no order.
func componentNames() []string {
	return []string{"etcd", "containerd", "apiserver", "controllers", "scheduler", "dns", "kubelet", "proxy"}
}

// component is a program that runs as long as the cluster does.
type component struct {
	name    string
	command []string
}

// components in the order in which they are started; each waits by itself for those before it.
func (c *Cluster) components(programs programs) []component {
	kube := filepath.Join(programs.kube, "kube")
	config := func(name string) string { return c.path("config", name) }
	proxy := []string{kube, "kube-proxy", "--kubeconfig=" + config("proxy.kubeconfig"), "--hostname-override=" + nodeName,
		"--cluster-cidr=" + podRange, "--proxy-mode=iptables", "--conntrack-max-per-core=0"}
	if !c.bridgeIsFiltered() {
		proxy = append(proxy, "--masquerade-all")
	}
	return []component{
		{"etcd", []string{kube, "etcd", "--dir=" + c.path("etcd")}},
		{"containerd", []string{filepath.Join(programs.runtime, "containerd"), "--config", config("containerd.toml")}},
		{"apiserver", c.apiserver(kube)},
		{"controllers", []string{kube, "kube-controller-manager", "--kubeconfig=" + config("controllers.kubeconfig"),
			"--service-account-private-key-file=" + c.path("pki/sa.key"), "--root-ca-file=" + c.path("pki/ca.crt"),
			"--use-service-account-credentials", "--leader-elect=false", "--bind-address=127.0.0.1",
			"--kube-api-qps=200", "--kube-api-burst=400"}}, // the usual 20 make it start for five seconds
		{"scheduler", []string{kube, "kube-scheduler", "--kubeconfig=" + config("scheduler.kubeconfig"),
			"--leader-elect=false", "--bind-address=127.0.0.1"}},
		{"dns", []string{filepath.Join(programs.dns, "coredns"), "-conf", config("Corefile")}},
		{"kubelet", []string{kube, "node", "--kubeconfig=" + config("node.kubeconfig"), "--runtime-socket=" + c.runtimeSocket(),
			"--root=" + c.path("kubelet"), "--name=" + nodeName, "--address=" + nodeAddress, "--dns=" + nodeAddress,
			"--ca=" + c.path("pki/ca.crt"), "--certificate=" + c.path("pki/kubelet.crt"), "--key=" + c.path("pki/kubelet.key")}},
		{"proxy", proxy},
	}
}

func (c *Cluster) apiserver(kube string) []string {
	pki := func(name string) string { return c.path("pki", name) }
	return []string{kube, "kube-apiserver", "--etcd-servers=http://127.0.0.1:2379",
		"--bind-address=0.0.0.0", "--secure-port=6443", "--advertise-address=" + nodeAddress, // pods use it, so not loopback
		"--service-cluster-ip-range=" + serviceRange, "--authorization-mode=Node,RBAC", "--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true", "--cert-dir=" + c.path("apiserver"),
		"--tls-cert-file=" + pki("apiserver.crt"), "--tls-private-key-file=" + pki("apiserver.key"), "--client-ca-file=" + pki("ca.crt"),
		"--service-account-issuer=https://kubernetes.default.svc", "--service-account-key-file=" + pki("sa.pub"),
		"--service-account-signing-key-file=" + pki("sa.key"), "--kubelet-preferred-address-types=InternalIP",
		"--kubelet-certificate-authority=" + pki("ca.crt"), "--kubelet-client-certificate=" + pki("apiserver-to-node.crt"),
		"--kubelet-client-key=" + pki("apiserver-to-node.key"), "--audit-policy-file=" + c.path("config/audit.yaml"),
		"--audit-log-path=" + c.path("log/audit.jsonl"), "--audit-log-maxsize=200", "--audit-log-maxbackup=2"}
}

func (c *Cluster) runtimeSocket() string { return c.path("containerd.sock") }

// ensure starts the component if it does not run.
func (c *Cluster) ensure(part component, programs programs) error {
	if c.book.Alive(part.name) {
		return nil
	}
	_, err := c.book.Start(process.Launch{
		Name: part.name, Command: part.command, Folder: c.state, Log: c.log(part.name), In: c.space,
		Path: strings.Join([]string{programs.runtime, os.Getenv("PATH"), "/usr/sbin:/sbin"}, ":"),
	})
	return err
}

func (c *Cluster) log(name string) string { return c.path("log", name+".log") }

// startLimit is generous: a loaded machine is slow, a broken part is noticed by its end and not by the clock.
const startLimit = 3 * time.Minute

// wait returns when the condition holds, or with the end of the log of the first component that has ended.
func (c *Cluster) wait(ctx context.Context, what string, names []string, condition func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	return c.progress.Step("waiting for "+what, func() error {
		return process.Until(ctx, func() error {
			for _, name := range names {
				if !c.book.Alive(name) {
					return process.Final{Reason: fmt.Errorf("%s ended; the end of its log (%s):\n%s", name, c.log(name), lastLines(c.log(name)))}
				}
			}
			return condition(ctx)
		})
	})
}

func lastLines(file string) string {
	content, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(content)), "\n")
	return strings.Join(lines[max(0, len(lines)-12):], "\n")
}

// nameServerReady asks inside the namespace.
func (c *Cluster) nameServerReady(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+dnsReady+"/ready", nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Transport: &http.Transport{DialContext: c.dial, DisableKeepAlives: true}}).Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the name server answers %s", response.Status)
	}
	return nil
}

func (c *Cluster) dial(ctx context.Context, network, address string) (connection net.Conn, err error) {
	inside := c.space.Do(func() error {
		connection, err = new(net.Dialer).DialContext(ctx, network, address)
		return err
	})
	return connection, inside
}
