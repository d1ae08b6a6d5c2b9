# SPDX-License-Identifier: Apache-2.0
"""The tables of what was found, and the page that tells how."""

import datetime
import platform

import bridges
import endpoint
import load
import memory

NAMES = {"nginx": "nginx `return 200`, the same bytes", "legacy": "`tools/call`, 2025-11-25", "modern": "`tools/call`, 2026-07-28"}
LISTS = {"call": "`tools/call`", "legacy": "`tools/list`, 2025-11-25", "modern": "`tools/list`, 2026-07-28"}


def machine():
    model = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine()
    )
    memory_kb = int(next(line for line in open("/proc/meminfo") if line.startswith("MemTotal")).split()[1])
    cores = sum(line.startswith("processor") for line in open("/proc/cpuinfo"))
    return f"{cores} x {model}, {memory_kb / 1024**2:.0f} GiB, Linux {platform.release()}"


def rows(head, lines):
    ruler = "|---|" + "---:|" * (len(head) - 1)
    table = ["| " + " | ".join(row) + " |" for row in [head, *lines]]
    return "\n".join([table[0].replace("|  |", "| |", 1), ruler, *table[1:]])


def microseconds(value):
    return f"{value:.1f} µs"


def milliseconds(value):
    return f"{value / 1e3:.2f} ms"


def goals(found, targets):
    lines = []
    for name, target in targets.items():
        if name in found:
            mark = "" if target.is_met(found[name], found) else " (missed)"
            value = f"{found[name]:,.0f}" if found[name] >= 1000 else f"{found[name]:.3g}"
            lines.append([name, f"{value} {target.unit}", f"{target}{mark}"])
    return rows(["What", "Measured", "Target"], lines)


def calls(table):
    return rows(
        ["", "CPU a request", "against nginx", "requests a second", "p50", "p99"],
        [
            [name, microseconds(one["cpu_us"]), f"{one['times_nginx']:.2f} x", f"{one['per_second']:,.0f}",
             milliseconds(one["p50_us"]), milliseconds(one["p99_us"])]
            for name, one in ((NAMES[key], table[key]) for key in NAMES)
        ],
    )


def lists(table):
    return rows(
        ["", "CPU a request", "against the call"],
        [[LISTS[key], microseconds(one["cpu_us"]), f"{one['times_call']:.2f} x"] for key, one in table.items()],
    )


def stdio(found):
    names = {
        "alone": "the server alone, on its pipe",
        "legacy": "`mcp-server`, 2025-11-25",
        "modern": "`mcp-server`, 2026-07-28",
        "supergateway": "supergateway, 2025-11-25",
        "mcp-proxy": "mcp-proxy, 2025-11-25",
        "mcp-proxy, modern": "mcp-proxy, 2026-07-28",
    }
    lines = []
    for key, one in found["ways"].items():
        own = microseconds(one["own_us"]) if one["own_us"] else ""
        latency = [milliseconds(one[p]) if p in one else "" for p in ("p50_us", "p99_us")]
        lines.append([names[key], microseconds(one["cpu_us"]), own, f"{one['per_second']:,.0f}", *latency])
    return rows(["", "CPU a call, server and all", "of it the bridge", "calls a second", "p50", "p99"], lines)


def tables(found, detail, targets):
    titled = {
        "": goals(found, targets),
        "A call of a declared tool, as fast as it is answered": calls(detail["calls_summary"]["full"]),
        "The same at one pace": calls(detail["calls_summary"]["paced"]),
        f"A list of {endpoint.LISTED} declared tools": lists(detail["lists_summary"]),
        "A stdio server": stdio(detail["stdio_summary"]),
    }
    return "\n\n".join(f"{title}\n{table}".strip() for title, table in titled.items())


