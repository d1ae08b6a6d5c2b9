// SPDX-License-Identifier: Apache-2.0

package build

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
)

// copySource copies the part's module to a folder, and the rest of the replaced one into it.
func (b Builder) copySource(part Part, folder string) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	if err := os.CopyFS(folder, os.DirFS(filepath.Join(b.Source, part.Module))); err != nil {
		return err
	}
	module, err := b.download(part.Replaced.Module, folder)
	if err != nil {
		return err
	}
	return copyMissing(filepath.Join(folder, part.Replaced.Folder), module)
}

// download returns where the sources of PATH@VERSION are.
func (b Builder) download(module, folder string) (string, error) {
	command := exec.Command(b.Go, "mod", "download", "-json", module)
	command.Dir = filepath.Dir(folder) // of no module, whose replacements would count
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	told, err := command.Output()
	var found struct{ Dir, Error string }
	if failed := json.Unmarshal(told, &found); failed != nil || found.Dir == "" {
		return "", fmt.Errorf("cannot download %s: %w %s", module, errors.Join(err, failed), found.Error)
	}
	return found.Dir, nil
}

// copyMissing copies what is not there yet; the module cache is read-only, its copy is not.
func copyMissing(to, from string) error {
	return fs.WalkDir(os.DirFS(from), ".", func(path string, entry fs.DirEntry, err error) error {
		target := filepath.Join(to, path)
		if err != nil || entry.IsDir() {
			return errors.Join(err, os.MkdirAll(target, 0o755))
		}
		if _, err := os.Stat(target); err == nil {
			return nil
		}
		content, err := os.ReadFile(filepath.Join(from, path))
		if err != nil {
			return err
		}
		return os.WriteFile(target, content, 0o644)
	})
}
