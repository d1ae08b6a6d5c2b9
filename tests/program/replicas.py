# SPDX-License-Identifier: Apache-2.0
"""Three replicas with one ring of keys, and what is asked of them."""
import http.client
import json
import pathlib
import random
import re
import socket
import sys

from conftest import GENEROUS, ROOT, http as ask, settings

RING = {"keys": [{"id": "k1", "secret": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}
ASKING = {"name": "asking", "timeout": "60s", "stdio": {"command": [sys.executable, "-u", str(ROOT / "tests/program/asking_child.py")]}}
STREAM = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
CAN_FORM = {"elicitation": {}}
MODERN = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": CAN_FORM}


def free_ports(count, address):
    """Below those that the machine gives away of its own accord: a replica that ends finds its port again."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    given = pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0]
    end = max(int(given), 20_000)
    ports = []
    while len(ports) < count:
        port = random.choice([port for port in range(end // 2, end) if port not in ports])
        try:
            socket.create_server((address, port), family=family).close()
        except OSError:
            continue
        ports.append(port)
    return ports


class Replicas:
    """a, b and c; each can be started again at its address."""

    def __init__(self, start, directory, backend=ASKING, address="127.0.0.1", listen=None):
        self.begin, self.backend, self.address, self.listen = start, backend, address, listen or {}
        self.ring = directory / "ring.json"
        self.ring.write_text(json.dumps(RING))
        self.ports = dict(zip("abc", free_ports(3, address)))
        for name in "abc":
            self.start(name)
        for name in "abc":
            getattr(self, name).wait_ready()

    def start(self, name):
        document = settings(backends=[self.backend], sessions={"keyRing": str(self.ring)})
        document["listen"] |= self.listen | {"address": self.address, "port": self.ports[name]}
        host = f"[{self.address}]" if ":" in self.address else self.address
        peers = ",".join(f"{host}:{port}" for port in self.ports.values())
        server = self.begin(document, args=["--advertise", f"{host}:{self.ports[name]}", "--peers", peers])
        setattr(self, name, server)
        return server


class Stream:
    """A reply that is read as it comes."""

    def __init__(self, server, method, body=None, **headers):
        self.connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=GENEROUS)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, "/mcp", body and json.dumps(body), STREAM | names)
        self.reply = self.connection.getresponse()
        self.status = self.reply.status

    def message(self):
        """The next one; None at the end."""
        for line in self.reply:
            if line.startswith(b"id: "):
                self.last_id = line.removeprefix(b"id: ").strip().decode()
            if line.startswith(b"data: {"):
                return json.loads(line.removeprefix(b"data: "))
        return None

    def close(self):
        self.reply.close()
        self.connection.close()


def begin_session(server):
    reply = server.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": CAN_FORM, "clientInfo": {"name": "t", "version": "1"}}})
    assert reply.status == 200, reply.body
    return reply.headers["Mcp-Session-Id"]


def request(method, params=None, number=2):
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or {}}


def call(tool, number=2):
    return request("tools/call", {"name": tool, "arguments": {}}, number)


def heard(server, session):
    events = server.post(call("heard", 99), Mcp_Session_Id=session).json
    return json.loads(events["result"]["content"][0]["text"])


def metric(server, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", ask("GET", server.admin + "/metrics").body.decode(), re.M)
    return float(found.group(1)) if found else 0.0


def open_question(server, session):
    stream = Stream(server, "POST", call("ask"), Mcp_Session_Id=session)
    question = stream.message()
    assert question["method"] == "elicitation/create"
    return stream, question


def answer_to(question, name="Ada"):
    return {"jsonrpc": "2.0", "id": question["id"], "result": {"action": "accept", "content": {"name": name}}}
