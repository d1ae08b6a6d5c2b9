#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what the project promises, on this machine: image sizes, start, memory, CPU a call beside nginx and beside other
bridges of stdio servers, and a resource's way to its first answer on a real cluster. Prints tables; the numbers of every
round go to build/bench.json.

    make bench                      all of it
    bench/run.py --no-cluster       without the cluster
    bench/run.py --docs FILE        writes the page too
"""

import argparse
import dataclasses
import datetime
import json
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import bridges  # noqa: E402
import endpoint  # noqa: E402
import memory  # noqa: E402
import page  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
MB = 1e6
KB = 1e3


@dataclasses.dataclass
class Target:
    bound: float
    unit: str
    least: bool = False
    instead: tuple = ()  # another figure and what it has to be at least

    def is_met(self, value, found):
        if self.instead and found[self.instead[0]] >= self.instead[1]:
            return True
        return value >= self.bound if self.least else value <= self.bound

    def __str__(self):
        text = f"at {'least' if self.least else 'most'} {self.bound:,} {self.unit}"
        return f"{text}, or {self.instead[1]:,} {TARGETS[self.instead[0]].unit}" if self.instead else text


STDIO_CALLS = "stdio server, calls a second"
STDIO_SHARE = "stdio server, of the calls that it takes alone"
STDIO_PEER = "stdio server, calls against the better peer"
STDIO_MODERN = "stdio server, CPU a call of 2026-07-28 against 2025-11-25"

TARGETS = {
    "server image": Target(30, "MB"),
    "operator image": Target(40, "MB"),
    "server at rest, declared tools": Target(15, "MB"),
    "operator at rest": Target(25, "MB"),
    "an idle connection": Target(6, "kB"),
    "a session of 2025-11-25": Target(2, "kB"),
    "server start to ready": Target(50, "ms"),
    "CPU a call, clients of 2025-11-25": Target(2.5, "x nginx"),
    "CPU a call, clients of 2026-07-28": Target(2.5, "x nginx"),
    "p99 of 64 connections at one pace, 2025-11-25": Target(2, "x nginx"),
    "p99 of 64 connections at one pace, 2026-07-28": Target(2, "x nginx"),
    "p99 of 64 connections at full load, 2025-11-25": Target(2, "x nginx"),
    "p99 of 64 connections at full load, 2026-07-28": Target(2, "x nginx"),
    "CPU of tools/list, 100 tools": Target(1.5, "x a call"),
    STDIO_CALLS: Target(15_000, "a second", least=True, instead=(STDIO_SHARE, 60)),
    STDIO_SHARE: Target(60, "%", least=True, instead=(STDIO_CALLS, 15_000)),
    STDIO_PEER: Target(15, "x", least=True),
    STDIO_MODERN: Target(1.3, "x"),
    "McpServer applied to first answered call": Target(8, "s"),
}


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure_server(work, options, found, detail):
    say("bench: starts and memory of the server")
    detail["starts_ms"] = endpoint.starts(work)
    found["server start to ready"] = statistics.median(detail["starts_ms"])
    found["server at rest, declared tools"] = endpoint.idle_memory(work) / MB
    found["an idle connection"] = memory.of_connection(work) / KB
    found["a session of 2025-11-25"] = memory.of_session(work) / KB
    say(f"bench: calls, {options.rounds} rounds of 3 x {options.seconds} s and as many at one pace")
    detail["calls"] = endpoint.calls(work, options.rounds, options.seconds)
    made = detail["calls_summary"] = endpoint.summary(detail["calls"])
    for era, version in (("legacy", "2025-11-25"), ("modern", "2026-07-28")):
        found[f"CPU a call, clients of {version}"] = made["full"][era]["times_nginx"]
        found[f"p99 of 64 connections at one pace, {version}"] = made["paced"][era]["p99_times_nginx"]
        found[f"p99 of 64 connections at full load, {version}"] = made["full"][era]["p99_times_nginx"]
    rounds = max(options.rounds - 2, 1)
    say(f"bench: lists, {rounds} rounds")
    detail["lists"] = endpoint.lists(work, rounds, options.seconds)
    made = detail["lists_summary"] = endpoint.lists_summary(detail["lists"])
    found["CPU of tools/list, 100 tools"] = max(made[era]["times_call"] for era in ("legacy", "modern"))


def measure_stdio(work, options, found, detail):
    rounds = max(options.rounds - 2, 1)
    say(f"bench: a stdio server behind this and its peers, {rounds} rounds of 6 x {options.seconds} s")
    detail["stdio"] = bridges.calls(work, rounds, options.seconds)
    made = detail["stdio_summary"] = bridges.summary(detail["stdio"])
    found[STDIO_CALLS] = made["ways"]["legacy"]["per_second"]
    found[STDIO_SHARE] = made["of_alone"] * 100
    found[STDIO_PEER] = made["times_peer"]
    found[STDIO_MODERN] = made["modern_times_legacy"]


def measure_cluster(found, detail):
    import on_cluster

    say("bench: the cluster")
    detail["cluster"] = on_cluster.measure(5)
    found["operator at rest"] = detail["cluster"]["operator_rss"] / MB
    found["McpServer applied to first answered call"] = statistics.median(
        run["first_call_s"] for run in detail["cluster"]["runs"]
    )


def measure(options):
    found, detail = {}, {}
    for name in ("server", "operator"):
        found[f"{name} image"] = (ROOT / "build" / "images" / f"mcp-{name}.tar").stat().st_size / MB
    with tempfile.TemporaryDirectory(prefix="mooring-bench-") as folder:
        work = pathlib.Path(folder)
        measure_server(work, options, found, detail)
        measure_stdio(work, options, found, detail)
    if not options.no_cluster:
        measure_cluster(found, detail)
    return found, detail


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--no-cluster", action="store_true")
    parser.add_argument("--docs", type=pathlib.Path)
    options = parser.parse_args()
    found, detail = measure(options)
    print(page.tables(found, detail, TARGETS))
    report = {"date": datetime.datetime.now().isoformat(), "machine": page.machine(), "found": found, "detail": detail}
    (ROOT / "build" / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    if options.docs:
        version = (ROOT / "VERSION").read_text().strip()
        options.docs.write_text(page.page(found, detail, TARGETS, options, version))


if __name__ == "__main__":
    main()
