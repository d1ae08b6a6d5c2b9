# SPDX-License-Identifier: Apache-2.0
"""What a connection that waits and a session that was begun cost the server's memory."""

import contextlib
import http.client
import socket

import messages
from endpoint import server
from processes import resident_bytes

COUNT = 2000
WARM = 200


def ask(connection, headers, text):
    """One request; its reply's headers."""
    connection.request("POST", "/mcp", body=text, headers=headers)
    reply = connection.getresponse()
    content = reply.read()
    if reply.status not in (200, 202) or b'"error"' in content:
        raise SystemExit(f"bench: {text[:200]} was answered {reply.status} {content[:200]}")
    return reply.headers


def open_connections(port, count, stack):
    """Connections that have each made a call, and now are silent."""
    headers, text = messages.request("modern", port)
    for number in range(count):
        connection = stack.enter_context(contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)))
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask(connection, headers, text.replace("@ID@", str(number)))


def of_connection(work):
    """Bytes resident for each of COUNT idle connections."""
    with server(work) as process:
        with contextlib.ExitStack() as warm:
            open_connections(process.port, WARM, warm)
            before = resident_bytes(process.pid)
            open_connections(process.port, COUNT, warm)
            return (resident_bytes(process.pid) - before) / COUNT


def begin_sessions(port, count):
    """Legacy sessions, each with a call."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        for number in range(count):
            opened = ask(connection, messages.HEADERS, messages.initialize())["Mcp-Session-Id"]
            headers = messages.HEADERS | {"Mcp-Session-Id": opened, "MCP-Protocol-Version": messages.LEGACY}
            ask(connection, headers, messages.INITIALIZED)
            ask(connection, headers, messages.body("tools/call", messages.GREET).replace("@ID@", str(number)))


def of_session(work):
    """Bytes resident for each of COUNT legacy sessions."""
    with server(work) as process:
        begin_sessions(process.port, WARM)
        before = resident_bytes(process.pid)
        begin_sessions(process.port, COUNT)
        return (resident_bytes(process.pid) - before) / COUNT
