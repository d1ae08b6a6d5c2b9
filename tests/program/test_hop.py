# SPDX-License-Identifier: Apache-2.0
"""Three replicas with one ring of keys: what is of one of them is reached from every other."""
import contextlib
import http.client
import json
import resource
import socket
import threading

import pytest

from conftest import GENEROUS, http as ask, settings
from replicas import (ASKING, MODERN, STREAM, Replicas, Stream, answer_to, begin_session, call, heard, metric,
                      open_question, request)


@pytest.fixture
def three(start, tmp_path):
    return Replicas(start, tmp_path)


def test_a_question_asked_by_one_replica_is_answered_at_another(three):
    session = begin_session(three.a)
    stream, question = open_question(three.c, session)

    assert three.b.post(answer_to(question), Mcp_Session_Id=session).status == 202

    assert "Ada" in stream.message()["result"]["content"][0]["text"]


def test_a_stream_that_broke_is_read_on_at_any_replica(three):
    """Be it of a call that was answered by a replica that is not the session's home."""
    session = begin_session(three.a)
    stream, question = open_question(three.c, session)
    stream.close()
    assert three.a.post(answer_to(question), Mcp_Session_Id=session).status == 202

    resumed = Stream(three.b, "GET", Mcp_Session_Id=session, Last_Event_ID=stream.last_id)

    assert resumed.status == 200
    assert "Ada" in resumed.message()["result"]["content"][0]["text"]
    unknown = Stream(three.b, "GET", Mcp_Session_Id=session, Last_Event_ID="0000000000000001-1")
    assert unknown.status == 400


def modern_ask(server, **more):
    params = {"name": "ask", "arguments": {}, "_meta": MODERN} | more
    return server.post(request("tools/call", params), MCP_Protocol_Version="2026-07-28", Mcp_Method="tools/call",
                       Mcp_Name="ask").json


def test_a_call_that_waits_at_one_replica_is_taken_up_at_another(three):
    asked = modern_ask(three.a)["result"]
    assert asked["resultType"] == "input_required"
    answers = {key: {"action": "accept", "content": {"name": "Ada"}} for key in asked["inputRequests"]}

    retried = modern_ask(three.c, inputResponses=answers, requestState=asked["requestState"])

    assert "Ada" in retried["result"]["content"][0]["text"]
    assert metric(three.c, 'mooring_hops_total{outcome="answered"}') == 1
    assert metric(three.a, 'mooring_hops_total{outcome="answered"}') == 0


def test_a_session_is_subscribed_and_listens_at_any_replica(three):
    session = begin_session(three.a)
    stream = Stream(three.b, "GET", Mcp_Session_Id=session)
    assert stream.status == 200
    assert stream.reply.headers["Content-Type"] == "text/event-stream"
    assert three.c.post(request("resources/subscribe", {"uri": "test://a"}), Mcp_Session_Id=session).json["result"] == {}
    three.a.wait(lambda: "resources/subscribe" in heard(three.a, session), "the subscription")

    three.a.post(call("touch"), Mcp_Session_Id=session)

    assert stream.message()["method"] == "notifications/resources/updated"
    assert "resources/subscribe" not in heard(three.c, session)


def test_a_call_is_cancelled_through_any_replica(three):
    session = begin_session(three.b)
    progress = request("tools/call", {"name": "hold", "arguments": {}}, 41)
    connection = http.client.HTTPConnection(three.a.url.removeprefix("http://"), timeout=GENEROUS)
    connection.request("POST", "/mcp", json.dumps(progress), STREAM | {"Mcp-Session-Id": session})
    three.a.wait(lambda: metric(three.a, 'mcp_tools_executed_total{tool_name="hold"}') == 1, "the call")

    cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 41}}
    assert three.c.post(cancelled, Mcp_Session_Id=session).status == 202

    assert connection.getresponse().status == 202
    three.a.wait(lambda: "notifications/cancelled" in heard(three.a, session), "the cancellation")


