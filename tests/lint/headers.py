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
# What takes most of the time is read once for all who include it, directly or by a header of ours: they get the whole of it
# anyway. The standard library is for all, and house.py sees who forgets to include it.
STD = "algorithm atomic chrono condition_variable functional map memory mutex optional set string string_view thread variant vector".split()
JSON = "nlohmann/json.hpp"
ASIO = sorted(name for name in reached_of_others("core/net/asio.hpp") if name.startswith("boost/"))
# It sets up Asio in its own way before it includes it.
NOT_WITH = "cpprest/http_client.h"
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


def heavy(header):
    """What is read once for this header and others."""
    others = reached_of_others(header)
    if NOT_WITH in others:
        return ()
    return (*STD, *([JSON] if JSON in others else []), *(ASIO if others.issuperset(ASIO) else []))


def read_once(build, number, included, flags):
    """These headers as the compiler has read them; answers the words that say so."""
    if not included:
        return []
    source = build / "headers" / f"heavy{number}.hpp"
    kept = source.with_suffix(".pch")
    source.parent.mkdir(exist_ok=True)
    used = "static_assert(sizeof(nlohmann::json) > 0);\n" if JSON in included else ""
    source.write_text("".join(f"#include <{header}>\n" for header in included) + used)
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
    included = {header: heavy(header) for header in fresh}
    words = {
        names: read_once(build, number, names, found[fresh[0]]) for number, names in enumerate(sorted(set(included.values())))
    }
    failed, begin = [], time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        looks = pool.map(lambda header: look(header, found[header], words[included[header]]), fresh)
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
