// SPDX-License-Identifier: Apache-2.0

// Program gitops says how tools that sync a cluster with a repository see objects, by those tools' own libraries:
// kstatus (Flux, Helm), and the health and difference of gitops-engine (Argo CD).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/health"
	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// question is an object as the API server has it, and perhaps the manifest that was applied.
type question struct {
	Live     *unstructured.Unstructured `json:"live"`
	Manifest *unstructured.Unstructured `json:"manifest"`
}

type seen struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

// answer has no health for a kind that has none in Argo CD, and no differences without a manifest.
type answer struct {
	Object      string            `json:"object"`
	Kstatus     seen              `json:"kstatus"`
	Health      *seen             `json:"health"`
	Differences map[string]string `json:"differences"`
}

func main() {
	kubeconfig := flag.String("kubeconfig", "", "of the cluster that says what an apply would change")
	lua := flag.String("health", "", "file with the health check of McpServer, in Lua")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "gitops [--kubeconfig FILE] [--health FILE] < QUESTIONS\n"+
			"Reads a list of {live, manifest} and prints what other tools see of each, as JSON.")
		flag.PrintDefaults()
	}
	flag.Parse()
	if err := run(context.Background(), *kubeconfig, *lua, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintf(os.Stderr, "gitops: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, kubeconfig, lua string, in io.Reader, out io.Writer) error {
	var questions []question
	if err := json.NewDecoder(in).Decode(&questions); err != nil {
		return fmt.Errorf("standard input is no list of {live, manifest}: %w", err)
	}
	check := luaCheck{}
	if lua != "" {
		script, err := os.ReadFile(lua)
		if err != nil {
			return err
		}
		check.script = string(script)
	}
	differ := &differ{ctx: ctx, kubeconfig: kubeconfig}
	defer differ.close()
	answers := []answer{}
	for _, asked := range questions {
		found, err := look(asked, check, differ)
		if err != nil {
			return fmt.Errorf("%s: %w", name(asked.Live), err)
		}
		answers = append(answers, found)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(answers)
}

func name(object *unstructured.Unstructured) string {
	if object == nil {
		return "an object without live"
	}
	return object.GetKind() + " " + object.GetName()
}

func look(asked question, check luaCheck, differ *differ) (answer, error) {
	if asked.Live == nil {
		return answer{}, fmt.Errorf("live is required")
	}
	found := answer{Object: name(asked.Live)}
	computed, err := status.Compute(asked.Live)
	if err != nil {
		return found, fmt.Errorf("kstatus: %w", err)
	}
	found.Kstatus = seen{computed.Status.String(), computed.Message}
	judged, err := health.GetResourceHealth(asked.Live, check)
	if err != nil {
		return found, fmt.Errorf("health: %w", err)
	}
	if judged != nil {
		found.Health = &seen{string(judged.Status), judged.Message}
	}
	if asked.Manifest != nil {
		found.Differences, err = differ.all(asked.Manifest, asked.Live)
	}
	return found, err
}
