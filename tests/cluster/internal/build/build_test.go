// SPDX-License-Identifier: Apache-2.0

package build

import (
	"os"
	"path/filepath"
	"testing"

	"mooring.dev/cluster/internal/progress"
)

func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func folder(t *testing.T, root string, part Part) string {
	t.Helper()
	got, err := Builder{Source: root, Cache: "/cache"}.Folder(part)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

var example = Part{Name: "example", Module: ".", Sources: []string{"example"}}

func TestTheSameSourcesInAnotherFolderHaveTheSameKey(t *testing.T) {
	files := map[string]string{"go.mod": "module a", "go.sum": "", "example/main.go": "package main"}
	if a, b := folder(t, tree(t, files), example), folder(t, tree(t, files), example); a != b {
		t.Errorf("%s is not %s", a, b)
	}
}

func TestAnyChangeOfASourceAModuleOrAFlagChangesTheKey(t *testing.T) {
	base := map[string]string{"go.mod": "module a", "go.sum": "", "example/main.go": "package main"}
	seen := map[string]string{folder(t, tree(t, base), example): "the base"}
	add := func(what, got string) {
		if other, known := seen[got]; known {
			t.Errorf("%s has the key of %s", what, other)
		}
		seen[got] = what
	}
	for name := range base {
		changed := map[string]string{name: "changed"}
		for other, content := range base {
			if other != name {
				changed[other] = content
			}
		}
		add(name, folder(t, tree(t, changed), example))
	}
	flagged := example
	flagged.Flags = []string{"-tags", "x"}
	add("a flag", folder(t, tree(t, base), flagged))
}

func TestATestDoesNotChangeTheKey(t *testing.T) {
	files := map[string]string{"go.mod": "", "go.sum": "", "example/main.go": ""}
	before := folder(t, tree(t, files), example)
	files["example/main_test.go"] = "package main"
	if after := folder(t, tree(t, files), example); after != before {
		t.Errorf("%s became %s", before, after)
	}
}

func TestAFailedBuildLeavesNothingAndSaysWhatWasRun(t *testing.T) {
	root := tree(t, map[string]string{"pause/pause.c": "this is not C"})
	builder := Builder{Source: root, Cache: t.TempDir(), Progress: progress.To(os.Stderr)}
	if _, err := builder.Ensure(Pause); err == nil {
		t.Fatal("built")
	}
	place, err := builder.Folder(Pause)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(place); !os.IsNotExist(err) {
		t.Errorf("%s is there", place)
	}
}
