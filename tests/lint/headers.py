#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compiles each header alone: it includes all that it needs. One that passed is not looked at again until it, a header of
ours that it includes, or the compiler's flags change.

    headers.py [BUILD]         BUILD has compile_commands.json of clang (default build/dev)
"""

import concurrent.futures
import os
import pathlib
import subprocess
import sys
import time

from sources import ROOT, Seen, commands, reached_of_others

CLANG = "clang++-19"
# What takes most of the time, and is therefore read once for all who include it, directly or by a header of ours: they get
# the whole of it anyway, before anything of theirs, so that it hides nothing.
HEAVY = "nlohmann/json.hpp"
READ_ONCE = f"#include <{HEAVY}>\nstatic_assert(sizeof(nlohmann::json) > 0);\n"
COMMON = [CLANG, "-x", "c++-header", "-include", "utility"]


def headers(build):
    """Each header, with the flags of a source of its folder, or of the room above."""
    flags = {}
    for path, words in commands(build).items():
        flags[os.path.dirname(path)] = words
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.hpp"]
    listed = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=True)
    found = {}
    for header in listed.stdout.split():
        room = next(str(folder) for folder in pathlib.Path(header).parents if str(folder) in flags or str(folder) == ".")
        found[header] = flags.get(room) or next(iter(flags.values()))
    return found


def read_once(build, flags):
    """What is heavy as the compiler has read it; answers the words that say so."""
    source, kept = build / "headers" / "heavy.hpp", build / "headers" / "heavy.pch"
    source.parent.mkdir(exist_ok=True)
    source.write_text(READ_ONCE)
    subprocess.run([*COMMON, *flags, "-w", "-fpch-instantiate-templates", source, "-o", kept], cwd=ROOT, check=True)
    return ["-include-pch", kept]


def look(header, flags, words):
    command = [*COMMON, "-fsyntax-only", *words, *flags, "-Werror", "-Wno-pragma-once-outside-header", header]
    done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True)
    return header, done.returncode, done.stderr


def main():
    build = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/dev")
    found, seen = headers(build), Seen("headers")
    marks = {header: seen.mark([header], flags) for header, flags in found.items()}
    fresh = [header for header in found if not marks[header].exists()]
    words = {header: [] for header in fresh}
    if with_heavy := [header for header in fresh if HEAVY in reached_of_others(header)]:
        words |= dict.fromkeys(with_heavy, read_once(build, found[with_heavy[0]]))
    failed, begin = [], time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        looks = pool.map(lambda header: look(header, found[header], words[header]), fresh)
        for number, (header, status, output) in enumerate(looks, 1):
            if status == 0:
                marks[header].touch()
            else:
                failed.append(header)
                print(f"{header} does not stand alone:\n{output}")
            if status or number % 20 == 0:
                seconds = time.monotonic() - begin
                print(f"headers: {number} of {len(fresh)}, {len(failed)} to mend, {seconds:.0f} s", flush=True)
    print(f"headers: {len(found)} compiled alone, {len(fresh)} of them now, {len(failed)} with something to mend")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