def test_a_log_level_is_known_to_all_replicas(three):
    session = begin_session(three.a)
    assert three.b.post(request("logging/setLevel", {"level": "error"}), Mcp_Session_Id=session).status == 200

    for server in (three.a, three.b, three.c):
        stream = Stream(server, "POST", call("say"), Mcp_Session_Id=session)
        assert stream.message()["params"]["data"] == "of error"
        assert stream.message()["result"]["content"][0]["text"] == "said"


def test_a_session_that_ends_at_one_replica_ends_at_all(three):
    session = begin_session(three.a)
    listening = Stream(three.c, "GET", Mcp_Session_Id=session)
    waiting, _ = open_question(three.b, session)

    assert ask("DELETE", three.b.url + "/mcp", headers={"Mcp-Session-Id": session}).status == 204

    for server in (three.a, three.b, three.c):
        assert server.post(request("ping"), Mcp_Session_Id=session).status == 404
    assert listening.message() is None
    assert waiting.message() is None


def test_what_was_of_a_replica_that_is_gone_is_told_so(three):
    session = begin_session(three.a)
    asked = modern_ask(three.a)["result"]
    three.a.process.kill()
    three.a.process.wait()

    def is_gone():
        assert Stream(three.b, "GET", Mcp_Session_Id=session).status == 404
        subscribed = three.c.post(request("resources/subscribe", {"uri": "test://a"}), Mcp_Session_Id=session)
        assert (subscribed.status, subscribed.json["id"]) == (404, 2)
        retried = modern_ask(three.c, inputResponses={}, requestState=asked["requestState"])
        assert retried["error"]["code"] == -32602
        assert "is over" in retried["error"]["message"]
        assert three.b.post(request("ping"), Mcp_Session_Id=session).status == 200

    is_gone()
    three.start("a").wait_ready()
    is_gone()
    assert Stream(three.a, "GET", Mcp_Session_Id=session).status == 404


@pytest.mark.parametrize("home, status", [("a", 404), ("b", 202)])
def test_an_answer_to_a_replica_that_is_gone_ends_the_session_if_that_was_its_home(three, home, status):
    session = begin_session(getattr(three, home))
    _, question = open_question(three.a, session)
    three.a.process.kill()
    three.a.process.wait()

    assert three.c.post(answer_to(question), Mcp_Session_Id=session).status == status


def test_a_session_with_a_process_of_its_own_is_called_through_any_replica(start, tmp_path):
    three = Replicas(start, tmp_path, ASKING | {"stdio": ASKING["stdio"] | {"instances": {"mode": "PerSession"}}})
    at_a, at_b = begin_session(three.a), begin_session(three.b)

    def pids(session, *servers):
        replies = [server.post(call("pid"), Mcp_Session_Id=session).json for server in servers]
        return {reply["result"]["content"][0]["text"] for reply in replies}

    first, second = (pids(session, three.a, three.b, three.c) for session in (at_a, at_b))
    assert len(first) == len(second) == 1
    assert first != second
    assert metric(three.c, 'mooring_hops_total{outcome="answered"}') == 2
    assert metric(three.c, 'mooring_backend_instances{backend="asking"}') == 1, "the one that knows the lists"

    three.a.process.kill()
    three.a.process.wait()
    assert three.c.post(call("pid"), Mcp_Session_Id=at_a).status == 404
    assert pids(at_b, three.c) == second


