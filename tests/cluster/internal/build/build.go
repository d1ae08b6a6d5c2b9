// SPDX-License-Identifier: Apache-2.0

// Package build makes the programs of the cluster from Go modules, once for each state of their sources.
package build

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
	"mooring.dev/cluster/internal/progress"
)

const kubernetesVersion = "1.37.2"

// Part is a set of programs that are built and kept together.
type Part struct {
	Name     string
	Takes    string   // the first time, on two cores; shown while it is built
	Module   string   // folder of go.mod, of the source root
	Sources  []string // folders that belong to it besides go.mod and go.sum
	Packages []string
	Flags    []string
	Programs []string // what must be there afterwards
}

// What shares most of its packages with Kubernetes is of one module with it: they are compiled once then. The container
// runtime shares a third of its own only.
var (
	Kube = Part{
		Name: "kube", Takes: "about 7 minutes", Module: ".", Sources: []string{"kube", "kubectl"},
		Packages: []string{"./kube", "./kubectl"},
		Flags:    []string{"-ldflags", kubernetesLinkerFlags()},
		Programs: []string{"kube", "kubectl"},
	}
	// Runtime needs cgo and libseccomp: runc loads the seccomp profiles of pods by it.
	Runtime = Part{
		Name: "runtime", Takes: "about 2 minutes", Module: "runtime",
		Packages: []string{"tool"},
		Flags:    []string{"-tags", "seccomp", "-ldflags", "-s -w"},
		Programs: []string{"containerd", "containerd-shim-runc-v2", "ctr", "runc", "bridge", "host-local", "loopback", "portmap"},
	}
	DNS = Part{
		Name: "dns", Takes: "half a minute after kube", Module: ".", Sources: []string{"coredns"},
		Packages: []string{"./coredns"}, Flags: []string{"-ldflags", "-s -w"}, Programs: []string{"coredns"},
	}
	Helm = Part{
		Name: "helm", Takes: "a minute after kube, three without", Module: ".",
		Packages: []string{"helm.sh/helm/v4/cmd/helm"}, Flags: []string{"-ldflags", "-s -w -X helm.sh/helm/v4/internal/version.version=v4.3.1"}, Programs: []string{"helm"},
	}
	Pause = Part{
		Name: "pause", Takes: "a second", Sources: []string{"pause"}, Programs: []string{"pause"},
	}
)

// Parts is all of them, by name.
var Parts = []Part{Kube, Runtime, DNS, Pause, Helm}

// kubernetesLinkerFlags set the versions that programs tell and clients parse, and that the audit log names as user agent.
func kubernetesLinkerFlags() string {
	number := strings.Split(kubernetesVersion, ".")
	flags := "-s -w"
	for _, path := range []string{"k8s.io/component-base/version", "k8s.io/client-go/pkg/version"} {
		flags += fmt.Sprintf(" -X %[1]s.gitVersion=v%[2]s -X %[1]s.gitCommit=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
			path, kubernetesVersion, number[0], number[1])
	}
	return flags
}

// Builder knows where sources and results are.
type Builder struct {
	Source   string // folder tests/cluster
	Cache    string
	Go       string
	Progress *progress.Printer
}

// Ensure returns the folder with the part's programs, and builds them if they are not there.
func (b Builder) Ensure(part Part) (string, error) {
	folder, err := b.Folder(part)
	if err != nil {
		return "", err
	}
	if hasAll(folder, part.Programs) {
		return folder, nil
	}
	release, err := b.lock(part)
	if err != nil {
		return "", err
	}
	defer release()
	if hasAll(folder, part.Programs) { // another build of the same has ended meanwhile
		return folder, nil
	}
	name := fmt.Sprintf("building %s (%s the first time)", part.Name, part.Takes)
	return folder, b.Progress.Step(name, func() error { return b.make(part, folder) })
}

// Folder is where the part's programs are kept, built or not.
func (b Builder) Folder(part Part) (string, error) {
	files, err := sources(b.Source, part.Sources)
	if err != nil {
		return "", err
	}
	if part.Module != "" {
		files = append(files, filepath.Join(part.Module, "go.mod"), filepath.Join(part.Module, "go.sum"))
	}
	key, err := Key(b.Source, files, append([]string{runtime.Version(), runtime.GOARCH}, part.Flags...)...)
	return filepath.Join(b.Cache, part.Name+"-"+key), err
}

func hasAll(folder string, programs []string) bool {
	return !slices.ContainsFunc(programs, func(program string) bool {
		_, err := os.Stat(filepath.Join(folder, program))
		return err != nil
	})
}

// make builds beside the place and renames, so that a folder is there whole or not at all.
func (b Builder) make(part Part, folder string) error {
	unfinished := folder + ".unfinished"
	if err := os.RemoveAll(unfinished); err != nil {
		return err
	}
	if err := os.MkdirAll(unfinished, 0o755); err != nil {
		return err
	}
	command := b.command(part, unfinished)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	if err := command.Run(); err != nil {
		return fmt.Errorf("cannot build %s: %s: %w\n%s", part.Name, strings.Join(command.Args, " "), err, tail(output.String(), 20))
	}
	if !hasAll(unfinished, part.Programs) {
		return fmt.Errorf("the build of %s did not bring %s", part.Name, strings.Join(part.Programs, ", "))
	}
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	return os.Rename(unfinished, folder)
}

func (b Builder) command(part Part, out string) *exec.Cmd {
	if part.Module == "" { // the one program that is not of Go: a megabyte for each pod would be the Go runtime's
		return exec.Command("gcc", "-static", "-Os", "-s", "-o", filepath.Join(out, "pause"), filepath.Join(b.Source, "pause", "pause.c"))
	}
	// No debug information is made that the linker would only strip: a tenth of compiling.
	arguments := append([]string{"build", "-trimpath", "-buildvcs=false", "-mod=readonly", "-gcflags=all=-dwarf=false"}, part.Flags...)
	arguments = append(append(arguments, "-o", out+"/"), part.Packages...)
	command := exec.Command(b.Go, arguments...)
	command.Dir = filepath.Join(b.Source, part.Module)
	// The compiler collects its garbage less often, which is a third of its work by default; memory is there.
	command.Env = append(os.Environ(), "GOWORK=off", "GOGC=400")
	return command
}

// lock keeps two processes from building the same at once.
func (b Builder) lock(part Part) (func(), error) {
	if err := os.MkdirAll(b.Cache, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(b.Cache, part.Name+".lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	err = b.Progress.Step("waiting for another build of "+part.Name, func() error { return unix.Flock(int(file.Fd()), unix.LOCK_EX) })
	return func() { file.Close() }, err
}

func tail(text string, count int) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], "\n")
}
