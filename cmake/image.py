#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pack programs, files and folders into a container image, without a container engine.

The result is an archive of the form that `docker save` writes; `docker load`, `kind load image-archive`, `ctr images import`
and `cluster load-image` take it. A program comes with the shared libraries and the loader that it names, and stripped.
The same input gives the same bytes: no times, no owners, a fixed order.

  image.py --name mooring.dev/mcp-server:0.1.0 --user 1001 --entrypoint /mcp-server \\
           --program build/release/server/mcp-server=/mcp-server --out build/images/mcp-server.tar

With --content-tag the image gets a second name, whose tag ends with eight digits of its digest (0.1.0-1a2b3c4d): another
content has another name, and whatever refers to it rolls. The last name is printed, and on standard error the size.
"""

import argparse
import hashlib
import io
import json
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
NAME = re.compile(r"^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)*:[A-Za-z0-9_][A-Za-z0-9_.-]{0,110}$")


class Refused(Exception):
    """What the caller must mend."""


class Layer:
    """The files of the image by their path, and from these one tar."""

    def __init__(self):
        self._entries = {}  # path without leading slash -> (mode, content or None for a folder, link target or None)

    def folder(self, path, mode=0o755):
        self._entries[clean(path)] = (mode, None, None)

    def file(self, path, content, mode=0o644):
        self._entries[clean(path)] = (mode, content, None)

    def link(self, path, target):
        self._entries[clean(path)] = (0o777, None, target)

    def has(self, path):
        return clean(path) in self._entries

    def tar(self):
        for path in list(self._entries):
            for parent in Path(path).parents:
                if str(parent) != "." and str(parent) not in self._entries:
                    self._entries[str(parent)] = (0o755, None, None)
        return tar((path, *entry) for path, entry in sorted(self._entries.items()))


def tar(entries):
    """One order, no time, owner root: the digest speaks of the content alone."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for path, mode, content, target in entries:
            info = tarfile.TarInfo(path)
            info.mode = mode
            if target is not None:
                info.type, info.linkname = tarfile.SYMTYPE, target
            elif content is None:
                info.type = tarfile.DIRTYPE
            else:
                info.size = len(content)
            archive.addfile(info, io.BytesIO(content) if content is not None else None)
    return buffer.getvalue()


def clean(path):
    normal = os.path.normpath("/" + path).lstrip("/")
    if not normal:
        raise Refused(f"{path!r} is no path inside an image")
    return normal


def libraries(program):
    """The shared libraries and the loader of a program, as `ldd` finds them; none for a static one."""
    result = subprocess.run(["ldd", program], capture_output=True, text=True, check=False)
    output = result.stdout + result.stderr
    if "not a dynamic executable" in output or "statically linked" in output:
        return []
    if result.returncode != 0:
        raise Refused(f"ldd {program}: {output.strip()}")
    missing = re.findall(r"(\S+) => not found", output)
    if missing:
        raise Refused(f"{program} needs {', '.join(missing)}, which this machine does not have")
    return sorted(set(re.findall(r"(/\S+) \(0x", output)))


def stripped(program):
    with tempfile.NamedTemporaryFile() as copy:
        shutil.copyfile(program, copy.name)
        result = subprocess.run(["strip", "--strip-all", copy.name], capture_output=True, text=True, check=False)
        if result.returncode != 0:
            raise Refused(f"strip {program}: {result.stderr.strip()}")
        return Path(copy.name).read_bytes()


def add_program(layer, source, destination):
    layer.file(destination, stripped(source), 0o755)
    for library in libraries(source):
        if not layer.has(library):
            layer.file(library, stripped(library), 0o755)


def add_tree(layer, source, destination):
    if not Path(source).is_dir():
        raise Refused(f"--tree {source}: no such folder")
    layer.folder(destination)
    for folder, folders, files in os.walk(source):
        for name in folders + files:
            path = Path(folder, name)
            inside = os.path.join(destination, path.relative_to(source))
            if path.is_symlink():
                layer.link(inside, os.readlink(path))
            elif path.is_dir():
                layer.folder(inside)
            else:
                executable = path.stat().st_mode & stat.S_IXUSR
                layer.file(inside, path.read_bytes(), 0o755 if executable else 0o644)


