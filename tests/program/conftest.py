# SPDX-License-Identifier: Apache-2.0
"""The programs themselves, started as a user would: MOORING_BIN names the build (default build/release)."""
import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.error
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = ROOT / os.environ.get("MOORING_BIN", "build/release")
SERVER = BIN / "server" / "mcp-server"
MCPCTL = BIN / "operator" / "mcpctl"
OPERATOR = BIN / "operator" / "mcp-operator"

GENEROUS = 30.0

HELLO = {
    "name": "hello",
    "tools": [
        {
            "name": "greet",
            "description": "Says hello",
            "inputSchema": {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]},
            "text": "Hello, {who}!",
        }
    ],
}


def settings(**changes):
    document = {
        "server": {"name": "test"},
        "listen": {"address": "127.0.0.1", "port": 0, "threads": 1},
        "admin": {"address": "127.0.0.1", "port": 0},
        "sessions": {"keyRing": ""},
        "backends": [HELLO],
    }
    return document | changes


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


def http(method, url, body=None, headers=None, timeout=GENEROUS):
    data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(url, data=data, method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def metric(server, line):
    """The value of a series as it stands in the exposition."""
    text = http("GET", server.admin + "/metrics").body.decode()
    return next((float(each.rsplit(" ", 1)[1]) for each in text.splitlines() if each.startswith(line + " ")), None)


class Running:
    """A server that runs; its log lines are read as they come."""

    def __init__(self, process, log_path):
        self.process, self.log_path = process, log_path
        listening = self.wait_for_line("listening")
        host = f"[{listening['address']}]" if ":" in listening["address"] else listening["address"]
        self.url = f"http://{host}:{listening['port']}"
        self.admin = f"http://127.0.0.1:{listening['admin_port']}"

    def lines(self):
        text = self.log_path.read_text()
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def wait_for_line(self, message):
        return self.wait(lambda: next((line for line in self.lines() if line["msg"] == message), None), message)

    def wait(self, condition, what):
        end = time.monotonic() + GENEROUS
        while time.monotonic() < end:
            if value := condition():
                return value
            if self.process.poll() is not None and (value := condition()) is None:
                break
            time.sleep(0.01)
        raise AssertionError(f"{what} did not come; the log:\n{self.log_path.read_text()}")

    def post(self, message, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        return http("POST", self.url + "/mcp", message, {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream"} | names)

    def initialize(self, version="2025-11-25"):
        answer = self.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}})
        assert answer.status == 200, answer.body
        return answer.headers["Mcp-Session-Id"]

    def modern(self, method, params=None, **headers):
        meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {}}
        message = {"jsonrpc": "2.0", "id": 7, "method": method, "params": {"_meta": meta} | (params or {})}
        return self.post(message, MCP_Protocol_Version="2026-07-28", Mcp_Method=method, **headers)

    def ready(self):
        answer = http("GET", self.url + "/ready")
        return answer.json if answer.status == 200 else None

    def wait_ready(self):
        return self.wait(self.ready, "readiness")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(GENEROUS)


@pytest.fixture
def start(tmp_path):
    """Starts mcp-server with a settings document; ends all that it started."""
    running = []

    def begin(document, env=None, cwd=None, args=()):
        n = len(running)
        path, log_path = tmp_path / f"settings-{n}.json", tmp_path / f"log-{n}"
        path.write_text(json.dumps(document))
        with open(log_path, "wb") as log:
            process = subprocess.Popen(
                [SERVER, "serve", "--settings", path, *args], stderr=log, env=os.environ | (env or {}), cwd=cwd)
        try:
            running.append(Running(process, log_path))
        except BaseException:
            process.kill()
            process.wait()
            raise
        return running[-1]

    yield begin
    for one in running:
        one.stop()


@pytest.fixture
def run():
    """Runs a program to its end."""
    def run_program(*command, **options):
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60, **options)
    return run_program
