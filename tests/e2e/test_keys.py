# SPDX-License-Identifier: Apache-2.0
"""The keys that seal sessions are exchanged while clients have sessions, and no pod is replaced for it."""

import base64
import json
import re

from fields import proves
from plain import PING, begin_session, eventually, whole
from resources import declared, server

NAME = "keys"
SECRET = f"{NAME}-keys"
TIMES = "mooring.dev/key-times"
LONG_AGO = "2020-01-01T00:00:00Z"


def ring(secret):
    return [key["id"] for key in json.loads(base64.b64decode(secret["data"]["ring.json"]))["keys"]]


def times(secret):
    return json.loads(secret["metadata"]["annotations"][TIMES])


@proves("spec.sessions.keyRotation")
def test_a_session_lives_through_a_rotation_of_keys_and_the_pods_stay(cluster, kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1, sessions={"keyRotation": "48h"}))
    url = cluster.url(namespace, NAME)
    metrics = cluster.url(namespace, NAME, 9090, "/metrics")
    pods = {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}

    def serves(session):
        return whole(url, "POST", PING, session)[0].status == 200

    def loaded():
        return float(re.search(r"^mooring_key_ring_loaded_timestamp_seconds (\S+)$", whole(metrics, "GET")[1], re.MULTILINE).group(1))

    def pass_time(key, *since, ring_then):
        """As if much time had passed since then, until the replica has what the operator makes of it."""
        before = loaded()
        told = times(kube.get("secrets", SECRET, namespace))
        told[key].update({name: LONG_AGO for name in since})
        kube.patch("secret", SECRET, namespace, {"metadata": {"annotations": {TIMES: json.dumps(told)}}})
        # The operator reads its own Secrets when it looks at a resource, and a kubelet those of a pod that changes.
        kube.patch("mcpserver", NAME, namespace, {"metadata": {"annotations": {"mooring.dev/looked-at": "-".join(ring_then)}}})
        found = kube.wait_one("secrets", SECRET, namespace, lambda found: ring(found) == ring_then, f"the ring is {ring_then}")
        kube.run("annotate", "pods", "--all", f"example.com/ring={'-'.join(ring_then)}", "--overwrite", namespace=namespace)
        eventually(lambda: loaded() > before, f"the replica has {ring_then}")
        return times(found)

    assert ring(kube.get("secrets", SECRET, namespace)) == ["k1"]
    session = begin_session(url)
    assert pass_time("k1", "added", "sealing", ring_then=["k1", "k2"])["k2"].keys() == {"added", "life"}
    assert pass_time("k2", "added", ring_then=["k2", "k1"])["k1"]["life"] == "24h"
    later = begin_session(url)
    assert serves(session) and serves(later)
    pass_time("k1", "retired", ring_then=["k2"])
    assert serves(later) and not serves(session)

    assert {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)} == pods
    told = [event for event in kube.list("events", namespace) if event["reason"] in ("KeysRotated", "DriftCorrected")]
    assert {event["reason"] for event in told} == {"KeysRotated"}, told
    notes = " ".join(event["note"] for event in told)
    assert "key k2 is added" in notes and "key k2 seals from now on" in notes and "key k1 leaves" in notes
