# SPDX-License-Identifier: Apache-2.0
import concurrent.futures
import http.client
import json
import os
import socket
import sys
import time

import pytest

from conftest import GENEROUS, HELLO, ROOT, SERVER, http as ask, metric, settings

NOTES = {"name": "notes", "stdio": {"command": ["node", "notes/server.mjs"],
                                    "directory": str(ROOT / "manifests" / "samples"),
                                    "env": {"NOTES_OWNER": "tests"}}}
# A stdio server that answers what the handshake asks, and runs one tool for as long as it is told.
SLOW = {"name": "slow", "timeout": "60s", "stdio": {"command": [sys.executable, "-u", str(ROOT / "tests/program/slow_child.py")]}}


def test_a_declared_tool_answers_both_generations(start):
    server = start(settings())
    server.wait_ready()

    session = server.initialize()
    legacy = server.post({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
                          "params": {"name": "greet", "arguments": {"who": "you"}}}, Mcp_Session_Id=session)
    modern = server.modern("tools/call", {"name": "greet", "arguments": {"who": "you"}}, Mcp_Name="greet")

    assert legacy.json["result"]["content"] == [{"type": "text", "text": "Hello, you!"}]
    assert "resultType" not in legacy.json["result"]
    assert modern.json["result"]["content"] == [{"type": "text", "text": "Hello, you!"}]
    assert modern.json["result"]["resultType"] == "complete"


def test_a_tool_called_while_its_server_starts_is_waited_for_and_nothing_else_is(start, tmp_path):
    begin = tmp_path / "begin"
    slow = SLOW | {"stdio": SLOW["stdio"] | {"env": {"START": str(begin)}}}
    server = start(settings(backends=[slow, HELLO]))

    with concurrent.futures.ThreadPoolExecutor() as pool:
        call = pool.submit(server.modern, "tools/call", {"name": "wait", "arguments": {}}, Mcp_Name="wait")
        greeted = server.modern("tools/call", {"name": "greet", "arguments": {"who": "you"}}, Mcp_Name="greet")
        assert greeted.json["result"]["content"][0]["text"] == "Hello, you!"
        assert [tool["name"] for tool in server.modern("tools/list").json["result"]["tools"]] == ["greet"]
        assert not call.done()
        begin.touch()
        assert call.result().json["result"]["content"][0]["text"] == "waited"
    assert server.modern("tools/call", {"name": "wade"}, Mcp_Name="wade").json["error"]["code"] == -32602


def test_who_waits_for_a_start_is_answered_when_the_program_ends(start, tmp_path):
    never = SLOW | {"stdio": SLOW["stdio"] | {"env": {"START": str(tmp_path / "never")}}}
    server = start(settings(backends=[never, HELLO], drain={"timeout": "25s"}))
    names = [{"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": {"name": f"wait-{number}"}} for number in (1, 2)]
    session = server.initialize("2025-03-26")

    with concurrent.futures.ThreadPoolExecutor() as pool:
        batch = pool.submit(server.post, names, Mcp_Session_Id=session)
        call = pool.submit(server.modern, "tools/call", {"name": "wait"}, Mcp_Name="wait")
        server.wait(lambda: metric(server, "mcp_active_connections") >= 2, "both calls")
        begun = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - begun < 20
        assert call.result().json["error"]["code"] == -32602
        assert [each["error"]["code"] for each in batch.result().json] == [-32602, -32602]


def test_a_tool_of_a_server_that_cannot_start_is_unknown(start):
    broken = {"name": "broken", "stdio": {"command": ["false"]}}
    server = start(settings(backends=[broken, HELLO]))
    server.wait_for_line("backend failed")

    answer = server.modern("tools/call", {"name": "wait"}, Mcp_Name="wait")

    assert answer.json["error"]["message"] == 'unknown tool "wait"; tools/list names all'


def test_tools_of_a_stdio_server_and_declared_ones_stand_in_one_list(start):
    server = start(settings(backends=[NOTES, HELLO]))
    server.wait_ready()

    tools = server.modern("tools/list").json["result"]["tools"]

    assert {"greet", "add_note"} <= {tool["name"] for tool in tools}
    assert server.modern("tools/list").json["result"]["tools"] == tools


def test_wrong_arguments_come_back_as_a_tool_error_that_names_them(start):
    server = start(settings())
    result = server.modern("tools/call", {"name": "greet", "arguments": {"who": 3}}, Mcp_Name="greet").json["result"]

    assert result["isError"] is True
    assert "arguments.who" in result["content"][0]["text"]


