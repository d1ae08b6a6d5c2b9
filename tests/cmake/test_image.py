# SPDX-License-Identifier: Apache-2.0
"""cmake/image.py: programs, files and folders become an image archive."""

import hashlib
import io
import json
import pathlib
import subprocess
import sys
import tarfile

import pytest

IMAGE = pathlib.Path(__file__).parents[2] / "cmake" / "image.py"
PROGRAM = "/usr/bin/true"


def run(*options):
    return subprocess.run([sys.executable, IMAGE, *map(str, options)], text=True, capture_output=True, check=False)


def pack(out, *options, name="mooring.dev/example:1"):
    done = run("--name", name, "--out", out, *options)
    assert done.returncode == 0, done.stderr
    return Archive(out)


class Archive:
    def __init__(self, path):
        self.bytes = path.read_bytes()
        with tarfile.open(path) as outer:
            self.manifest = json.load(outer.extractfile("manifest.json"))[0]
            self.raw_config = outer.extractfile(self.manifest["Config"]).read()
            self.raw_layer = outer.extractfile(self.manifest["Layers"][0]).read()
        self.config = json.loads(self.raw_config)
        with tarfile.open(fileobj=io.BytesIO(self.raw_layer)) as layer:
            self.entries = {entry.name: entry for entry in layer}
            self.files = {entry.name: layer.extractfile(entry).read() for entry in layer if entry.isfile()}


def test_the_manifest_names_the_content_by_its_digests(tmp_path):
    archive = pack(tmp_path / "a.tar")
    layer = hashlib.sha256(archive.raw_layer).hexdigest()
    assert archive.manifest["Config"] == hashlib.sha256(archive.raw_config).hexdigest() + ".json"
    assert archive.manifest["Layers"] == [layer + ".tar"]
    assert archive.config["rootfs"]["diff_ids"] == ["sha256:" + layer]


def test_a_program_brings_its_libraries_and_its_loader(tmp_path):
    archive = pack(tmp_path / "a.tar", "--program", f"{PROGRAM}=/program")
    libraries = [name for name in archive.files if ".so" in name]
    assert any("libc.so" in name for name in libraries) and any("ld-linux" in name for name in libraries)
    assert archive.entries["program"].mode == 0o755


def test_an_image_has_its_user_certificate_authorities_and_a_place_for_scratch_files(tmp_path):
    archive = pack(tmp_path / "a.tar", "--user", 1001)
    assert b"mooring:x:1001:1001" in archive.files["etc/passwd"]
    assert b"BEGIN CERTIFICATE" in archive.files["etc/ssl/certs/ca-certificates.crt"]
    assert archive.entries["tmp"].mode == 0o1777
    assert archive.config["config"]["User"] == "1001:1001"


def test_a_folder_keeps_what_is_executable_and_its_links(tmp_path):
    tree = tmp_path / "tree"
    (tree / "deep").mkdir(parents=True)
    (tree / "deep" / "run").write_text("#!/bin/sh\n")
    (tree / "deep" / "run").chmod(0o700)
    (tree / "read").write_text("text")
    (tree / "link").symlink_to("deep/run")
    archive = pack(tmp_path / "a.tar", "--tree", f"{tree}=/app")
    assert archive.entries["app/deep/run"].mode == 0o755
    assert archive.entries["app/read"].mode == 0o644
    assert archive.entries["app/link"].linkname == "deep/run"


def test_the_same_content_at_another_time_gives_the_same_bytes(tmp_path):
    file = tmp_path / "file"
    file.write_text("text")
    first = pack(tmp_path / "a.tar", "--file", f"{file}=/file")
    file.touch()
    assert pack(tmp_path / "b.tar", "--file", f"{file}=/file").bytes == first.bytes


def test_a_second_name_tells_the_content(tmp_path):
    file = tmp_path / "file"
    names = []
    for text in ("one", "two"):
        file.write_text(text)
        names.append(pack(tmp_path / "a.tar", "--content-tag", "--file", f"{file}=/file").manifest["RepoTags"])
    assert names[0][0] == names[1][0] == "mooring.dev/example:1"
    assert names[0][1].startswith("mooring.dev/example:1-") and names[0][1] != names[1][1]


@pytest.mark.parametrize("options, told", [
    (["--name", "Bad Name", "--out", "a.tar"], "'Bad Name' is not NAME:TAG"),
    (["--name", "a:1", "--out", "a.tar", "--file", "/etc/hostname"], "'/etc/hostname' is not SOURCE=/PATH/IN/THE/IMAGE"),
    (["--name", "a:1", "--out", "a.tar", "--program", "/no/such=/x"], "/no/such does not exist"),
    (["--name", "a:1", "--out", "a.tar", "--tree", "/etc/hostname=/x"], "--tree /etc/hostname: no such folder"),
])
def test_what_cannot_be_packed_is_named(tmp_path, options, told):
    done = run(*options)
    assert done.returncode != 0 and told in done.stderr
