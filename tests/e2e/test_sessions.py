# SPDX-License-Identifier: Apache-2.0
"""Sessions of clients before 2026-07-28 end as the resource says."""

import http.client
import json
import re
import time
import urllib.parse

from fields import proves
from resources import declared, server

NAME = "sessions"
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


def eventually(condition, what, patience=150):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.5)


@proves("spec.sessions", "spec.sessions.ttl", "spec.sessions.idleTimeout")
def test_what_is_kept_for_an_idle_session_goes_and_its_id_ends_with_its_time(cluster, namespace, ready):
    ready(server(NAME, declared(), replicas=1, sessions={"ttl": "90s", "idleTimeout": "1s"}))
    url = cluster.url(namespace, NAME)
    metrics = cluster.url(namespace, NAME, 9090, "/metrics")
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "e2e", "version": "1"}}
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}

    def kept():
        # Requests are what ends what is idle: this one is none of the session's.
        whole(cluster.url(namespace, NAME, path="/health"), "GET")
        return float(re.search(r"^mcp_sessions (\S+)$", whole(metrics, "GET")[1], re.MULTILINE).group(1))

    def status():
        return whole(url, "POST", ping, session)[0].status

    begun, _ = whole(url, "POST", {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello})
    session = begun.headers["Mcp-Session-Id"]
    connection, stream = ask(url, "GET", session=session)
    assert stream.status == 200
    assert kept() == 1
    connection.close()

    eventually(lambda: kept() == 0, "what is kept for the session is given up")
    assert status() == 200
    eventually(lambda: status() == 404, "the session has ended")
