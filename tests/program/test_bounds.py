# SPDX-License-Identifier: Apache-2.0
"""What one client does costs no other; what is kept for it ends; pages in browsers may call where that is allowed."""
import http.client
import json
import sys
import time

from conftest import ROOT, http as ask, metric, settings

PING = {"jsonrpc": "2.0", "id": 2, "method": "ping"}
PAGE = "https://app.example.com"
SLOW = {"name": "slow", "timeout": "20s", "stdio": {"command": [sys.executable, "-u", str(ROOT / "tests/program/slow_child.py")]}}
META = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}


def open_reply(server, method, body=None, **headers):
    """A request whose reply has begun: the connection, and its head."""
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request(method, "/mcp", body, {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        | {name.replace("_", "-"): value for name, value in headers.items()})
    return connection, connection.getresponse()


def modern(server, method, params, **headers):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": META} | params})
    return open_reply(server, "POST", body, MCP_Protocol_Version="2026-07-28", Mcp_Method=method, **headers)


def test_what_is_kept_for_an_idle_session_goes_and_the_session_stays_good(start):
    server = start(settings(sessions={"keyRing": "", "idleTimeout": "1s"}))
    session = server.initialize()
    connection, stream = open_reply(server, "GET", Mcp_Session_Id=session)
    assert stream.status == 200
    assert metric(server, "mcp_sessions") == 1
    first = stream.readline() + stream.readline()

    def is_given_up():
        ask("GET", server.url + "/health")
        return metric(server, "mcp_sessions") == 0

    stream.close()
    connection.close()
    server.wait(is_given_up, "the end of what is idle")

    assert server.post(PING, Mcp_Session_Id=session).status == 200
    assert b"id: " in first


def test_the_stream_of_a_session_ends_with_it(start):
    server = start(settings(sessions={"keyRing": "", "ttl": "10s"}))
    began = time.monotonic()
    session = server.initialize()
    connection, stream = open_reply(server, "GET", Mcp_Session_Id=session)
    assert stream.status == 200

    stream.read()

    assert 9 <= time.monotonic() - began < 30, "its time is counted in whole seconds"
    assert server.post(PING, Mcp_Session_Id=session).status == 404
    connection.close()


def test_open_subscriptions_do_not_hold_the_room_that_others_need_for_their_requests(start):
    server = start(settings())
    padding = {"notifications": {"toolsListChanged": True}, "padding": "x" * 1_000_000}
    listening = [modern(server, "subscriptions/listen", padding) for _ in range(80)]
    try:
        assert {reply.status for _, reply in listening} == {200}
        answer = server.post(PING | {"params": {"padding": "x" * 900_000}}, Mcp_Session_Id=server.initialize())
        assert answer.status == 200, answer.body
    finally:
        for connection, _ in listening:
            connection.close()


def test_a_call_that_its_client_gave_up_is_counted_as_that(start):
    server = start(settings(backends=[SLOW]))
    server.wait_ready()
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=30)
    connection.request("POST", "/mcp", json.dumps({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "wait", "arguments": {"seconds": 15}, "_meta": META}}), {
            "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "wait"})
    called = 'mcp_tools_executed_total{tool_name="wait"}'
    server.wait(lambda: metric(server, called), "the call")
    connection.close()

    server.wait(lambda: metric(server, 'mcp_errors_total{error_type="cancelled"}') == 1, "its end")


def test_a_page_that_is_allowed_may_call_and_read_the_answers(start):
    document = settings()
    document["listen"]["allowedOrigins"] = [PAGE]
    server = start(document)
    asks = {"Origin": PAGE, "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,mcp-protocol-version,mcp-session-id"}

    may = ask("OPTIONS", server.url + "/mcp", headers=asks)
    assert may.status == 204 and may.body == b""
    assert may.headers["Access-Control-Allow-Origin"] == PAGE
    assert may.headers["Access-Control-Allow-Methods"] == "POST, GET, DELETE"
    assert may.headers["Access-Control-Allow-Headers"] == "content-type, mcp-protocol-version, mcp-session-id"

    hello = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}}
    begun = server.post(hello, Origin=PAGE)
    assert begun.headers["Access-Control-Allow-Origin"] == PAGE
    assert "Mcp-Session-Id" in begun.headers["Access-Control-Expose-Headers"]
    assert begun.headers["Vary"] == "Origin"
    refused = server.post(PING, Origin=PAGE, Mcp_Session_Id="nonsense")
    assert refused.status == 404 and refused.headers["Access-Control-Allow-Origin"] == PAGE
    connection, stream = open_reply(server, "GET", Origin=PAGE, Mcp_Session_Id=begun.headers["Mcp-Session-Id"])
    assert stream.status == 200 and stream.getheader("Access-Control-Allow-Origin") == PAGE
    connection.close()


def test_a_page_from_elsewhere_is_told_nothing(start):
    document = settings()
    document["listen"]["allowedOrigins"] = [PAGE]
    server = start(document)
    other = "https://evil.example"

    for answer in (ask("OPTIONS", server.url + "/mcp", headers={"Origin": other, "Access-Control-Request-Method": "POST"}),
                   server.post(PING, Origin=other)):
        assert answer.status == 403
        assert not [name for name in answer.headers if name.startswith("Access-Control")]
    plain = server.post(PING, Mcp_Session_Id=server.initialize())
    assert plain.status == 200
    assert not [name for name in plain.headers if name.startswith("Access-Control")]