def add_base(layer, user):
    """What a program may take for granted though it is alone: its user, certificate authorities, a place for scratch files."""
    layer.file("/etc/passwd", f"root:x:0:0:root:/:/sbin/nologin\nmooring:x:{user}:{user}:mooring:/tmp:/sbin/nologin\n".encode())
    layer.file("/etc/group", f"root:x:0:\nmooring:x:{user}:\n".encode())
    layer.file("/etc/nsswitch.conf", b"hosts: files dns\n")
    layer.folder("/tmp", 0o1777)
    if not Path(AUTHORITIES).is_file():
        raise Refused(f"{AUTHORITIES} is missing: install ca-certificates")
    layer.file(AUTHORITIES, Path(AUTHORITIES).read_bytes())


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def pack(options):
    """Returns the names of the image and the archive."""
    layer = Layer()
    add_base(layer, options.user)
    for source, destination in options.program:
        add_program(layer, source, destination)
    for source, destination in options.file:
        mode = 0o755 if os.access(source, os.X_OK) else 0o644
        layer.file(destination, Path(source).read_bytes(), mode)
    for source, destination in options.tree:
        add_tree(layer, source, destination)
    content = layer.tar()
    config = json.dumps({
        "architecture": ARCHITECTURES.get(platform.machine(), platform.machine()), "os": "linux",
        "config": {
            "Entrypoint": options.entrypoint, "User": f"{options.user}:{options.user}", "WorkingDir": options.workdir,
            "Env": ["PATH=/usr/bin:/bin", f"SSL_CERT_FILE={AUTHORITIES}", *options.env],
        },
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + sha256(content)]},
    }, sort_keys=True).encode()
    names = [options.name] + ([f"{options.name}-{sha256(config)[:8]}"] if options.content_tag else [])
    manifest = json.dumps([{"Config": sha256(config) + ".json", "RepoTags": names, "Layers": [sha256(content) + ".tar"]}]).encode()
    return names, tar([
        (sha256(config) + ".json", 0o644, config, None),
        (sha256(content) + ".tar", 0o644, content, None),
        ("manifest.json", 0o644, manifest, None),
    ])


def pair(text):
    source, separator, destination = text.partition("=")
    if not separator or not destination.startswith("/"):
        raise argparse.ArgumentTypeError(f"{text!r} is not SOURCE=/PATH/IN/THE/IMAGE")
    if not os.path.exists(source):
        raise argparse.ArgumentTypeError(f"{source} does not exist")
    return source, destination


def image_name(text):
    if not NAME.match(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME:TAG, for example mooring.dev/mcp-server:0.1.0")
    return text


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True, type=image_name, help="NAME:TAG")
    parser.add_argument("--content-tag", action="store_true", help="a second name with a digest of the content in its tag")
    parser.add_argument("--entrypoint", action="append", default=[], metavar="WORD", help="each word of the command by an option of its own")
    parser.add_argument("--user", type=int, default=1001, help="number of the user and its group (default 1001)")
    parser.add_argument("--workdir", default="/", help="working folder (default /)")
    parser.add_argument("--env", action="append", default=[], metavar="NAME=VALUE")
    parser.add_argument("--program", action="append", default=[], type=pair, metavar="SRC=DST", help="a program with its libraries")
    parser.add_argument("--file", action="append", default=[], type=pair, metavar="SRC=DST")
    parser.add_argument("--tree", action="append", default=[], type=pair, metavar="DIR=DST", help="a folder with all that is in it")
    parser.add_argument("--out", required=True, type=Path, help="the archive")
    return parser.parse_args()


def main():
    options = arguments()
    try:
        names, archive = pack(options)
    except Refused as problem:
        sys.exit(f"image.py: {problem}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = options.out.with_suffix(".unfinished")
    unfinished.write_bytes(archive)
    unfinished.replace(options.out)
    print(names[-1])
    print(f"{len(archive) / 1e6:.1f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
