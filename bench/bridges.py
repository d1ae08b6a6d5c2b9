# SPDX-License-Identifier: Apache-2.0
"""A stdio server brought to the network: by mcp-server and by its peers, beside the server alone on its pipe."""

import contextlib
import itertools
import json
import os
import pathlib
import time

import messages
from endpoint import ROOT, server
from load import CONNECTIONS, LOAD_CORE, SERVER_CORE, load, medians, of, plan, ratio
from processes import answers, cpu_seconds, free_port, pin_below, started, wait_until

MODULES = pathlib.Path(__file__).with_name("peers") / "node_modules"
EVERYTHING = MODULES / "@modelcontextprotocol" / "server-everything" / "dist" / "index.js"
PEERS = {"supergateway": "supergateway/dist/index.js", "mcp-proxy": "mcp-proxy/dist/bin/mcp-proxy.mjs"}
# Those of them that also take calls of the later generation.
BOTH = ("mcp-proxy",)
ECHO = {"name": "echo", "arguments": {"message": "Hello, world!"}}
# The stdio server has a core to itself, as it has when it is alone; who bridges to it, and its clients, share the other.
CHILD_CORE = LOAD_CORE
# What comes in one read of the pipe, at most.
CHUNK = 1 << 16
WARM_SECONDS = 1


def node():
    lines = (ROOT / "build" / "tools.env").read_text().splitlines()
    return next(line.partition("=")[2] for line in lines if line.startswith("NODE="))


def versions():
    """Of what is measured, as package.json pins it."""
    return json.loads(pathlib.Path(__file__).with_name("peers").joinpath("package.json").read_text())["dependencies"]


class Pipe:
    """The server alone: as many calls under way as wrk has connections, on its pipe."""

    def __init__(self, process):
        self._pid = process.pid
        self._out, self._in = process.stdin.fileno(), process.stdout.fileno()
        self._calls = itertools.cycle(
            messages.body("tools/call", ECHO).replace("@ID@", str(number)).encode() + b"\n" for number in range(2048)
        )
        os.write(self._out, messages.initialize().encode() + b"\n")
        self._until(b'"result"')
        os.write(self._out, messages.INITIALIZED.encode() + b"\n" + next(self._calls))
        self._until(b"Hello, world!")

    def _read(self):
        chunk = os.read(self._in, CHUNK)
        if not chunk:
            raise SystemExit("bench: the server alone has ended")
        return chunk

    def _until(self, text):
        come = self._read()
        while text not in come:
            come += self._read()

    def _lines(self, least):
        """How many have come, once there are `least`."""
        found = 0
        while found < least:
            found += self._read().count(b"\n")
        return found

    def _send(self, count):
        os.write(self._out, b"".join(itertools.islice(self._calls, count)))

    def load(self, seconds):
        before, end, done = cpu_seconds(self._pid), time.monotonic() + seconds, 0
        self._send(CONNECTIONS)
        while time.monotonic() < end:
            come = self._lines(1)
            done += come
            self._send(come)
        self._lines(CONNECTIONS)
        used = cpu_seconds(self._pid) - before
        return {"cpu_us": used / (done + CONNECTIONS) * 1e6, "own_us": 0, "per_second": done / seconds}


def peer_command(name, port):
    program, script = str(node()), str(MODULES / PEERS[name])
    if name == "supergateway":
        child = f"{program} {EVERYTHING} stdio"
        kind = ["--outputTransport", "streamableHttp", "--stateful", "--streamableHttpPath", "/mcp", "--logLevel", "none"]
        return [program, script, "--stdio", child, *kind, "--port", port]
    return [program, script, "--host", "127.0.0.1", "--port", port, "--server", "stream", "--", program, EVERYTHING, "stdio"]


def begins_session(port):
    try:
        return messages.session(port)
    except OSError:
        return None


def way(work, name, process, era):
    """Calls of one generation."""
    asked = messages.request(era, process.port, params=ECHO)
    made, _ = plan(work, name, process.port, *asked, "Hello, world!")
    return lambda seconds: load(process.pid, process.port, made, seconds, core=SERVER_CORE)


@contextlib.contextmanager
def peer(work, name):
    port = free_port()
    with started(peer_command(name, port), core=SERVER_CORE, log=work / f"{name}.log") as process:
        process.port = port
        wait_until(lambda: begins_session(port), name, pause=0.2)
        ways = {name: way(work, name, process, "legacy")}
        if name in BOTH:
            ways[f"{name}, modern"] = way(work, f"{name}-modern", process, "modern")
        pin_below(process.pid, CHILD_CORE)
        yield ways


@contextlib.contextmanager
def ours(work):
    backends = [{"name": "everything", "stdio": {"command": [node(), str(EVERYTHING), "stdio"]}}]
    with server(work, core=SERVER_CORE, backends=backends) as process:
        pin_below(process.pid, CHILD_CORE)
        yield {era: way(work, f"stdio-{era}", process, era) for era in messages.ERAS}


def calls(work, rounds, seconds):
    """Interleaved rounds; each way has been warmed, for what runs on Node is compiled while it runs."""
    with contextlib.ExitStack() as stack:
        alone = stack.enter_context(started([node(), EVERYTHING, "stdio"], core=CHILD_CORE, log=work / "alone.log", piped=True))
        ways = {"alone": Pipe(alone).load} | stack.enter_context(ours(work))
        for name in PEERS:
            ways |= stack.enter_context(peer(work, name))
        for run in ways.values():
            run(WARM_SECONDS)
        return [{name: run(seconds) for name, run in ways.items()} for _ in range(rounds)]


def summary(rounds):
    """Medians, and what is promised; ratios are taken within a round."""
    made = {"ways": medians(rounds)}
    best = lambda one: max((one[name] for name in PEERS), key=lambda row: row["per_second"])  # noqa: E731
    cheapest = lambda one: min((one[name] for name in PEERS), key=lambda row: row["cpu_us"])  # noqa: E731
    made["of_alone"] = ratio(rounds, "per_second", of("legacy"), of("alone"))
    made["times_peer"] = ratio(rounds, "per_second", of("legacy"), best)
    made["cpu_times_peer"] = ratio(rounds, "cpu_us", cheapest, of("legacy"))
    made["modern_times_legacy"] = ratio(rounds, "cpu_us", of("modern"), of("legacy"))
    return made
