# SPDX-License-Identifier: Apache-2.0
"""What a stdio server of either generation does wrong fails its own call at most, to clients of either generation."""
import json
import sys
import threading
import time

import pytest

from conftest import ROOT, settings
from test_bounds import metric

LEGACY, MODERN = "2025-11-25", "2026-07-28"
PAIRS = [(backend, client) for backend in (LEGACY, MODERN) for client in (LEGACY, MODERN)]


def last_message(reply):
    """Of an event stream, where something was told before it; else the whole."""
    return json.loads(reply.body.rpartition(b"data: ")[2] if reply.body.startswith(b"id: ") else reply.body)


class Rude:
    """The server in front of it, and a client's way to its tools."""

    def __init__(self, start, version, client, timeout="60s"):
        command = [sys.executable, str(ROOT / "tests/program/rude_child.py"), version]
        self.server = start(settings(backends=[{"name": "rude", "timeout": timeout, "stdio": {"command": command}}]))
        self.server.wait_ready()
        spoken = self.server.wait_for_line("backend up")["generation"]
        assert spoken == ("modern" if version == MODERN else "legacy")
        self.session = self.server.initialize() if client == LEGACY else None

    def call(self, tool):
        params = {"name": tool, "arguments": {}}
        if self.session is None:
            return last_message(self.server.modern("tools/call", params, Mcp_Name=tool))
        message = {"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": params}
        return last_message(self.server.post(message, Mcp_Session_Id=self.session))

    def text(self, tool):
        result = self.call(tool)["result"]
        assert not result.get("isError")
        return result["content"][0]["text"]

    def failure(self, tool):
        answer = self.call(tool)
        return answer["error"]["message"] if "error" in answer else answer["result"]["content"][0]["text"]

    def ignored(self, reason):
        return metric(self.server, f'mcp_backend_lines_ignored_total{{backend="rude",reason="{reason}"}}')


@pytest.fixture(params=PAIRS, ids=lambda pair: f"{pair[0]} to {pair[1]}")
def pair(request):
    return request.param


@pytest.fixture
def rude(start, pair):
    return Rude(start, *pair)


def test_lines_that_are_no_messages_are_counted_and_left(rude):
    assert rude.text("garbage") == "garbage"
    assert rude.ignored("invalid") == 3
    assert rude.text("fine") == "fine"


def test_the_first_of_two_answers_counts_and_one_to_nobody_does_not(rude):
    assert rude.text("twice") == "once"
    assert rude.text("unknown") == "unknown"
    assert rude.text("fine") == "fine"
    assert rude.ignored("unknown_id") == 2


def test_a_flood_is_read_to_its_end_and_costs_no_memory(rude):
    def resident():
        status = open(f"/proc/{rude.server.process.pid}/status").read()
        return int(status.split("VmRSS:")[1].split()[0])

    rude.text("flood")
    before = resident()
    for _ in range(4):
        assert rude.text("flood") == "flood"

    assert resident() - before < 96 * 1024, "of 200 MiB that were read"
    assert rude.text("fine") == "fine"


def test_a_call_that_hangs_ends_at_its_time_and_holds_up_no_other(start, pair):
    rude = Rude(start, *pair, timeout="10s")
    began = time.monotonic()
    ended = []
    hanging = threading.Thread(target=lambda: ended.append((rude.failure("hang"), time.monotonic() - began)))
    hanging.start()

    assert rude.text("fine") == "fine"
    assert not ended
    hanging.join()

    [(message, took)] = ended
    assert "did not answer within 10s" in message
    assert took >= 10
    assert rude.text("fine") == "fine"


def test_an_exit_in_the_middle_of_a_call_fails_it_and_the_server_comes_back(rude):
    message = rude.failure("exit")

    assert '"rude"' in message
    assert "out of ideas" not in message, "what it said last is for the log"
    rude.server.wait_ready()
    rude.server.wait(lambda: rude.failure("fine") == "fine", "the restart")
    assert metric(rude.server, 'mcp_backend_restarts_total{backend="rude"}') >= 1
    assert any("out of ideas" in str(line) for line in rude.server.lines())
