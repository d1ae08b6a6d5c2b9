// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"mooring.dev/cluster/internal/build"
	"mooring.dev/cluster/internal/cluster"
	"mooring.dev/cluster/internal/door"
)

// clusterCommand is a command whose work needs the cluster that the options name.
func clusterCommand(given *options, use, short string, args cobra.PositionalArgs, work func(*cobra.Command, *cluster.Cluster, []string) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(command *cobra.Command, arguments []string) error {
		chosen, err := given.cluster()
		if err != nil {
			return err
		}
		return work(command, chosen, arguments)
	}}
}

func upCommand(given *options) *cobra.Command {
	return clusterCommand(given, "up", "Bring the cluster up, or mend what has died of it", cobra.NoArgs,
		func(command *cobra.Command, chosen *cluster.Cluster, _ []string) error {
			return chosen.Up(command.Context())
		})
}

func checkCommand() *cobra.Command {
	return &cobra.Command{Use: "check", Short: "Say whether a cluster can run on this machine", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return cluster.Possible() }}
}

func downCommand(given *options) *cobra.Command {
	return clusterCommand(given, "down", "End everything of the cluster and remove its state", cobra.NoArgs,
		func(command *cobra.Command, chosen *cluster.Cluster, _ []string) error {
			return chosen.Down(command.Context())
		})
}

func statusCommand(given *options) *cobra.Command {
	var output string
	command := clusterCommand(given, "status", "Show what runs; exits with 1 if the cluster is not well", cobra.NoArgs,
		func(command *cobra.Command, chosen *cluster.Cluster, _ []string) error {
			status := chosen.Status(command.Context())
			switch output {
			case "json":
				encoder := json.NewEncoder(command.OutOrStdout())
				encoder.SetIndent("", "  ")
				if err := encoder.Encode(status); err != nil {
					return err
				}
			case "table":
				status.Print(command.OutOrStdout(), time.Now())
			default:
				return fmt.Errorf("--output %s: allowed are table and json", output)
			}
			if !status.Healthy {
				return errors.New(status.Problem)
			}
			return nil
		})
	command.Flags().StringVarP(&output, "output", "o", "table", "table or json")
	return command
}

func loadImageCommand(given *options) *cobra.Command {
	return clusterCommand(given, "load-image FILE.tar...", "Bring image archives into the node", cobra.MinimumNArgs(1),
		func(_ *cobra.Command, chosen *cluster.Cluster, archives []string) error {
			for _, archive := range archives {
				if err := chosen.LoadImage(archive); err != nil {
					return err
				}
			}
			return nil
		})
}

func exposeCommand(given *options) *cobra.Command {
	var listen string
	var shut bool
	command := clusterCommand(given, "expose NAMESPACE/SERVICE:PORT", "Open a door on the host's loopback to a Service, and print its address", cobra.ExactArgs(1),
		func(command *cobra.Command, chosen *cluster.Cluster, arguments []string) error {
			target, err := door.ParseTarget(arguments[0])
			if err != nil {
				return err
			}
			if shut {
				return chosen.Close(command.Context(), target)
			}
			address, err := chosen.Expose(command.Context(), target, listen)
			if err == nil {
				fmt.Fprintln(command.OutOrStdout(), address)
			}
			return err
		})
	command.Flags().StringVar(&listen, "listen", "", "address of the loopback, for example 127.0.0.1:3232 (default: any free port)")
	command.Flags().BoolVar(&shut, "close", false, "close the door instead")
	return command
}

func kubeconfigCommand(given *options) *cobra.Command {
	var content bool
	command := clusterCommand(given, "kubeconfig", "Print the path of the kubeconfig", cobra.NoArgs,
		func(command *cobra.Command, chosen *cluster.Cluster, _ []string) error {
			file, err := os.ReadFile(chosen.Kubeconfig())
			if err != nil {
				return fmt.Errorf("%w: bring the cluster up with `cluster up`", err)
			}
			if content {
				_, err = command.OutOrStdout().Write(file)
				return err
			}
			fmt.Fprintln(command.OutOrStdout(), chosen.Kubeconfig())
			return nil
		})
	command.Flags().BoolVar(&content, "print", false, "print what is in it")
	return command
}

// toolCommand becomes a program of the cache, which finds the cluster by its kubeconfig.
func toolCommand(given *options, part build.Part, program string) *cobra.Command {
	return &cobra.Command{
		Use: program + " ...", Short: "Run " + program + " on the cluster", DisableFlagParsing: true,
		RunE: func(_ *cobra.Command, arguments []string) error {
			chosen, err := given.cluster()
			if err != nil {
				return err
			}
			builder, err := given.builder()
			if err != nil {
				return err
			}
			folder, err := builder.Ensure(part)
			if err != nil {
				return err
			}
			environment := append(os.Environ(), "KUBECONFIG="+chosen.Kubeconfig())
			return syscall.Exec(filepath.Join(folder, program), append([]string{program}, arguments...), environment)
		},
	}
}

func buildCommand(given *options) *cobra.Command {
	var names []string
	for _, part := range build.Parts {
		names = append(names, part.Name)
	}
	return &cobra.Command{
		Use: "build [PART...]", Short: "Build programs and print their folders: " + strings.Join(names, ", "),
		RunE: func(command *cobra.Command, chosen []string) error {
			for _, name := range chosen {
				if !slices.Contains(names, name) {
					return fmt.Errorf("part %q: allowed are %s", name, strings.Join(names, ", "))
				}
			}
			builder, err := given.builder()
			if err != nil {
				return err
			}
			for _, part := range build.Parts {
				if len(chosen) > 0 && !slices.Contains(chosen, part.Name) {
					continue
				}
				folder, err := builder.Ensure(part)
				if err != nil {
					return err
				}
				fmt.Fprintln(command.OutOrStdout(), folder)
			}
			return nil
		},
	}
}

// carryCommand is the process of one door; --for only tells people in the list of processes what it is for.
func carryCommand(given *options) *cobra.Command {
	var address, service, reason string
	command := clusterCommand(given, "carry", "Carry the connections of one door", cobra.NoArgs,
		func(_ *cobra.Command, chosen *cluster.Cluster, _ []string) error {
			return chosen.Carry(address, service)
		})
	command.Hidden = true
	command.Flags().StringVar(&address, "address", "", "where to")
	command.Flags().StringVar(&service, "service", "", "where to, as NAMESPACE/SERVICE:PORT")
	command.Flags().StringVar(&reason, "for", "", "address on the host")
	return command
}
