# SPDX-License-Identifier: Apache-2.0
"""mcp-server alone on this machine: start, memory, and CPU a request beside nginx that answers the same bytes."""

import contextlib
import json
import pathlib
import time

import messages
from load import SERVER_CORE, load, medians, of, plan, ratio
from processes import answers, free_port, resident_bytes, started, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[1]
SERVER = ROOT / "build" / "release" / "server" / "mcp-server"
LISTED = 100
# Pause of a connection between two requests where nginx and the server are asked equally often.
PAUSE_MS = 8

WHO = {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]}
TOOL = {"name": "greet", "description": "Says hello", "inputSchema": WHO, "text": "Hello, {who}!"}
HELLO = [{"name": "hello", "tools": [TOOL]}]


def many():
    """Backends with LISTED tools in all, the one that is called among them."""
    tools = [TOOL] + [TOOL | {"name": f"greet_{number}"} for number in range(1, LISTED)]
    half = LISTED // 2
    return [{"name": "one", "tools": tools[:half]}, {"name": "other", "tools": tools[half:]}]


def settings(port, backends):
    return {
        "server": {"name": "bench"},
        "listen": {"address": "127.0.0.1", "port": port, "threads": 1},
        "admin": {"address": "127.0.0.1", "port": 0},
        "sessions": {"keyRing": ""},
        "logging": {"level": "warn"},
        "backends": backends,
    }


@contextlib.contextmanager
def server(work, core=None, backends=HELLO):
    port = free_port()
    document = work / f"settings-{port}.json"
    document.write_text(json.dumps(settings(port, backends)))
    with started([SERVER, "serve", "--settings", document], core=core, log=work / f"server-{port}.log") as process:
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
        messages.session(process.port)
        return resident_bytes(process.pid)


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


@contextlib.contextmanager
def nginx(work, answer):
    port = free_port()
    config = work / "nginx.conf"
    config.write_text(NGINX.format(work=work, port=port, answer=answer.replace("'", "\\'").replace("$", "")))
    with started(["nginx", "-c", config], core=SERVER_CORE) as process:
        process.port = port
        wait_until(lambda: answers(port, "/"), "nginx")
        yield process


def calls(work, rounds, seconds):
    """Interleaved rounds: nginx and both generations of the protocol, the one beside the other; first as fast as they
    answer, then at a pace that both keep easily, where latency is not the other word for throughput."""
    with server(work, core=SERVER_CORE) as ours:
        plans, answer = {}, ""
        for era in messages.ERAS:
            plans[era], answer = plan(work, era, ours.port, *messages.request(era, ours.port), "Hello, world!")
        with nginx(work, answer) as other:
            ways = {"nginx": (other, plans["modern"]), **{era: (ours, plans[era]) for era in messages.ERAS}}
            run = lambda seconds, pause: {  # noqa: E731
                name: load(process.pid, process.port, of, seconds, pause) for name, (process, of) in ways.items()
            }
            return [{"full": run(seconds, None), "paced": run(max(seconds - 1, 1), PAUSE_MS)} for _ in range(rounds)]


def lists(work, rounds, seconds):
    """Interleaved rounds of a call and of the list of LISTED tools."""
    with server(work, core=SERVER_CORE, backends=many()) as ours:
        plans = {"call": plan(work, "call", ours.port, *messages.request("modern", ours.port), "Hello, world!")[0]}
        for era in messages.ERAS:
            listing = messages.request(era, ours.port, "tools/list", {})
            plans[era], answer = plan(work, f"tools-list-{era}", ours.port, *listing, "greet_99")
            if (found := len(json.loads(answer)["result"]["tools"])) != LISTED:
                raise SystemExit(f"bench: {found} of {LISTED} tools are listed")
        run = lambda of: load(ours.pid, ours.port, of, max(seconds - 1, 1))  # noqa: E731
        return [{name: run(of) for name, of in plans.items()} for _ in range(rounds)]


def summary(rounds):
    """Medians; ratios are taken within a round."""
    full, paced = ([one[pace] for one in rounds] for pace in ("full", "paced"))
    made = {"full": medians(full), "paced": medians(paced)}
    for pace, table in (("full", full), ("paced", paced)):
        for name, row in made[pace].items():
            row["times_nginx"] = ratio(table, "cpu_us", of(name), of("nginx"))
            row["p99_times_nginx"] = ratio(table, "p99_us", of(name), of("nginx"))
    return made


def lists_summary(rounds):
    made = medians(rounds)
    for name, row in made.items():
        row["times_call"] = ratio(rounds, "cpu_us", of(name), of("call"))
    return made