class Silent:
    """Takes connections, as many as come, and never says a word."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=128)
        self.taken = []
        self.thread = threading.Thread(target=self.take)
        self.thread.start()

    def take(self):
        while True:
            try:
                self.taken.append(self.listener.accept()[0])
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        for each in [self.listener, *self.taken]:
            each.close()


def test_only_so_many_requests_are_with_other_replicas_at_once(three):
    """Each holds a connection and a buffer here; the next is refused, and welcome when one of them is done."""
    most, under_way = 2000, "mooring_hops_under_way"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 4 * most
    assert hard == resource.RLIM_INFINITY or hard >= needed, (
        f"this test opens {2 * most} connections, and so does the server: the hard limit of open files is {hard} here, "
        f"and must be {needed} at least (ulimit -Hn)")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    session = begin_session(three.a)
    three.a.process.kill()
    three.a.process.wait()
    asks = f"GET /mcp HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\nMcp-Session-Id: {session}\r\n\r\n".encode()
    opened = []

    def send():
        opened.append(socket.create_connection(("127.0.0.1", three.ports["b"]), GENEROUS))
        opened[-1].sendall(asks)

    try:
        with Silent(three.ports["a"]):
            for _ in range(most):
                send()
            three.b.wait(lambda: metric(three.b, under_way) == most, "all of them")
            refused = ask("GET", three.b.url + "/mcp", headers=STREAM | {"Mcp-Session-Id": session})
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
            assert "with other replicas" in refused.json["error"]["message"]
            assert three.b.post(request("ping"), Mcp_Session_Id=session).status == 200, "what is not passed on goes on"

            opened.pop().close()
            three.b.wait(lambda: metric(three.b, under_way) == most - 1, "the room")
            send()
            three.b.wait(lambda: metric(three.b, under_way) == most, "the one that found it")
    finally:
        for each in opened:
            each.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert metric(three.b, 'mooring_hops_total{outcome="refused"}') == 1


def test_a_request_that_only_says_it_is_of_a_replica_is_refused(three, start):
    session = begin_session(three.a)
    alone = start(settings(sessions={"keyRing": str(three.ring)}))

    for server in (three.a, three.b, alone):
        for ticket in ("", "x", session):
            reply = server.post(request("ping"), Mcp_Session_Id=session, Mooring_Hop=ticket)
            assert reply.status == 403
            assert "Mooring-Hop" in reply.json["error"]["message"]
    assert metric(three.a, 'mooring_hops_total{outcome="forged"}') == 3


def test_a_client_that_leaves_takes_the_hop_with_it(three):
    session = begin_session(three.a)
    stream = Stream(three.b, "GET", Mcp_Session_Id=session)
    assert metric(three.b, "mooring_hops_under_way") == 1

    stream.close()

    three.b.wait(lambda: metric(three.b, "mooring_hops_under_way") == 0, "the end of the hop")
    assert Stream(three.c, "GET", Mcp_Session_Id=session).status == 200


def test_a_stream_that_is_passed_on_does_not_hold_up_the_end_of_either_replica(three):
    session = begin_session(three.a)
    through_b, through_c = (Stream(server, "GET", Mcp_Session_Id=session) for server in (three.b, three.c))

    assert three.b.stop() == 0
    assert through_b.message() is None
    assert three.a.stop() == 0
    assert through_c.message() is None

    for server in (three.a, three.b):
        assert not [line for line in server.lines() if "cut" in line["msg"]]


def test_a_stream_that_waits_for_its_owner_ends_as_one_that_had_begun(three):
    """Clients give up on a refusal, and open a stream that has ended once more."""
    session = begin_session(three.a)
    three.a.process.kill()
    three.a.process.wait()
    with socket.create_server(("127.0.0.1", three.ports["a"])) as silent:
        connection = http.client.HTTPConnection(three.b.url.removeprefix("http://"), timeout=GENEROUS)
        connection.request("GET", "/mcp", headers=STREAM | {"Mcp-Session-Id": session})
        silent.settimeout(GENEROUS)
        owner, _ = silent.accept()
        owner.settimeout(GENEROUS)
        with owner:
            assert owner.recv(1)
            three.b.process.terminate()
            reply = connection.getresponse()
            assert (reply.status, reply.headers["Content-Type"], reply.read()) == (200, "text/event-stream", b"")
    assert three.b.process.wait(GENEROUS) == 0


@contextlib.contextmanager
def instead_of(three, name, answer):
    """Who answers all requests at this replica's address with these bytes, and then hangs up."""
    server = getattr(three, name)
    server.process.kill()
    server.process.wait()

    def hang_up(connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(GENEROUS)
            connection.recv(1 << 16)
            connection.sendall(answer)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1 << 16):
                pass

    def serve(listening):
        with contextlib.suppress(OSError):
            while True:
                hang_up(listening.accept()[0])

    with socket.create_server(("127.0.0.1", three.ports[name])) as listening:
        thread = threading.Thread(target=serve, args=(listening,))
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def half_of(media_type, length, body):
    return (f"HTTP/1.1 200 OK\r\nContent-Type: {media_type}\r\nContent-Length: {length}\r\n\r\n".encode() + body)


