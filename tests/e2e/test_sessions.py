# SPDX-License-Identifier: Apache-2.0
"""Sessions of clients before 2026-07-28 end as the resource says."""

import re

from fields import proves
from plain import PING, ask, begin_session, eventually, whole
from resources import declared, server

NAME = "sessions"


@proves("spec.sessions", "spec.sessions.ttl", "spec.sessions.idleTimeout")
def test_what_is_kept_for_an_idle_session_goes_and_its_id_ends_with_its_time(cluster, namespace, ready):
    ready(server(NAME, declared(), replicas=1, sessions={"ttl": "90s", "idleTimeout": "1s"}))
    url = cluster.url(namespace, NAME)
    metrics = cluster.url(namespace, NAME, 9090, "/metrics")

    def kept():
        # Requests are what ends what is idle: this one is none of the session's.
        whole(cluster.url(namespace, NAME, path="/health"), "GET")
        return float(re.search(r"^mcp_sessions (\S+)$", whole(metrics, "GET")[1], re.MULTILINE).group(1))

    def status():
        return whole(url, "POST", PING, session)[0].status

    session = begin_session(url)
    connection, stream = ask(url, "GET", session=session)
    assert stream.status == 200
    assert kept() == 1
    connection.close()

    eventually(lambda: kept() == 0, "what is kept for the session is given up")
    assert status() == 200
    eventually(lambda: status() == 404, "the session has ended")
