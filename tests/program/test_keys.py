# SPDX-License-Identifier: Apache-2.0
"""The ring of keys is exchanged under running sessions."""
import json

import pytest

from replicas import RING, Replicas, Stream, begin_session, metric, request


@pytest.fixture
def three(start, tmp_path):
    return Replicas(start, tmp_path)


def keys_of(server):
    return metric(server, "mooring_key_ring_keys")


def test_keys_are_rotated_under_a_running_session(three):
    old, new = RING["keys"][0], {"id": "k2", "secret": "ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA"}
    session = begin_session(three.a)
    loaded = metric(three.b, "mooring_key_ring_loaded_timestamp_seconds")

    def put(*keys):
        lines = len([line for line in three.c.lines() if line["msg"] == "key ring read again"])
        # As a kubelet does it: the name stands for another file from one moment to the next.
        fresh = three.ring.with_name("fresh.json")
        fresh.write_text(json.dumps({"keys": keys}))
        fresh.replace(three.ring)
        for server in (three.a, three.b, three.c):
            server.wait(lambda: len([line for line in server.lines() if line["msg"] == "key ring read again"]) > lines, "the ring")

    put(old, new)
    assert [keys_of(server) for server in (three.a, three.b, three.c)] == [2, 2, 2]
    assert metric(three.b, "mooring_key_ring_loaded_timestamp_seconds") > loaded
    put(new, old)
    later = begin_session(three.a)
    assert three.b.post(request("resources/subscribe", {"uri": "test://a"}), Mcp_Session_Id=session).status == 200
    assert Stream(three.c, "GET", Mcp_Session_Id=later).status == 200
    put(new)
    assert three.b.post(request("ping"), Mcp_Session_Id=session).status == 404
    assert three.b.post(request("ping"), Mcp_Session_Id=later).status == 200
    assert three.b.post(request("resources/subscribe", {"uri": "test://a"}), Mcp_Session_Id=later).status == 200


def test_a_file_that_is_no_ring_leaves_the_one_before_in_force(three):
    session = begin_session(three.a)

    three.ring.write_text("{")

    complaint = three.a.wait_for_line("key ring not read again, the one before stays")
    assert str(three.ring) in complaint["error"]
    assert three.a.post(request("ping"), Mcp_Session_Id=session).status == 200
    assert keys_of(three.a) == 1
