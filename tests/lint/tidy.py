#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the product's sources that have no coroutine. What passed once is not looked at again until it, a header
of ours that it includes, the compiler's flags or .clang-tidy changes.

    tidy.py [BUILD]            BUILD has compile_commands.json (default build/ci)
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-14"
CACHE = pathlib.Path(os.environ.get("MOORING_CACHE", pathlib.Path.home() / ".cache" / "mooring")) / "tidy"
# Version 14 cannot read Asio's coroutines, nor need it read the tables of the tests.
COROUTINES = "core/net/asio.hpp"
PRODUCT = ("core/", "server/", "operator/")


def includes(path, seen):
    """The file and all headers of ours that it reaches."""
    if path in seen or not (ROOT / path).is_file():
        return seen
    seen.add(path)
    for target in re.findall(r'^#include "([^"]+)"', (ROOT / path).read_text(), re.M):
        includes(target, seen)
    return seen


def candidates(build):
    for entry in json.loads((build / "compile_commands.json").read_text()):
        path = os.path.relpath(entry["file"], ROOT)
        reached = includes(path, set())
        if not path.startswith(PRODUCT) or COROUTINES in reached or "boost/" in (ROOT / path).read_text():
            continue
        digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes())
        digest.update(re.sub(r"\S*" + re.escape(str(ROOT)), "", entry["command"]).encode())
        for part in sorted(reached):
            digest.update(part.encode() + b"\0" + (ROOT / part).read_bytes())
        yield path, CACHE / digest.hexdigest()


def look(build, path):
    # GCC has warnings that Clang does not know.
    command = [TIDY, "-p", str(build), "--quiet", "--extra-arg=-Wno-unknown-warning-option", "--extra-arg=-Wno-error", path]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    return path, done.returncode, done.stdout or done.stderr


def show(output, shown):
    """Each finding once: what is in a header is found from each file that includes it."""
    for finding in re.split(r"^(?=/\S+:\d+:\d+: (?:error|warning): )", output, flags=re.M):
        if finding.strip() and finding not in shown:
            shown.add(finding)
            print(finding.rstrip())


def main():
    build = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/ci")
    marks = dict(candidates(build))
    CACHE.mkdir(parents=True, exist_ok=True)
    fresh = [path for path, mark in marks.items() if not mark.exists()]
    failed, shown, begin = [], set(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for number, done in enumerate(pool.map(lambda path: look(build, path), fresh), 1):
            path, status, output = done
            if status == 0:
                marks[path].touch()
            else:
                failed.append(path)
                show(output, shown)
            # After what was found too: tests/run.py shows the last line while it waits.
            if status or number % 5 == 0:
                seconds = time.monotonic() - begin
                print(f"clang-tidy: {number} of {len(fresh)} files, {len(failed)} to mend, {seconds:.0f} s", flush=True)
    print(f"clang-tidy: {len(marks)} files, {len(fresh)} looked at, {len(failed)} with something to mend")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
