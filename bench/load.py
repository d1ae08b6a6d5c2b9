# SPDX-License-Identifier: Apache-2.0
"""wrk on a core of its own, and what a request of it costs whom it asks."""

import os
import pathlib
import re
import statistics
import subprocess

import messages
from processes import cpu_seconds

LUA = pathlib.Path(__file__).with_name("calls.lua")
SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 64
UNITS = {"us": 1, "ms": 1e3, "s": 1e6, "m": 60e6}


def plan(work, name, port, headers, text, expected):
    """A file that wrk makes its requests from, once one of them was answered with what is expected, and that answer."""
    answer = messages.post(port, headers, text.replace("@ID@", "1000"))[1]
    if expected not in answer:
        raise SystemExit(f"bench: {name} was answered {answer[:500]}")
    path = work / f"{name}.txt"
    path.write_text("".join(f"{key}: {value}\n" for key, value in headers.items()) + "\n" + text + "\n")
    return {"name": name, "path": path, "size": len(answer)}, answer


def microseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * UNITS[unit]


def load(pid, port, of, seconds, pause_ms=None, core=LOAD_CORE):
    """One run: CPU microseconds a request of the whole tree and of what `pid` has started, requests a second, latencies."""
    before, before_own = cpu_seconds(pid), cpu_seconds(pid, alone=True)
    command = ["taskset", "-c", core, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"]
    paced = {"MOORING_BENCH_PAUSE_MS": str(pause_ms)} if pause_ms else {}
    done = subprocess.run(
        [*map(str, command), "--latency", "-s", LUA, f"http://127.0.0.1:{port}/mcp"],
        env=dict(os.environ, MOORING_BENCH=str(of["path"]), **paced), text=True, capture_output=True, check=True,
    )
    used, used_own = cpu_seconds(pid) - before, cpu_seconds(pid, alone=True) - before_own
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"bench: {of['name']}: requests failed\n{done.stdout}")
    received, count = map(int, re.search(r"exactly (\d+) in (\d+)", done.stdout).groups())
    # An error is shorter than what was asked for: wrk looks at the status alone.
    if count == 0 or received / count < 0.9 * of["size"]:
        raise SystemExit(f"bench: {of['name']}: {received} bytes in {count} answers, each should have {of['size']}")
    latency = {f"p{p}_us": microseconds(re.search(rf"^\s*{p}%\s+(\S+)", done.stdout, re.M).group(1)) for p in (50, 99)}
    return {"cpu_us": used / count * 1e6, "own_us": used_own / count * 1e6, "per_second": count / seconds, **latency}


def medians(rounds):
    """Of each column of each way."""
    return {
        name: {key: statistics.median(one[name][key] for one in rounds) for key in rounds[0][name]} for name in rounds[0]
    }


def ratio(rounds, key, upper, lower):
    """Median of the ratios within a round, for the machine's speed changes between rounds."""
    return statistics.median(upper(one)[key] / lower(one)[key] for one in rounds)


def of(name):
    return lambda one: one[name]
