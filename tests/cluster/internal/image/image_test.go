// SPDX-License-Identifier: Apache-2.0

package image

import (
	"archive/tar"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func write(t *testing.T) string {
	t.Helper()
	archive := filepath.Join(t.TempDir(), "image.tar")
	if err := WriteProgram(archive, "mooring.dev/pause:1", "pause", []byte("program"), "65535"); err != nil {
		t.Fatal(err)
	}
	return archive
}

func members(t *testing.T, archive io.Reader) map[string]string {
	t.Helper()
	found, reader := map[string]string{}, tar.NewReader(archive)
	for {
		header, err := reader.Next()
		if err == io.EOF {
			return found
		}
		content, readErr := io.ReadAll(reader)
		if err != nil || readErr != nil {
			t.Fatal(err, readErr)
		}
		found[header.Name] = string(content)
	}
}

func TestAnArchiveHasWhatItsManifestNamesUnderTheDigests(t *testing.T) {
	file, err := os.Open(write(t))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	found := members(t, file)
	var images []manifest
	if err := json.Unmarshal([]byte(found["manifest.json"]), &images); err != nil {
		t.Fatal(err)
	}
	config, layer := found[images[0].Config], found[images[0].Layers[0]]
	if images[0].Config != digest([]byte(config))+".json" || !strings.Contains(config, "sha256:"+digest([]byte(layer))) {
		t.Errorf("digests differ: %+v %s", images, config)
	}
	if members(t, strings.NewReader(layer))["pause"] != "program" {
		t.Error("the layer does not hold the program")
	}
}

func TestTheSameProgramGivesTheSameArchive(t *testing.T) {
	first, err := FileDigest(write(t))
	second, again := FileDigest(write(t))
	if err != nil || again != nil || first != second {
		t.Errorf("%s, %s, %v, %v", first, second, err, again)
	}
}

func TestTheTagsOfAnArchiveAreRead(t *testing.T) {
	got, err := Tags(write(t))
	if err != nil || !slices.Equal(got, []string{"mooring.dev/pause:1"}) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWhatIsNoImageArchiveIsRefusedByName(t *testing.T) {
	file := filepath.Join(t.TempDir(), "letter.txt")
	if err := os.WriteFile(file, []byte("Dear reader, "+strings.Repeat("x", 2000)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Tags(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("%v", err)
	}
}