PAGE = """# Benchmarks

Measured on {date}, on {machine}, with version {version}. `make bench` measures again, here or on your machine: it prints
these tables and keeps every round's numbers in `build/bench.json`.

{goals}

CPU is user and system time of a whole process tree by the requests it answered, so it holds on a machine that others use too; requests
a second and latencies do less. All that is compared is measured in turns, round by round; a ratio is the median of the ratios within the rounds,
every other number the median of the rounds. A round in which one answer failed, or was not as long as it should be, ends the measurement.

## A call of a declared tool

Server and nginx pinned to one core, each with one worker; wrk on the other core with {connections} connections. {rounds} rounds of {seconds} s.
nginx answers a fixed text, without reading the request's body as JSON, checking arguments against a schema, or opening a session.

{full}

So asked, a server always has {connections} requests waiting, and its latency says how long its queue is: its throughput in other words. What a client waits for is seen at
one pace: each connection pauses {pause} ms on average before it asks again, so nginx and the server get about the same number of requests, of which both could
take several times as many.

{paced}

The two cores are all the machine has: whatever else runs shows in the p99 of both, in their ratio less.

## A list of {listed} declared tools

The bytes of a list are made when the tools change, not when it is asked for. A list is compared with a call of the same server: what it costs more is mostly the kernel's, which copies {listed} tools to the client.

{lists}

## A stdio server on the network

`@modelcontextprotocol/server-everything` {everything} on Node, its tool `echo`, {connections} calls under way; the server has one core to itself, as when it is alone, the bridge and wrk share the other; {stdio_rounds} rounds of {stdio_seconds} s, each way warmed
before. *Alone* is the server with nothing before it: a program writes calls to its standard input, a new one for each answer. The peers are supergateway {supergateway} (stateful) and mcp-proxy {mcp_proxy}, from npm,
which run on Node as well, as they come but for their log; each has one session of 2025-11-25, as `mcp-server` has. The calls of both generations go to one and the same server, which speaks only
the older.

{stdio}

Of the peers' calls of 2025-11-25 the cheaper cost {cpu_times_peer:.0f} times the CPU of ours, server and all.

## How the others are measured

- *Images*: the archive as it is loaded, not compressed; loader, libraries and CA certificates are in it.
- *At rest*: resident memory (`Rss` of the process tree) after the first session.
- *Start to ready*: from the start of the process to the first 200 on `/ready`, median of {starts}.
- *An idle connection*: how much resident memory grows with {count} more connections that are kept open after a call each, by their number; {warm} were open before.
- *A session*: the same with {count} more sessions of 2025-11-25 that were initialised and made a call each. Nothing is kept of one: its id holds it, sealed.
{cluster}"""

ON_CLUSTER = """- *Operator at rest*: its own `process_resident_memory_bytes` after {runs} servers came up.
- *First answered call*: from the end of `kubectl apply` to the first answered `tools/call` through the Service, two replicas, image on the node, median of {runs}; the cluster is the project's own (`tests/cluster`).
"""


def page(found, detail, targets, options, version):
    peers = bridges.versions()
    return PAGE.format(
        date=datetime.date.today().isoformat(),
        machine=machine(),
        version=version,
        goals=goals(found, targets),
        connections=load.CONNECTIONS,
        rounds=options.rounds,
        seconds=options.seconds,
        full=calls(detail["calls_summary"]["full"]),
        paced=calls(detail["calls_summary"]["paced"]),
        pause=endpoint.PAUSE_MS,
        listed=endpoint.LISTED,
        lists=lists(detail["lists_summary"]),
        everything=peers["@modelcontextprotocol/server-everything"],
        supergateway=peers["supergateway"],
        mcp_proxy=peers["mcp-proxy"],
        stdio_rounds=len(detail["stdio"]),
        stdio_seconds=options.seconds,
        stdio=stdio(detail["stdio_summary"]),
        cpu_times_peer=detail["stdio_summary"]["cpu_times_peer"],
        starts=len(detail["starts_ms"]),
        count=f"{memory.COUNT:,}",
        warm=memory.WARM,
        cluster=ON_CLUSTER.format(runs=len(detail["cluster"]["runs"])) if "cluster" in detail else "",
    )
