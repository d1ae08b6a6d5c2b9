# SPDX-License-Identifier: Apache-2.0
"""All of it by IPv6: what listens, what is advertised, and which names of hosts are believed."""
import pathlib
import socket

import pytest

from conftest import http as ask, settings
from replicas import Replicas, Stream, answer_to, begin_session, open_question, request

SWITCH = pathlib.Path("/proc/sys/net/ipv6/conf/lo/disable_ipv6")


def problem():
    """Why ::1 cannot be listened at, if it cannot."""
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        return error


@pytest.fixture(scope="module", autouse=True)
def loopback():
    """::1 is there: where the machine has it switched off, as containers often have, it is on for these tests."""
    was = None
    if problem():
        try:
            was = SWITCH.read_text()
            for switched in "10":
                SWITCH.write_text(switched)
        except OSError:
            pass
    if why := problem():
        pytest.fail(f"these tests need the IPv6 loopback address ::1, which this machine lacks ({why}): "
                    "as root, sysctl net.ipv6.conf.lo.disable_ipv6=0", pytrace=False)
    yield
    if was:
        SWITCH.write_text(was)


def test_replicas_reach_each_other_by_ipv6(start, tmp_path):
    three = Replicas(start, tmp_path, address="::1")
    session = begin_session(three.a)
    listening = Stream(three.b, "GET", Mcp_Session_Id=session)
    assert listening.status == 200
    stream, question = open_question(three.c, session)

    assert three.b.post(answer_to(question), Mcp_Session_Id=session).status == 202
    assert "Ada" in stream.message()["result"]["content"][0]["text"]
    assert ask("DELETE", three.c.url + "/mcp", headers={"Mcp-Session-Id": session}).status == 204
    assert three.a.post(request("ping"), Mcp_Session_Id=session).status == 404
    assert listening.message() is None


@pytest.mark.parametrize("headers, status", [
    ({}, 200),
    ({"Host": "[::1]"}, 200),
    ({"Host": "[::1]:80", "Origin": "http://[::1]:5173"}, 200),
    ({"Host": "localhost", "Origin": "https://[::1]"}, 200),
    ({"Host": "[::2]"}, 403),
    ({"Host": "[::1].example.com"}, 403),
    ({"Origin": "http://[::2]"}, 403),
    ({"Origin": "http://[::1].example.com"}, 403),
])
def test_host_and_origin_of_ipv6_are_looked_at_as_others_are(start, headers, status):
    document = settings()
    document["listen"]["address"] = "::1"
    server = start(document)
    assert server.url.startswith("http://[::1]:")

    assert server.post(request("ping"), Mcp_Session_Id=server.initialize(), **headers).status == status