def test_a_session_is_opened_by_another_replica_with_the_same_keys(start, tmp_path):
    ring = tmp_path / "ring.json"
    ring.write_text(json.dumps({"keys": [{"id": "k1", "secret": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"}]}))
    one, other = (start(settings(sessions={"keyRing": str(ring)})) for _ in range(2))
    stranger = start(settings())

    session = one.initialize()
    ping = {"jsonrpc": "2.0", "id": 2, "method": "ping"}

    assert other.post(ping, Mcp_Session_Id=session).json == {"jsonrpc": "2.0", "id": 2, "result": {}}
    assert stranger.post(ping, Mcp_Session_Id=session).status == 404
    assert one.post(ping).status == 400


@pytest.mark.parametrize("method, path, headers, body, status", [
    ("GET", "/mcp", {"Accept": "text/event-stream"}, None, 400),
    ("GET", "/mcp", {"Accept": "application/json"}, None, 406),
    ("GET", "/mcp", {"MCP-Protocol-Version": "2026-07-28"}, None, 405),
    ("DELETE", "/mcp", {}, None, 400),
    ("DELETE", "/mcp", {"Mcp-Session-Id": "x"}, None, 404),
    ("PUT", "/mcp", {}, b"{}", 405),
    ("GET", "/nothing", {}, None, 404),
    ("POST", "/mcp", {"Content-Type": "text/plain"}, b"{}", 415),
    ("POST", "/mcp", {"Content-Type": "application/json", "Origin": "https://evil.example"}, b"{}", 403),
    ("POST", "/mcp", {"Content-Type": "application/json", "Host": "evil.example"}, b"{}", 403),
    ("POST", "/mcp", {"Content-Type": "application/json"}, b"{", 400),
    ("POST", "/mcp", {"Content-Type": "application/json"}, b"\xff", 400),
    ("POST", "/mcp", {"Content-Type": "application/json"}, b"[]", 400),
    ("GET", "/health", {}, None, 200),
])
def test_what_is_no_mcp_request_is_refused_by_its_own_status(start, method, path, headers, body, status):
    server = start(settings())
    assert ask(method, server.url + path, body, headers).status == status


def test_a_body_over_the_limit_is_413_and_the_server_goes_on(start):
    document = settings()
    document["listen"]["maxBodyBytes"] = 1024
    server = start(document)

    assert ask("POST", server.url + "/mcp", b"x" * 100_000, {"Content-Type": "application/json"}).status == 413
    assert ask("GET", server.url + "/health").status == 200


def test_metrics_have_the_guides_names(start):
    server = start(settings(backends=[NOTES, HELLO]))
    server.wait_ready()
    server.modern("tools/call", {"name": "greet", "arguments": {"who": "you"}}, Mcp_Name="greet")
    server.modern("tools/call", {"name": "nothing", "arguments": {}}, Mcp_Name="nothing")

    text = ask("GET", server.admin + "/metrics").body.decode()

    assert 'mcp_request_duration_seconds_count{method="tools/call",status_code="200"} 2' in text
    assert 'mcp_tools_executed_total{tool_name="greet"} 1' in text
    assert 'mcp_errors_total{error_type="malformed"} 1' in text
    assert "mcp_active_connections" in text
    assert 'mcp_backend_up{backend="notes"} 1' in text
    assert "process_resident_memory_bytes" in text


def test_sigterm_finishes_what_is_under_way_and_leaves_no_child(start, tmp_path):
    server = start(settings(backends=[SLOW]))
    server.wait_ready()
    connection = connect(server)
    enough = tmp_path / "enough"
    meta = {"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": {}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
                       "params": {"name": "wait", "arguments": {"file": str(enough)}, "_meta": meta}})
    connection.request("POST", "/mcp", body, {
        "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": "wait"})
    child = command_of(server)
    server.wait(lambda: is_called(server, "wait"), "the call")
    assert "\nmcp_calls_in_flight 1\n" in ask("GET", server.admin + "/metrics").body.decode()

    server.process.terminate()
    server.wait(lambda: closes_connections(server), "the drain")
    enough.touch()
    answer = connection.getresponse()
    result = json.loads(answer.read())["result"]

    assert result["content"][0]["text"] == "waited"
    assert answer.headers["Connection"] == "close"
    assert server.process.wait(GENEROUS) == 0
    assert not os.path.exists(f"/proc/{child}")


def connect(server):
    return http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=GENEROUS)


def closes_connections(server):
    """As one that drains does after every reply."""
    connection = connect(server)
    connection.request("GET", "/health")
    closes = connection.getresponse().getheader("Connection") == "close"
    connection.close()
    return closes


def children_of(pid):
    return [int(child) for task in os.listdir(f"/proc/{pid}/task")
            for child in open(f"/proc/{pid}/task/{task}/children").read().split()]


def command_of(server):
    """The one child of the one guardian."""
    guardian = server.wait(lambda: children_of(server.process.pid), "a guardian")[0]
    return server.wait(lambda: children_of(guardian), "the child")[0]


def is_called(server, tool):
    text = ask("GET", server.admin + "/metrics").body.decode()
    return f'mcp_tools_executed_total{{tool_name="{tool}"}} 1' in text


def test_kill_9_of_the_server_leaves_nothing(start, tmp_path):
    """Not the child, and not what that has put into a session of its own."""
    pids = tmp_path / "daemon"
    command = f"(setsid sh -c 'echo $$ > {pids}.new; mv {pids}.new {pids}; exec sleep 1000' &); exec node notes/server.mjs"
    server = start(settings(backends=[NOTES | {"stdio": NOTES["stdio"] | {"command": ["sh", "-c", command]}}]))
    server.wait_ready()
    daemon = int(server.wait(lambda: pids.exists() and pids.read_text(), "a daemon"))
    left = [*children_of(server.process.pid), command_of(server), daemon]
    assert not any(map(is_zombie, left))

    server.process.kill()
    server.process.wait()

    server.wait(lambda: all(map(is_zombie, left)), "the end of all")


def is_zombie(pid):
    """Or not there at all."""
    try:
        return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_a_command_that_does_not_exist_is_named_with_what_happened(start):
    server = start(settings(backends=[{"name": "ghost", "stdio": {"command": ["no-such-program"]}}, HELLO]))
    state = server.wait(lambda: next((b for b in ask("GET", server.admin + "/status").json["backends"]
                                      if b["name"] == "ghost" and b["message"]), None), "a message")
    public = ask("GET", server.url + "/ready").body

    assert ask("GET", server.url + "/ready").status == 503
    assert "no-such-program" in state["message"]
    assert b"no-such-program" not in public
    call = server.modern("tools/call", {"name": "greet", "arguments": {"who": "you"}}, Mcp_Name="greet")
    assert call.json["result"]["content"][0]["text"] == "Hello, you!"


def test_a_tool_that_cannot_be_offered_is_told_of_once(start):
    server = start(settings(backends=[SLOW | {"stdio": SLOW["stdio"] | {"env": {"TOOL": "no good"}}}]))
    server.wait_ready()

    os.kill(command_of(server), 9)
    server.wait(lambda: restarts(server) == 1 and server.ready()["backends"][0]["state"] == "up", "its return")

    assert len([line for line in server.lines() if line["msg"] == "not offered as it stands"]) == 1


def restarts(server):
    text = ask("GET", server.admin + "/metrics").body.decode()
    return int(text.split("mcp_backend_restarts_total{")[1].split("} ")[1].split()[0])


# Wrong input: one clear line each, on standard error, and the exit code says whose matter it is.


def test_a_port_in_use_is_exit_code_3_and_says_what_to_do(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        document = settings()
        document["listen"]["port"] = taken.getsockname()[1]
        path = tmp_path / "s.json"
        path.write_text(json.dumps(document))
        ended = run(SERVER, "serve", "--settings", path)

    assert ended.returncode == 3
    assert f"127.0.0.1:{document['listen']['port']}" in ended.stderr
    assert "another program" in ended.stderr


@pytest.mark.parametrize("document, said", [
    (settings(logging={"levle": "info"}), 'logging.levle: unknown field; did you mean "level"?'),
    (settings(logging={"level": "loud"}), 'logging.level: is "loud", must be one of: debug, info, warn, error'),
    (settings(listen={"port": 70000}), "listen.port: is 70000, must be 0 to 65535"),
    (settings(backends=[HELLO, HELLO]), 'backends[1].name: is "hello"'),
    (settings(backends=[{"name": "x"}]), "backends[0]"),
    (settings(sessions={"keyRing": "/nowhere/ring.json"}), "sessions.keyRing: cannot read /nowhere/ring.json"),
])
def test_wrong_settings_are_exit_code_2_and_name_field_and_value(run, tmp_path, document, said):
    path = tmp_path / "s.json"
    path.write_text(json.dumps(document))
    ended = run(SERVER, "serve", "--settings", path)

    assert ended.returncode == 2
    assert said in ended.stderr


def test_a_settings_file_that_cannot_be_read_is_exit_code_2(run):
    ended = run(SERVER, "serve", "--settings", "/nowhere/settings.json")
    assert ended.returncode == 2
    assert "cannot read /nowhere/settings.json: No such file or directory" in ended.stderr


def test_an_environment_variable_replaces_a_setting(start):
    server = start(settings(), env={"MOORING_SERVER_NAME": "renamed"})
    assert ask("GET", server.admin + "/status").json["name"] == "renamed"


def test_help_teaches_and_version_is_told(run):
    assert "Examples:" in run(SERVER, "--help").stdout
    assert run(SERVER, "--version").stdout.strip() == "mcp-server " + (ROOT / "VERSION").read_text().strip()
    assert run(SERVER).returncode == 2
    assert run(SERVER, "serve", "--sttings", "x").returncode == 2


def test_health_is_an_exit_code(start, run):
    server = start(settings())
    server.wait_ready()
    assert run(SERVER, "health", "--url", server.url + "/ready").returncode == 0
    assert run(SERVER, "health", "--url", "http://127.0.0.1:1/ready").returncode == 1


def test_an_installed_copy_runs_by_its_own_loader(run, tmp_path):
    assert run(SERVER, "install", tmp_path / "copy").returncode == 0
    loader = next((tmp_path / "copy").glob("ld-linux*"))
    ended = run(loader, "--library-path", tmp_path / "copy", tmp_path / "copy" / "mcp-server", "--version", env={})
    assert ended.stdout.startswith("mcp-server ")
