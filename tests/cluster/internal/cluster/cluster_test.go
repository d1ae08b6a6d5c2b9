// SPDX-License-Identifier: Apache-2.0

package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mooring.dev/cluster/internal/build"
	"mooring.dev/cluster/internal/progress"
)

func example(t *testing.T, state string) *Cluster {
	t.Helper()
	made, err := New("unit-test", state, build.Builder{}, progress.To(os.Stderr))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestEachNameHasAStateOfItsOwn(t *testing.T) {
	for name, want := range map[string]string{"mooring": "/var/lib/mooring-cluster", "two": "/var/lib/mooring-cluster-two"} {
		made, err := New(name, "", build.Builder{}, nil)
		if err != nil || made.state != want {
			t.Errorf("%s: %v, %v", name, made, err)
		}
	}
}

func TestABadNameOrAStateTooLongForSocketsIsRefused(t *testing.T) {
	for _, name := range []string{"", "Upper", "../x", "a b", "-a", strings.Repeat("a", 33)} {
		if _, err := New(name, "", build.Builder{}, nil); err == nil {
			t.Errorf("name %q was taken", name)
		}
	}
	if _, err := New("a", "/"+strings.Repeat("s", 80), build.Builder{}, nil); err == nil {
		t.Error("a state of 81 characters was taken")
	}
}

func TestAFolderThatHoldsSomethingElseIsNotTakenForState(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "letter.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := example(t, folder).claimState(); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("%v", err)
	}
	empty := t.TempDir()
	if err := errors.Join(example(t, empty).claimState(), example(t, empty).claimState()); err != nil {
		t.Errorf("an empty folder, then our own: %v", err)
	}
}

func TestCertificatesAreMadeOnce(t *testing.T) {
	made := example(t, t.TempDir())
	if err := made.makeCertificates(time.Now()); err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(made.path("pki/apiserver.crt"))
	again := made.makeCertificates(time.Now())
	second, readAgain := os.ReadFile(made.path("pki/apiserver.crt"))
	if err := errors.Join(err, again, readAgain); err != nil || !slices.Equal(first, second) {
		t.Errorf("they changed, or: %v", err)
	}
}

func TestMountsBelowAFolderAreFoundThoughTheirNamesHaveBlanks(t *testing.T) {
	const mountinfo = `22 1 0:20 / / rw - ext4 /dev/vda rw
30 22 0:21 / /state/kubelet rw - tmpfs tmpfs rw
31 30 0:22 / /state/kubelet/a\040b rw - tmpfs tmpfs rw
32 22 0:23 / /state-of-another rw - tmpfs tmpfs rw
33 22 0:24 / /state rw - tmpfs tmpfs rw
`
	if got := mountsBelow(mountinfo, "/state"); !slices.Equal(got, []string{"/state/kubelet", "/state/kubelet/a b"}) {
		t.Errorf("%q", got)
	}
}

func TestACommandOnAClusterThatIsNotUpSaysHowToBringItUp(t *testing.T) {
	made := example(t, t.TempDir())
	for what, err := range map[string]error{"health": made.Health(t.Context()), "image": made.LoadImage("none.tar")} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if _, err := made.facts(); err == nil || !strings.Contains(err.Error(), "cluster up") {
		t.Errorf("%v", err)
	}
}

func TestTheStatusNamesEachComponentAndTheProblem(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	since := now.Add(-90 * time.Second)
	var out strings.Builder
	Status{Name: "mooring", Problem: "dns does not run", Components: []ComponentStatus{
		{Name: "apiserver", PID: 7, Since: &since, MemoryBytes: 300 << 20}, {Name: "dns"},
	}, Doors: map[string]string{"default/notes:http": "127.0.0.1:3232"},
		Shut: map[string]string{"default/notes:http": "no pod is ready"}}.Print(&out, now)
	for _, part := range []string{"not well: dns does not run", "apiserver   7     1m30s   300 MiB", "dns         -     ended", "default/notes:http: 127.0.0.1:3232 refuses: no pod is ready"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not in\n%s", part, out.String())
		}
	}
}

func TestEachNameHasAPortOfTheAPIThatStays(t *testing.T) {
	ports := map[int]string{}
	for _, name := range []string{DefaultName, "mooring-test", "two"} {
		made, err := New(name, "", build.Builder{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := ports[made.apiPort()]; taken || made.apiPort() < 16443 || made.apiPort() > 17443 {
			t.Errorf("%s has port %d, %q has it too", name, made.apiPort(), other)
		}
		ports[made.apiPort()] = name
	}
}

func TestALockThatWasRemovedWhileItWasHeldIsNotTakenForTheNewOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if !isAt(file, path) {
		t.Error("the file is not at its own path")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if isAt(file, path) {
		t.Error("a removed file is at its path")
	}
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if isAt(file, path) {
		t.Error("another file was taken for it")
	}
}
