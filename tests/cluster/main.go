// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Program cluster is a real one-node Kubernetes for tests and for the first run, built from Go modules alone.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
	"mooring.dev/cluster/internal/build"
	"mooring.dev/cluster/internal/cluster"
	"mooring.dev/cluster/internal/progress"
)

const (
	exitFailed     = 1
	exitImpossible = 3
	exitInterrupt  = 130 // as shells say it: 128 and the number of SIGINT
)

// nameVariable chooses a cluster where no --name does, for scripts that have none to pass.
const nameVariable = "MOORING_CLUSTER"

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	if err := rootCommand().ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil { // whatever failed then, failed by that
			fmt.Fprintln(os.Stderr, "cluster: interrupted")
			os.Exit(exitInterrupt)
		}
		fmt.Fprintf(os.Stderr, "cluster: %v\n", err)
		if errors.Is(err, cluster.ErrImpossible) {
			os.Exit(exitImpossible)
		}
		os.Exit(exitFailed)
	}
}

// options are given before or after the command.
type options struct{ name, state, source string }

func rootCommand() *cobra.Command {
	var given options
	root := &cobra.Command{
		Use:   "cluster",
		Short: "A real one-node Kubernetes in a network namespace of its own",
		Long: `A real one-node Kubernetes (API server, controllers, scheduler, kubelet, containerd, CoreDNS) in a network namespace
of its own, built from Go modules and kept in a cache. It needs root on Linux and nothing else of the host.

Exit codes: 0 done, 1 failed, 3 it cannot run on this machine (the message says why and what to use instead).`,
		SilenceUsage: true, SilenceErrors: true,
		TraverseChildren: true, // kubectl and helm take all flags after their name for their own
	}
	flags := root.PersistentFlags()
	flags.StringVar(&given.name, "name", defaultName(), "name of the cluster and of its network namespace; "+nameVariable+" gives it too")
	flags.StringVar(&given.state, "state", "", "folder of the cluster's state (default /var/lib/mooring-cluster, and -NAME for other names)")
	flags.StringVar(&given.source, "source", "", "folder of this program's sources, from which the cluster is built (default: found from here)")
	root.AddCommand(checkCommand(), upCommand(&given), downCommand(&given), statusCommand(&given), loadImageCommand(&given), exposeCommand(&given),
		kubeconfigCommand(&given), toolCommand(&given, build.Kube, "kubectl"), toolCommand(&given, build.Helm, "helm"),
		buildCommand(&given), carryCommand(&given))
	return root
}

func defaultName() string {
	if name := os.Getenv(nameVariable); name != "" {
		return name
	}
	return cluster.DefaultName
}

func (o *options) cluster() (*cluster.Cluster, error) {
	builder, err := o.builder()
	if err != nil {
		return nil, err
	}
	return cluster.New(o.name, o.state, builder, builder.Progress)
}

func (o *options) builder() (build.Builder, error) {
	source, err := o.findSource()
	if err != nil {
		return build.Builder{}, err
	}
	cache, err := cacheFolder()
	if err != nil {
		return build.Builder{}, err
	}
	goProgram := os.Getenv("GO")
	if goProgram == "" {
		goProgram = "go"
	}
	return build.Builder{Source: source, Cache: cache, Go: goProgram, Progress: progress.To(os.Stderr)}, nil
}

func cacheFolder() (string, error) {
	if folder := os.Getenv("MOORING_CACHE"); folder != "" {
		absolute, err := filepath.Abs(folder)
		return filepath.Join(absolute, "cluster"), err
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("%w: set MOORING_CACHE to a folder for what is built", err)
	}
	return filepath.Join(home, ".cache", "mooring", "cluster"), nil
}

// findSource looks upwards from the program and from the working folder for the repository.
func (o *options) findSource() (string, error) {
	if o.source != "" {
		return filepath.Abs(o.source)
	}
	var starts []string
	if program, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(program))
	}
	if folder, err := os.Getwd(); err == nil {
		starts = append(starts, folder)
	}
	for _, start := range starts {
		for folder := start; folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
			candidate := filepath.Join(folder, "tests", "cluster")
			if _, err := os.Stat(filepath.Join(candidate, "kube", "node.go")); err == nil {
				return candidate, nil
			}
		}
	}
	return "", errors.New("the sources of the cluster are not above this program nor above the working folder: give --source REPOSITORY/tests/cluster")
}
