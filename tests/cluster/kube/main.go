// SPDX-License-Identifier: Apache-2.0

// Program kube holds the long-running parts of Kubernetes in one binary: they share most of their code.
package main

import (
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	proxy "k8s.io/kubernetes/cmd/kube-proxy/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

var parts = map[string]func() *cobra.Command{
	"etcd":                    etcdCommand,
	"kube-apiserver":          apiserver.NewAPIServerCommand,
	"kube-controller-manager": controllers.NewControllerManagerCommand,
	"kube-scheduler":          func() *cobra.Command { return scheduler.NewSchedulerCommand() },
	"kube-proxy":              proxy.NewProxyCommand,
	"node":                    nodeCommand,
}

// collectLess: where this runs, two processors are scarcer than memory, and a quarter of the API server's work was collecting.
const collectLess = 300 // percent of what is in use

func main() {
	debug.SetGCPercent(collectLess)
	if len(os.Args) > 1 {
		if command, known := parts[os.Args[1]]; known {
			os.Args = os.Args[1:] // the official commands read the global, and name themselves by its first word
			os.Exit(cli.Run(command()))
		}
	}
	fmt.Fprintf(os.Stderr, "usage: kube PART [flags]; PART is one of: %s\n", strings.Join(slices.Sorted(maps.Keys(parts)), ", "))
	os.Exit(2)
}
