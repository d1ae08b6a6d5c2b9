#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what the project promises, on this machine: image sizes, start, memory, CPU a call, and a resource's way to its
first answer on a real cluster. Prints a table; the numbers of every round go to build/bench.json.

    make bench                      all of it
    bench/run.py --no-cluster       without the cluster
    bench/run.py --docs FILE        writes the page too
"""

import argparse
import datetime
import json
import pathlib
import platform
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import endpoint  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[1]
MB = 1e6

TARGETS = {
    "server image": (30, "MB"),
    "operator image": (40, "MB"),
    "server at rest, declared tools": (15, "MB"),
    "operator at rest": (25, "MB"),
    "server start to ready": (50, "ms"),
    "CPU a call, clients of 2025-11-25": (3, "x nginx"),
    "CPU a call, clients of 2026-07-28": (3, "x nginx"),
    "McpServer applied to first answered call": (8, "s"),
}


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine()
    )
    memory = int(next(line for line in open("/proc/meminfo") if line.startswith("MemTotal")).split()[1]) / 1024**2
    cores = sum(line.startswith("processor") for line in open("/proc/cpuinfo"))
    return f"{cores} x {model}, {memory:.0f} GiB, Linux {platform.release()}"


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(options):
    found, detail = {}, {}
    for name in ("server", "operator"):
        found[f"{name} image"] = (ROOT / "build" / "images" / f"mcp-{name}.tar").stat().st_size / MB
    with tempfile.TemporaryDirectory(prefix="mooring-bench-") as folder:
        work = pathlib.Path(folder)
        say("bench: starts and memory of the server")
        detail["starts_ms"] = endpoint.starts(work)
        found["server start to ready"] = statistics.median(detail["starts_ms"])
        found["server at rest, declared tools"] = endpoint.idle_memory(work) / MB
        say(f"bench: calls, {options.rounds} rounds of 3 x {options.seconds} s")
        detail["calls"] = endpoint.calls(work, options.rounds, options.seconds)
    detail["calls_summary"] = endpoint.summary(detail["calls"])
    found["CPU a call, clients of 2025-11-25"] = detail["calls_summary"]["legacy"]["times_nginx"]
    found["CPU a call, clients of 2026-07-28"] = detail["calls_summary"]["modern"]["times_nginx"]
    if not options.no_cluster:
        import on_cluster

        say("bench: the cluster")
        detail["cluster"] = on_cluster.measure(5)
        found["operator at rest"] = detail["cluster"]["operator_rss"] / MB
        found["McpServer applied to first answered call"] = statistics.median(
            run["first_call_s"] for run in detail["cluster"]["runs"]
        )
    return found, detail


def table(found):
    lines = ["| What | Measured | Target |", "|---|---:|---:|"]
    for name, (target, unit) in TARGETS.items():
        if name in found:
            mark = "" if found[name] <= target else " (missed)"
            lines.append(f"| {name} | {found[name]:.3g} {unit} | at most {target} {unit}{mark} |")
    return "\n".join(lines)


def calls_table(summary):
    lines = ["| | CPU a request | against nginx | requests a second | p50 | p99 |", "|---|---:|---:|---:|---:|---:|"]
    names = {"nginx": "nginx `return 200`, the same bytes", "legacy": "`tools/call`, 2025-11-25", "modern": "`tools/call`, 2026-07-28"}
    for key, name in names.items():
        one = summary[key]
        ratio = f"{one['times_nginx']:.2f} x"
        lines.append(f"| {name} | {one['cpu_us']:.1f} µs | {ratio} | {one['per_second']:,.0f} | {one['p50']} | {one['p99']} |")
    return "\n".join(lines)


PAGE = """# Benchmarks

Measured on {date}, on {machine}, with version {version}. `make bench` measures again, here or on your machine: it prints
these tables and keeps every round's numbers in `build/bench.json`.

{table}

## A call of a declared tool

Server and nginx pinned to one core, each with one worker; wrk on the other core with {connections} connections. {rounds} rounds of {seconds} s,
interleaved, medians; the ratio is taken within a round. CPU is user and system time of the whole process tree by requests
answered, so it holds on a machine that others use too; requests a second do not. nginx answers a fixed text, without reading
the request's body as JSON, checking arguments against a schema, or opening a session.

{calls}

## How the others are measured

- *Images*: the archive as it is loaded, not compressed; loader, libraries and CA certificates are in it.
- *At rest*: resident memory (`Rss` of the process tree) after the first session.
- *Start to ready*: from the start of the process to the first 200 on `/ready`, median of {starts}.
{cluster}"""

ON_CLUSTER = """- *Operator at rest*: its own `process_resident_memory_bytes` after {runs} servers came up.
- *First answered call*: from the end of `kubectl apply` to the first answered `tools/call` through the Service, two replicas, image on the node, median of {runs}; the cluster is the project's own (`tests/cluster`).
"""


def page(found, detail, options):
    return PAGE.format(
        date=datetime.date.today().isoformat(),
        machine=machine(),
        version=(ROOT / "VERSION").read_text().strip(),
        table=table(found),
        connections=endpoint.CONNECTIONS,
        rounds=options.rounds,
        seconds=options.seconds,
        calls=calls_table(detail["calls_summary"]),
        starts=len(detail["starts_ms"]),
        cluster=ON_CLUSTER.format(runs=len(detail["cluster"]["runs"])) if "cluster" in detail else "",
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--no-cluster", action="store_true")
    parser.add_argument("--docs", type=pathlib.Path)
    options = parser.parse_args()
    found, detail = measure(options)
    print(table(found) + "\n\n" + calls_table(detail["calls_summary"]))
    report = {"date": datetime.datetime.now().isoformat(), "machine": machine(), "found": found, "detail": detail}
    (ROOT / "build" / "bench.json").write_text(json.dumps(report, indent=2) + "\n")
    if options.docs:
        options.docs.write_text(page(found, detail, options))


if __name__ == "__main__":
    main()
