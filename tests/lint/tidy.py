#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the product's sources, a room at once: half of its time goes into the headers of
others. What passed once is not looked at again until it, a header of ours that it includes, the compiler's flags or
.clang-tidy changes.

    tidy.py [BUILD]            BUILD has compile_commands.json (default build/dev)
"""

import concurrent.futures
import os
import re
import subprocess
import sys
import time

from sources import ROOT, Seen, commands

TIDY = os.environ.get("CLANG_TIDY", "clang-tidy")
# It need not read the tables of the tests.
PRODUCT = ("core/", "server/", "operator/")


def rooms(build):
    """By room: its sources to be looked at, and how they are compiled."""
    found = {}
    for path, flags in commands(build).items():
        if path.startswith(PRODUCT):
            sources, _ = found.setdefault(os.path.dirname(path), (set(), flags))
            sources.add(path)
    return {room: (sorted(sources), flags) for room, (sources, flags) in found.items()}


def look(build, room, sources, flags):
    whole = build / "tidy" / f"{room.replace('/', '_')}.cpp"
    whole.parent.mkdir(exist_ok=True)
    whole.write_text("".join(f'#include "{path}"\n' for path in sources))
    # What Boost's header lacks is told in CMakeLists.txt.
    silenced = ["-Wno-unknown-warning-option", "-Wno-error", "-include", "utility"]
    done = subprocess.run([TIDY, "--quiet", whole, "--", *flags, *silenced], cwd=ROOT, text=True, capture_output=True)
    return room, done.returncode, done.stdout or done.stderr


def show(output, shown):
    """Each finding once: what is in a header is found from each file that includes it."""
    for finding in re.split(r"^(?=/\S+:\d+:\d+: (?:error|warning): )", output, flags=re.M):
        if finding.strip() and finding not in shown:
            shown.add(finding)
            print(finding.rstrip())


def main():
    build = ROOT / (sys.argv[1] if len(sys.argv) > 1 else "build/dev")
    found = rooms(build)
    seen = Seen("tidy", ".clang-tidy")
    marks = {room: seen.mark(*whole) for room, whole in found.items()}
    fresh = [room for room in found if not marks[room].exists()]
    failed, shown, begin = [], set(), time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(max_workers=min(2, os.cpu_count() or 1)) as pool:
        for number, done in enumerate(pool.map(lambda room: look(build, room, *found[room]), fresh), 1):
            room, status, output = done
            if status == 0:
                marks[room].touch()
            else:
                failed.append(room)
                show(output, shown)
            # After what was found too: tests/run.py shows the last line while it waits.
            if status or number % 5 == 0:
                seconds = time.monotonic() - begin
                print(f"clang-tidy: {number} of {len(fresh)} rooms, {len(failed)} to mend, {seconds:.0f} s", flush=True)
    files = sum(len(sources) for sources, _ in found.values())
    print(f"clang-tidy: {files} files in {len(found)} rooms, {len(fresh)} looked at, {len(failed)} with something to mend")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
