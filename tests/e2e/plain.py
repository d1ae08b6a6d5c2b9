# SPDX-License-Identifier: Apache-2.0
"""Requests as they are on the wire, of clients before 2026-07-28: for what no client library shows."""

import http.client
import json
import time
import urllib.parse

HELLO = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}
PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
PLAIN = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}


def ask(url, method, body=None, session=None):
    """A request whose reply has begun: the connection, and its head."""
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    headers = PLAIN | ({"Mcp-Session-Id": session} if session else {})
    connection.request(method, parts.path, json.dumps(body) if body else None, headers)
    return connection, connection.getresponse()


def whole(url, method, body=None, session=None):
    connection, reply = ask(url, method, body, session)
    text = reply.read().decode()
    connection.close()
    return reply, text


def begin_session(url):
    begun, _ = whole(url, "POST", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": HELLO})
    return begun.headers["Mcp-Session-Id"]


def eventually(condition, what, patience=150):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)
