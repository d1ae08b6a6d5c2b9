// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"

	"github.com/argoproj/argo-cd/gitops-engine/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/kube"
	"github.com/argoproj/argo-cd/gitops-engine/pkg/utils/tracing"
	jsonpatch "github.com/evanphx/json-patch/v5"
	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/clientcmd"
)

// manager is the field manager of Argo CD where it applies on the server's side.
const manager = "argocd-controller"

// differ compares in each of the ways that a sync may be set to; it asks the cluster for its schemas at the first one.
type differ struct {
	ctx        context.Context
	kubeconfig string
	ways       map[string][]diff.Option
	cleanup    func()
}

func (d *differ) close() {
	if d.cleanup != nil {
		d.cleanup()
	}
}

func (d *differ) connect() error {
	config, err := clientcmd.BuildConfigFromFlags("", d.kubeconfig)
	if err != nil {
		return fmt.Errorf("--kubeconfig %q: %w", d.kubeconfig, err)
	}
	config.QPS, config.Burst = -1, -1
	kubectl := &kube.KubectlCmd{Log: logr.Discard(), Tracer: tracing.NopTracer{}}
	_, parser, err := kubectl.LoadOpenAPISchema(config)
	if err != nil {
		return err
	}
	applier, cleanup, err := kubectl.ManageServerSideDiffDryRuns(config)
	if err != nil {
		return err
	}
	d.cleanup = cleanup
	base := []diff.Option{diff.WithLogr(logr.Discard()), diff.WithManager(manager), diff.WithGVKParser(parser)}
	with := func(more ...diff.Option) []diff.Option { return append(base[:len(base):len(base)], more...) }
	d.ways = map[string][]diff.Option{
		"client":     base,                                     // the default: three ways, by the annotation of what was applied last
		"structured": with(diff.WithStructuredMergeDiff(true)), // ServerSideApply=true
		"server": with(diff.WithServerSideDiff(true), // ServerSideDiff=true: an apply without effect
			diff.WithServerSideDryRunner(diff.NewK8sServerSideDryRunner(applier))),
	}
	return nil
}

// all answers what each way would change, as a merge patch; nothing where that is nothing.
func (d *differ) all(manifest, live *unstructured.Unstructured) (map[string]string, error) {
	if d.ways == nil {
		if err := d.connect(); err != nil {
			return nil, err
		}
	}
	manifest = manifest.DeepCopy()
	manifest.SetNamespace(live.GetNamespace()) // where a sync has brought it
	found := map[string]string{}
	for way, options := range d.ways {
		result, err := diff.Diff(manifest.DeepCopy(), live.DeepCopy(), options...)
		if err != nil {
			return nil, fmt.Errorf("difference (%s): %w", way, err)
		}
		if !result.Modified {
			continue
		}
		patch, err := jsonpatch.CreateMergePatch(result.NormalizedLive, result.PredictedLive)
		if err != nil {
			return nil, err
		}
		found[way] = string(patch)
	}
	return found, nil
}