def test_a_page_reads_what_came_over_another_replica(start, tmp_path):
    """Browsers refuse an answer that says twice who may read it."""
    page = "https://app.example.com"
    three = Replicas(start, tmp_path, listen={"allowedOrigins": [page]})
    session = begin_session(three.a)

    replies = [Stream(server, method, body, Mcp_Session_Id=session, Origin=page).reply for server in (three.a, three.b)
               for method, body in (("GET", None), ("POST", request("resources/subscribe", {"uri": "test://a"})))]

    for reply in replies:
        assert reply.status == 200
        assert reply.headers.get_all("Access-Control-Allow-Origin") == [page]
        assert reply.headers.get_all("Vary") == ["Origin"]


@pytest.mark.parametrize("length", [1 << 10, 1 << 20])
def test_half_a_document_of_another_replica_does_not_look_whole(three, length):
    session = begin_session(three.a)
    with instead_of(three, "a", half_of("application/json", length, b'{"jsonrpc":')):
        passed_on = Stream(three.b, "POST", request("resources/subscribe", {"uri": "test://a"}), Mcp_Session_Id=session)
        if passed_on.status == 200:
            with pytest.raises(http.client.IncompleteRead):
                passed_on.reply.read()
        else:
            assert passed_on.status == 502


def test_an_event_stream_of_a_replica_that_breaks_off_ends_as_one_that_is_read_on(three):
    session = begin_session(three.a)
    with instead_of(three, "a", half_of("text/event-stream", 1 << 20, b"id: 1\n")):
        assert Stream(three.b, "GET", Mcp_Session_Id=session).reply.read() == b"id: 1\n"


def test_a_replica_that_does_not_take_what_it_is_told_is_counted_as_that(three):
    session = begin_session(three.b)
    with instead_of(three, "a", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"):
        assert ask("DELETE", three.b.url + "/mcp", headers={"Mcp-Session-Id": session}).status == 204

    assert metric(three.b, 'mooring_hops_total{outcome="told"}') == 1
    assert metric(three.b, 'mooring_hops_total{outcome="not_told"}') == 1
    assert [line["why"] for line in three.b.lines() if line["msg"] == "a replica was not told"] == ["it answered 403"]


def test_a_batch_reaches_the_replicas_one_message_at_a_time(three):
    reply = three.a.post({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-03-26", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}})
    session = reply.headers["Mcp-Session-Id"]

    batch = [request("resources/subscribe", {"uri": "test://a"}, 1), request("ping", number=2)]
    replies = three.b.post(batch, Mcp_Session_Id=session).json

    assert replies == [{"jsonrpc": "2.0", "id": 1, "result": {}}, {"jsonrpc": "2.0", "id": 2, "result": {}}]
    three.a.wait(lambda: "resources/subscribe" in heard(three.a, session), "the subscription")


@pytest.mark.parametrize("args, said", [
    (["--advertise", "notes-0", "--peers", "a:1"], '--advertise is "notes-0", must be the IP address'),
    (["--advertise", "127.0.0.1:1", "--peers", "a"], '--peers has "a", must be HOST:PORT'),
    (["--advertise", "127.0.0.1", "--peers", "a:1"], "without a port, which it needs where listen.port is 0"),
    (["--advertise", "127.0.0.1:1"], "--peers"),
])
def test_a_wrong_neighbourhood_is_exit_code_2(run, tmp_path, args, said):
    from conftest import SERVER
    path = tmp_path / "s.json"
    path.write_text(json.dumps(settings()))

    ended = run(SERVER, "serve", "--settings", path, *args)

    assert ended.returncode == 2
    assert said in ended.stderr
