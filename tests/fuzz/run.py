#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Looks for inputs that break something: each target for a time, as many at once as there are processors.

    tests/fuzz/run.py                       all targets, a minute each
    tests/fuzz/run.py --seconds 600 rpc     one, for longer
    tests/fuzz/run.py --keep rpc            afterwards adds what reached new code to tests/fuzz/corpus/rpc.txt

What was found stays in build/fuzz/found and is where the next run goes on from."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "fuzz" / "corpus"
PROGRAMS = ROOT / "build" / "ci" / "tests" / "fuzz"
BUILD = ROOT / "build" / "fuzz"
MOST_BYTES = 4096
PLAIN = {ord("\\"): "\\\\", ord("\n"): "\\n", ord("\r"): "\\r"}


def escaped(content):
    return "".join(PLAIN.get(byte) or (chr(byte) if 0x20 <= byte < 0x7F else f"\\x{byte:02x}") for byte in content)


def unescaped(line):
    named = {"\\": b"\\", "n": b"\n", "r": b"\r"}
    parts = re.findall(r"\\x([0-9a-f]{2})|\\(.)|([^\\]+)", line)
    return b"".join(bytes.fromhex(code) if code else named[name] if name else plain.encode() for code, name, plain in parts)


def kept(target):
    return (CORPUS / f"{target}.txt").read_text().splitlines()


def unpack(target):
    folder = BUILD / "inputs" / target
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    for number, line in enumerate(kept(target)):
        (folder / f"{number:04}").write_bytes(unescaped(line))
    return folder


def libfuzzer(target, *words):
    return subprocess.run([PROGRAMS / f"fuzz_{target}", *words], cwd=BUILD, capture_output=True, text=True, errors="replace")


def fuzz(target, seconds):
    """Returns whether all held, and a line on it."""
    found, broken = BUILD / "found" / target, BUILD / "broken"
    found.mkdir(parents=True, exist_ok=True)
    broken.mkdir(exist_ok=True)
    limits = [f"-max_total_time={seconds}", f"-max_len={MOST_BYTES}", "-timeout=60", "-rss_limit_mb=2048"]
    ended = libfuzzer(target, *limits, f"-artifact_prefix={broken}/{target}-", found, unpack(target))
    (BUILD / f"{target}.log").write_text(ended.stderr)
    if ended.returncode == 0:
        runs, edges = re.findall(r"^#(\d+)\s+DONE\s+cov: (\d+)", ended.stderr, re.MULTILINE)[-1]
        return True, f"{target}: held for {int(runs):,} inputs, {edges} edges"
    why = re.search(r"does not hold: .*|SUMMARY: .*", ended.stderr)
    artifact = re.search(r"Test unit written to (\S+)", ended.stderr)
    told = f"{target}: {why.group() if why else 'ended with ' + str(ended.returncode)}; build/fuzz/{target}.log says more"
    if artifact:
        path = pathlib.Path(artifact.group(1))
        told += (
            f"\n  again:  build/ci/tests/fuzz/fuzz_{target} {path.relative_to(ROOT)}"
            f"\n  mended? add this line to tests/fuzz/corpus/{target}.txt, which is tried first:\n  {escaped(path.read_bytes())}"
        )
    return False, told


def keep(target):
    """Adds the inputs that reach code which no kept one reaches."""
    folder = unpack(target)
    before = {path.name for path in folder.iterdir()}
    libfuzzer(target, "-merge=1", "-use_counters=0", folder, BUILD / "found" / target).check_returncode()
    new = sorted((path.read_bytes() for path in folder.iterdir() if path.name not in before), key=lambda content: (len(content), content))
    with (CORPUS / f"{target}.txt").open("a") as file:
        file.writelines(escaped(content) + "\n" for content in new)
    return f"{target}: {len(new)} inputs added to {len(before)}"


def arguments(targets):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"of {' '.join(targets)}; all without one")
    parser.add_argument("--seconds", type=int, default=60, help="for each target (default 60)")
    parser.add_argument("--at-once", type=int, default=os.cpu_count(), metavar="N", help="so many beside each other (default: a processor each)")
    parser.add_argument("--keep", action="store_true", help="keep what reached new code")
    options = parser.parse_args()
    for target in options.targets:
        if target not in targets:
            parser.error(f"{target!r} is no target, must be one of: {', '.join(targets)}")
    return options


def main():
    targets = sorted(path.stem for path in CORPUS.glob("*.txt"))
    options = arguments(targets)
    chosen = options.targets or targets
    all_held = True
    with concurrent.futures.ThreadPoolExecutor(options.at_once) as pool:
        for held, told in pool.map(lambda target: fuzz(target, options.seconds), chosen):
            print(told, flush=True)
            all_held = all_held and held
    if options.keep:
        for target in chosen:
            print(keep(target), flush=True)
    return 0 if all_held else 1


if __name__ == "__main__":
    sys.exit(main())
