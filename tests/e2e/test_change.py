# SPDX-License-Identifier: Apache-2.0
"""Changes under load: not one call fails, in either generation of the protocol and with either kind of backend."""

import copy

import pytest

import clients
from fields import proves
from kube import is_ready, rolled_out
from samples import sample

NAME = "quickstart"


@pytest.fixture(scope="module")
def place(kube, new_namespace):
    namespace = new_namespace("change")
    kube.apply(*sample("quickstart.yaml"), namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "quickstart is Ready")
    return namespace


@pytest.fixture
def load(cluster, place):
    """Calls through the Service all the while: the new generation, and old sessions that must outlive their pods."""
    url = cluster.url(place, NAME)
    with clients.Load(url, "on_call", {"team": "load"}, era="modern") as modern:
        with clients.Load(url, "list_notes", {}, era="legacy") as legacy:
            yield modern, legacy


def assert_nothing_was_lost(loads):
    for load in loads:
        report = load.stop()
        assert report["failed"] == 0, report
        assert report["calls"] > 50, report


def pods_by_uid(kube, place):
    return {pod["metadata"]["uid"]: pod for pod in kube.list("pods", place, "app.kubernetes.io/managed-by=mooring")}


@proves("spec.backends[].tools[].text", "spec.backends[].stdio.env[].value", "spec.replicas")
def test_a_new_text_environment_and_replica_count_roll_the_pods_and_no_call_fails(cluster, kube, place, load):
    before = pods_by_uid(kube, place)
    changed = copy.deepcopy(sample("quickstart.yaml")[0])
    notes, handbook = changed["spec"]["backends"]
    notes["stdio"]["env"][0]["value"] = "the night shift"
    handbook["tools"][0]["text"] = "Call {team} on extension 7."
    changed["spec"]["replicas"] = 3

    kube.apply(changed, namespace=place)
    kube.wait_one("mcpservers", NAME, place, is_ready, "the change is Ready")
    kube.wait_one("deployments", NAME, place, rolled_out, "the Deployment is rolled out")

    assert_nothing_was_lost(load)
    # The Deployment's status may be ahead of the last pod's end.
    after = kube.wait(
        "pods",
        place,
        lambda found: {p["metadata"]["uid"] for p in found.values()}.isdisjoint(before) and found,
        "the pods of before are gone",
        selector="app.kubernetes.io/managed-by=mooring",
    )
    assert len(after) == 3
    url = cluster.url(place, NAME)
    assert clients.call(url, "on_call", {"team": "search"}) == "Call search on extension 7."
    assert clients.call(url, "add_note", {"body": "x"}).endswith("for the night shift.")


def test_deleted_pods_are_replaced_and_no_call_fails(kube, place, load):
    for pod in list(pods_by_uid(kube, place).values())[:2]:
        kube.run("delete", "pod", pod["metadata"]["name"], namespace=place)
        kube.wait_one("deployments", NAME, place, rolled_out, "the pod is replaced")

    assert_nothing_was_lost(load)


def test_fewer_replicas_end_pods_and_no_call_fails(kube, place, load):
    kube.patch("mcpserver", NAME, place, {"spec": {"replicas": 1}})
    kube.wait_one("mcpservers", NAME, place, is_ready, "one replica is Ready")
    kube.wait_one("deployments", NAME, place, rolled_out, "one replica is left")

    assert_nothing_was_lost(load)
    assert kube.get("poddisruptionbudgets", NAME, place) is None, "one replica cannot be budgeted"


def test_the_restart_annotation_rolls_the_pods_and_no_call_fails(kube, place, load):
    before = pods_by_uid(kube, place)
    kube.run("annotate", "mcpserver", NAME, "mooring.dev/restartedAt=2026-01-02T03:04:05Z", namespace=place)
    kube.wait(
        "pods",
        place,
        lambda found: found and {p["metadata"]["uid"] for p in found.values()}.isdisjoint(before),
        "the pods of before are gone",
        selector="app.kubernetes.io/managed-by=mooring",
    )
    kube.wait_one("mcpservers", NAME, place, is_ready, "the restarted server is Ready")

    assert_nothing_was_lost(load)
