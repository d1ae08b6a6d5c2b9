# SPDX-License-Identifier: Apache-2.0
"""mcp-server alone on this machine: start, memory, and CPU a call beside nginx that answers the same bytes."""

import contextlib
import json
import os
import pathlib
import re
import statistics
import subprocess
import time
import urllib.request

from processes import answers, cpu_seconds, free_port, resident_bytes, started, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[1]
SERVER = ROOT / "build" / "release" / "server" / "mcp-server"
LUA = ROOT / "bench" / "calls.lua"
SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 64
MODERN = "2026-07-28"
LEGACY = "2025-11-25"

TOOL = {
    "name": "greet",
    "description": "Says hello",
    "inputSchema": {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]},
    "text": "Hello, {who}!",
}


def settings(port):
    return {
        "server": {"name": "bench"},
        "listen": {"address": "127.0.0.1", "port": port, "threads": 1},
        "admin": {"address": "127.0.0.1", "port": 0},
        "sessions": {"keyRing": ""},
        "logging": {"level": "warn"},
        "backends": [{"name": "hello", "tools": [TOOL]}],
    }


@contextlib.contextmanager
def server(work, core=None):
    port = free_port()
    document = work / "settings.json"
    document.write_text(json.dumps(settings(port)))
    with started([SERVER, "serve", "--settings", document], core=core, log=work / "server.log") as process:
        process.port = port
        wait_until(lambda: answers(port), "the server's readiness")
        yield process


def starts(work, rounds=15):
    """Milliseconds from the start of the process to its first 200 on /ready."""
    took = []
    for _ in range(rounds):
        begin = time.monotonic()
        with server(work):
            took.append((time.monotonic() - begin) * 1000)
    return took


def idle_memory(work):
    with server(work) as process:
        post(process.port, LEGACY_HEADERS, initialize())
        return resident_bytes(process.pid)


LEGACY_HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def initialize():
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})


def post(port, headers, body):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/mcp", data=body.encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.headers, answer.read().decode()


def legacy_call(port):
    session = post(port, LEGACY_HEADERS, initialize())[0]["Mcp-Session-Id"]
    params = {"name": "greet", "arguments": {"who": "world"}}
    headers = LEGACY_HEADERS | {"Mcp-Session-Id": session, "MCP-Protocol-Version": LEGACY}
    return headers, params


def modern_call(_port):
    meta = {
        "io.modelcontextprotocol/protocolVersion": MODERN,
        "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    params = {"name": "greet", "arguments": {"who": "world"}, "_meta": meta}
    headers = LEGACY_HEADERS | {"MCP-Protocol-Version": MODERN, "Mcp-Method": "tools/call", "Mcp-Name": "greet"}
    return headers, params


def body(params):
    return json.dumps({"jsonrpc": "2.0", "id": "@ID@", "method": "tools/call", "params": params}).replace('"@ID@"', "@ID@")


def load(process, port, plan, seconds):
    """One run of wrk: CPU microseconds a request, requests a second and latencies."""
    before = cpu_seconds(process.pid)
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "-s", LUA]
    done = subprocess.run(
        [*map(str, command), f"http://127.0.0.1:{port}/mcp"],
        env=dict(os.environ, MOORING_BENCH=str(plan)), text=True, capture_output=True, check=True,
    )
    used = cpu_seconds(process.pid) - before
    if "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise SystemExit(f"bench: calls failed\n{done.stdout}")
    requests = int(re.search(r"(\d+) requests in", done.stdout).group(1))
    latency = {p: re.search(rf"^\s*{p}%\s+(\S+)", done.stdout, re.M).group(1) for p in ("50", "99")}
    return {"cpu_us": used / requests * 1e6, "per_second": requests / seconds, "p50": latency["50"], "p99": latency["99"]}


NGINX = """
daemon off; worker_processes 1; pid {work}/nginx.pid; error_log {work}/nginx-error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; keepalive_requests 100000000; keepalive_timeout 1h; client_body_temp_path {work};
  proxy_temp_path {work}; fastcgi_temp_path {work}; uwsgi_temp_path {work}; scgi_temp_path {work};
  server {{
    listen 127.0.0.1:{port};
    location / {{ default_type application/json; return 200 '{answer}'; }}
  }}
}}
"""


def calls(work, rounds, seconds):
    """Interleaved rounds: nginx and both generations of the protocol, the one beside the other."""
    with server(work, core=SERVER_CORE) as ours:
        plans, answer = {}, ""
        for era, make in (("legacy", legacy_call), ("modern", modern_call)):
            headers, params = make(ours.port)
            answer = post(ours.port, headers, body(params).replace("@ID@", "1000"))[1]
            if "Hello, world!" not in answer:
                raise SystemExit(f"bench: the {era} call was answered {answer}")
            plans[era] = work / f"{era}.txt"
            plans[era].write_text("".join(f"{k}: {v}\n" for k, v in headers.items()) + "\n" + body(params) + "\n")
        port = free_port()
        config = work / "nginx.conf"
        config.write_text(NGINX.format(work=work, port=port, answer=answer.replace("'", "\\'").replace("$", "")))
        with started(["nginx", "-c", config], core=SERVER_CORE) as nginx:
            wait_until(lambda: answers(port, "/"), "nginx")
            return [
                {
                    "nginx": load(nginx, port, plans["modern"], seconds),
                    "legacy": load(ours, ours.port, plans["legacy"], seconds),
                    "modern": load(ours, ours.port, plans["modern"], seconds),
                }
                for _ in range(rounds)
            ]


def summary(rounds):
    """Medians; the ratio is taken within a round, for the machine's speed changes between them."""
    made = {}
    for name in rounds[0]:
        column = [one[name] for one in rounds]
        made[name] = {key: statistics.median(one[key] for one in column) for key in ("cpu_us", "per_second")}
        middle = sorted(column, key=lambda one: one["cpu_us"])[len(column) // 2]
        made[name] |= {"p50": middle["p50"], "p99": middle["p99"]}
        made[name]["times_nginx"] = statistics.median(one[name]["cpu_us"] / one["nginx"]["cpu_us"] for one in rounds)
    return made
