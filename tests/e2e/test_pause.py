# SPDX-License-Identifier: Apache-2.0
"""While a server is paused nothing of it is changed; what was put off is done when that ends."""

import pytest

import clients
from fields import proves
from kube import condition, is_ready
from resources import declared, server

NAME = "pause"
PEERS = f"{NAME}-peers"
BY_SPEC = [{"spec": {"suspend": True}}, {"spec": {"suspend": False}}]
BY_ANNOTATION = [
    {"metadata": {"annotations": {"mooring.dev/paused": "true"}}},
    {"metadata": {"annotations": {"mooring.dev/paused": None}}},
]


def is_paused(found):
    return condition(found, "Paused").get("status") == "True" and condition(found, "Ready").get("status") == "True"


@proves("spec.suspend")
@pytest.mark.parametrize(("pause", "resume"), [BY_SPEC, BY_ANNOTATION], ids=["by the spec", "by the annotation"])
def test_a_paused_server_serves_and_is_left_alone_until_it_is_resumed(cluster, kube, namespace, ready, pause, resume):
    ready(server(NAME, declared(), replicas=1))
    kube.patch("mcpserver", NAME, namespace, pause)
    kube.wait_one("mcpservers", NAME, namespace, is_paused, "it says that it is paused")

    kube.patch("mcpserver", NAME, namespace, {"spec": {"replicas": 2}})
    kube.run("delete", "service", PEERS, namespace=namespace)
    # When another one, made later, is ready, what was to be done for this one would be done.
    ready(server("other", declared(), replicas=1))
    assert kube.get("services", PEERS, namespace) is None
    assert kube.get("deployments", NAME, namespace)["spec"]["replicas"] == 1
    assert is_paused(kube.get("mcpservers", NAME, namespace))
    assert clients.call(cluster.url(namespace, NAME), "greet", {"name": "you"}) == "Hello, you!"

    kube.patch("mcpserver", NAME, namespace, resume)
    kube.wait_one(
        "mcpservers",
        NAME,
        namespace,
        lambda found: is_ready(found) and not condition(found, "Paused") and found["status"]["readyReplicas"] == 2,
        "what was put off is done",
    )
    assert kube.get("services", PEERS, namespace)
    said = kube.run("get", "events", "--field-selector=reason=DriftCorrected", namespace=namespace).stdout
    assert NAME not in said, said
