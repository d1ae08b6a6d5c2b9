# SPDX-License-Identifier: Apache-2.0
"""Which files there are, how they are compiled, and which of them were looked at before and found good."""

import hashlib
import json
import os
import pathlib
import re
import shlex

ROOT = pathlib.Path(__file__).resolve().parents[2]
_CACHE = pathlib.Path(os.environ.get("MOORING_CACHE", pathlib.Path.home() / ".cache" / "mooring"))


def _included(path, form):
    return re.findall(form, (ROOT / path).read_text(), re.M)


def reached(path, seen=None):
    """The file and all headers of ours that it includes, directly or not."""
    seen = set() if seen is None else seen
    if path not in seen and (ROOT / path).is_file():
        seen.add(path)
        for target in _included(path, r'^#include "([^"]+)"'):
            reached(target, seen)
    return seen


def reached_of_others(path):
    """The headers of libraries that the file includes, directly or by ours."""
    return {target for ours in reached(path) for target in _included(ours, r"^#include <([^>]+)>")}


def commands(build):
    """By source of the tree: the flags of its compiler that tell what it says and what is warned of."""
    found = {}
    for entry in json.loads((build / "compile_commands.json").read_text()):
        flags = [word for word in shlex.split(entry["command"]) if word.startswith(("-D", "-I", "-W", "-std"))]
        found[os.path.relpath(entry["file"], ROOT)] = flags
    return found


class Seen:
    """What was good once is not looked at again until it, or anything that was told with it, changes."""

    def __init__(self, name, *with_files):
        self._folder = _CACHE / name
        self._folder.mkdir(parents=True, exist_ok=True)
        self._with = b"".join((ROOT / path).read_bytes() for path in with_files)

    def mark(self, files, flags):
        digest = hashlib.sha256(self._with)
        digest.update(" ".join(flags).replace(str(ROOT), "").encode())
        for part in sorted(set().union(*(reached(path) for path in files))):
            digest.update(part.encode() + b"\0" + (ROOT / part).read_bytes())
        return self._folder / digest.hexdigest()
