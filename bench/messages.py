# SPDX-License-Identifier: Apache-2.0
"""Requests of both generations of the protocol, as values."""

import json
import urllib.request

MODERN = "2026-07-28"
LEGACY = "2025-11-25"
ERAS = ("legacy", "modern")
HEADERS = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
GREET = {"name": "greet", "arguments": {"who": "world"}}


def initialize():
    params = {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": {"name": "bench", "version": "1"}}
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": params})


INITIALIZED = json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"})


def body(method, params):
    """With @ID@ where the id stands."""
    return json.dumps({"jsonrpc": "2.0", "id": "@ID@", "method": method, "params": params}).replace('"@ID@"', "@ID@")


def post(port, headers, text):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/mcp", data=text.encode(), headers=headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers, answer.read().decode()


def session(port):
    """Headers of a legacy session begun now."""
    opened = post(port, HEADERS, initialize())[0]["Mcp-Session-Id"]
    headers = HEADERS | {"Mcp-Session-Id": opened, "MCP-Protocol-Version": LEGACY}
    post(port, headers, INITIALIZED)
    return headers


def request(era, port, method="tools/call", params=None):
    """Headers and body of a request of one generation; a legacy one is of a session of its own."""
    params = GREET if params is None else params
    if era == "legacy":
        return session(port), body(method, params)
    named = {"Mcp-Name": params["name"]} if "name" in params else {}
    headers = HEADERS | {"MCP-Protocol-Version": MODERN, "Mcp-Method": method} | named
    return headers, body(method, params | {"_meta": META})
