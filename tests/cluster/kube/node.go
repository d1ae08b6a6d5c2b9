// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/types"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/klog/v2"
	kubeletapp "k8s.io/kubernetes/cmd/kubelet/app"
	"k8s.io/kubernetes/cmd/kubelet/app/options"
	"k8s.io/kubernetes/pkg/kubelet"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
)

type nodeFlags struct {
	kubeconfig, runtimeSocket, root, name, address, dns, ca, certificate, key string
}

func nodeCommand() *cobra.Command {
	var flags nodeFlags
	command := &cobra.Command{Use: "node", Args: cobra.NoArgs, RunE: func(command *cobra.Command, _ []string) error {
		return runNode(command.Context(), flags)
	}}
	set := command.Flags()
	set.StringVar(&flags.kubeconfig, "kubeconfig", "", "how to reach the API server")
	set.StringVar(&flags.runtimeSocket, "runtime-socket", "", "socket of the container runtime")
	set.StringVar(&flags.root, "root", "", "folder for volumes and pod logs")
	set.StringVar(&flags.name, "name", "", "name of the node")
	set.StringVar(&flags.address, "address", "", "address of the node")
	set.StringVar(&flags.dns, "dns", "", "address of the name server of pods")
	set.StringVar(&flags.ca, "ca", "", "certificate authority of who may ask the kubelet")
	set.StringVar(&flags.certificate, "certificate", "", "certificate of the kubelet's own server")
	set.StringVar(&flags.key, "key", "", "key of the kubelet's own server")
	return command
}

// runNode is the real kubelet over a real container runtime, without cgroups of its own: what needs them
// (container manager, cadvisor) is replaced, so resource limits of pods are written but not enforced.
func runNode(ctx context.Context, flags nodeFlags) error {
	if ctx == nil {
		ctx = context.Background()
	}
	config, err := kubeletConfiguration(flags)
	if err != nil {
		return err
	}
	kubeletFlags := options.NewKubeletFlags()
	kubeletFlags.RootDirectory, kubeletFlags.HostnameOverride, kubeletFlags.NodeIP = flags.root, flags.name, flags.address
	server := &options.KubeletServer{KubeletFlags: *kubeletFlags, KubeletConfiguration: *config}
	dependencies, err := kubeletapp.UnsecuredDependencies(ctx, server, utilfeature.DefaultFeatureGate)
	if err != nil {
		return err
	}
	if err := connect(ctx, dependencies, flags, config); err != nil {
		return err
	}
	dependencies.CAdvisorInterface = &machine{cadvisortest.Fake{NodeName: flags.name}}
	dependencies.ContainerManager = cm.NewStubContainerManager()
	dependencies.PodStartupLatencyTracker = kubeletutil.NewPodStartupLatencyTracker() // without the two trackers registration crashes
	dependencies.NodeStartupLatencyTracker = kubeletutil.NewNodeStartupLatencyTracker(klog.FromContext(ctx))
	if err := kubelet.PreInitRuntimeService(ctx, &server.KubeletConfiguration, dependencies); err != nil {
		return err
	}
	if err := kubeletapp.RunKubelet(ctx, server, dependencies); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func connect(ctx context.Context, dependencies *kubelet.Dependencies, flags nodeFlags, config *kubeletconfig.KubeletConfiguration) error {
	rest, err := clientcmd.BuildConfigFromFlags("", flags.kubeconfig)
	if err != nil {
		return err
	}
	rest.QPS, rest.Burst = 100, 200
	client, err := clientset.NewForConfig(rest)
	if err != nil {
		return err
	}
	dependencies.KubeClient, dependencies.HeartbeatClient, dependencies.EventClient = client, client, client.CoreV1()
	auth, reloadAuthority, err := kubeletapp.BuildAuth(types.NodeName(flags.name), client, *config)
	if err != nil {
		return err
	}
	reloadAuthority(ctx.Done())
	dependencies.Auth = auth
	return nil
}

func kubeletConfiguration(flags nodeFlags) (*kubeletconfig.KubeletConfiguration, error) {
	config, err := options.NewKubeletConfiguration()
	if err != nil {
		return nil, err
	}
	config.ContainerRuntimeEndpoint = "unix://" + flags.runtimeSocket
	config.EnableServer, config.Address, config.Port, config.ReadOnlyPort = true, flags.address, 10250, 0
	config.TLSCertFile, config.TLSPrivateKeyFile = flags.certificate, flags.key
	config.Authentication.X509.ClientCAFile = flags.ca
	config.Authentication.Anonymous.Enabled = false
	config.Authentication.Webhook.Enabled = true
	config.Authorization.Mode = kubeletconfig.KubeletAuthorizationModeWebhook
	config.ClusterDomain, config.ClusterDNS = "cluster.local", []string{flags.dns}
	config.RegisterNode = true
	config.MaxPods = 250
	config.NodeStatusUpdateFrequency.Duration = 5 * time.Second
	config.PodLogsDir = filepath.Join(flags.root, "podlogs")
	config.VolumePluginDir = filepath.Join(flags.root, "plugins")
	config.EnableControllerAttachDetach = false
	config.LocalStorageCapacityIsolation = false
	config.CgroupsPerQOS, config.EnforceNodeAllocatable, config.FailCgroupV1 = false, nil, false
	return config, nil
}
