// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"time"

	machineinfo "github.com/google/cadvisor/info/v1"
	filesystem "github.com/google/cadvisor/info/v2"
	"k8s.io/klog/v2"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
)

// machine tells the kubelet a fixed size instead of cadvisor's measurements, which need cgroups that a small machine may not have.
type machine struct{ cadvisortest.Fake }

func (m *machine) VersionInfo() (*machineinfo.VersionInfo, error) {
	return &machineinfo.VersionInfo{KernelVersion: "unmeasured", ContainerOsVersion: "unmeasured"}, nil
}

func (m *machine) MachineInfo(klog.Logger) (*machineinfo.MachineInfo, error) {
	return &machineinfo.MachineInfo{NumCores: 64, MemoryCapacity: 64 << 30}, nil
}

func (m *machine) ImagesFsInfo(context.Context) (filesystem.FsInfo, error)    { return disk(), nil }
func (m *machine) RootFsInfo() (filesystem.FsInfo, error)                     { return disk(), nil }
func (m *machine) ContainerFsInfo(context.Context) (filesystem.FsInfo, error) { return disk(), nil }
func (m *machine) GetDirFsInfo(string) (filesystem.FsInfo, error)             { return disk(), nil }

// disk is half empty, always: the kubelet must not collect images that no registry could bring back.
func disk() filesystem.FsInfo {
	inodes := uint64(1 << 30)
	return filesystem.FsInfo{
		Timestamp: time.Now(), Device: "/dev/disk", Mountpoint: "/",
		Capacity: 1 << 38, Available: 1 << 37, Inodes: &inodes, InodesFree: &inodes,
	}
}
