// SPDX-License-Identifier: Apache-2.0

// Package image writes and reads container images as archives of the form that `docker save` writes: a tar with
// manifest.json, a config named by its digest, and a tar for each layer.
package image

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
)

type manifest struct {
	Config   string
	RepoTags []string
	Layers   []string
}

// WriteProgram writes an image that holds nothing but one static program at its root.
func WriteProgram(archive, tag, name string, program []byte, user string) error {
	var layer bytes.Buffer
	if err := writeTar(&layer, []entry{{name: name, mode: 0o755, content: program}}); err != nil {
		return err
	}
	config, err := json.Marshal(map[string]any{
		"architecture": runtime.GOARCH, "os": "linux",
		"config": map[string]any{"Entrypoint": []string{"/" + name}, "User": user, "WorkingDir": "/"},
		"rootfs": map[string]any{"type": "layers", "diff_ids": []string{"sha256:" + digest(layer.Bytes())}},
	})
	if err != nil {
		return err
	}
	names := manifest{Config: digest(config) + ".json", RepoTags: []string{tag}, Layers: []string{digest(layer.Bytes()) + ".tar"}}
	index, err := json.Marshal([]manifest{names})
	if err != nil {
		return err
	}
	var whole bytes.Buffer
	err = writeTar(&whole, []entry{
		{name: names.Config, mode: 0o644, content: config},
		{name: names.Layers[0], mode: 0o644, content: layer.Bytes()},
		{name: "manifest.json", mode: 0o644, content: index},
	})
	if err != nil {
		return err
	}
	return os.WriteFile(archive, whole.Bytes(), 0o644)
}

type entry struct {
	name    string
	mode    int64
	content []byte
}

// writeTar gives entries no time and no owner: the same content has the same digest.
func writeTar(out io.Writer, entries []entry) error {
	writer := tar.NewWriter(out)
	for _, entry := range entries {
		header := &tar.Header{Name: entry.name, Mode: entry.mode, Size: int64(len(entry.content)), Format: tar.FormatUSTAR}
		if err := writer.WriteHeader(header); err != nil {
			return err
		}
		if _, err := writer.Write(entry.content); err != nil {
			return err
		}
	}
	return writer.Close()
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// Tags reads the names of the images in an archive.
func Tags(archive string) ([]string, error) {
	file, err := os.Open(archive)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	reader := tar.NewReader(file)
	for {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s has no manifest.json: it is not an archive that `docker save` writes", archive)
		}
		if err != nil {
			return nil, fmt.Errorf("%s is not an image archive: %w", archive, err)
		}
		if header.Name == "manifest.json" {
			return tags(reader, archive)
		}
	}
}

func tags(content io.Reader, archive string) ([]string, error) {
	var images []manifest
	if err := json.NewDecoder(content).Decode(&images); err != nil {
		return nil, fmt.Errorf("manifest.json of %s: %w", archive, err)
	}
	var names []string
	for _, image := range images {
		names = append(names, image.RepoTags...)
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s names no image: save it with a tag", archive)
	}
	return names, nil
}

// FileDigest is the hash of a whole archive.
func FileDigest(archive string) (string, error) {
	file, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer file.Close()
	hash := sha256.New()
	_, err = io.Copy(hash, file)
	return hex.EncodeToString(hash.Sum(nil)), err
}
