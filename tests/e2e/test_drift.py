# SPDX-License-Identifier: Apache-2.0
"""What is changed by hand is put right; what others own is left alone; what is deleted comes back, or goes for good."""

import json

import pytest

from kube import condition, is_ready, rolled_out
from resources import declared, server
from samples import sample

NAME = "drift"
CHILDREN = [
    ("serviceaccounts", NAME),
    ("configmaps", f"{NAME}-settings"),
    ("deployments", NAME),
    ("services", NAME),
    ("services", f"{NAME}-peers"),
    ("poddisruptionbudgets", NAME),
    ("networkpolicies", NAME),
]


@pytest.fixture(scope="module")
def place(kube, new_namespace):
    namespace = new_namespace("drift")
    kube.apply(server(NAME, declared(), networkPolicy={"mode": "Restricted"}), namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "drift is Ready")
    return namespace


def at(found, path):
    for part in path:
        if isinstance(found, dict) and part not in found:
            return None
        found = found[part]
    return found


# resource, name, the hand's patch, the path that must be as before
EDITS = {
    "the replica count": ("deployments", NAME, {"spec": {"replicas": 5}}, ["spec", "replicas"]),
    "the grace period": (
        "deployments",
        NAME,
        {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 30}}}},
        ["spec", "template", "spec", "terminationGracePeriodSeconds"],
    ),
    "the rollout's strategy": (
        "deployments",
        NAME,
        {"spec": {"strategy": {"rollingUpdate": {"maxUnavailable": 2}}}},
        ["spec", "strategy", "rollingUpdate"],
    ),
    "the Service's port": (
        "services",
        NAME,
        {"spec": {"ports": [{"name": "http", "port": 80, "targetPort": 80}]}},
        ["spec", "ports"],
    ),
    "the Service's selector": ("services", NAME, {"spec": {"selector": {"who": "me"}}}, ["spec", "selector"]),
    "the settings": ("configmaps", f"{NAME}-settings", {"data": {"settings.json": "{}"}}, ["data", "settings.json"]),
    "the budget": ("poddisruptionbudgets", NAME, {"spec": {"maxUnavailable": 0}}, ["spec", "maxUnavailable"]),
    "who may come in": ("networkpolicies", NAME, {"spec": {"ingress": [{}]}}, ["spec", "ingress"]),
    "a label": ("services", NAME, {"metadata": {"labels": {"mooring.dev/server": "other"}}}, ["metadata", "labels"]),
    "the label by which the operator finds it": (
        "configmaps",
        f"{NAME}-settings",
        {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}},
        ["metadata", "labels"],
    ),
    "the owner": ("configmaps", f"{NAME}-settings", {"metadata": {"ownerReferences": None}}, ["metadata", "ownerReferences"]),
}


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_by_hand_is_put_right(kube, place, what):
    resource, name, patch, path = EDITS[what]
    before = at(kube.get(resource, name, place), path)
    assert before is not None

    kube.patch(resource, name, place, patch)

    kube.wait_one(resource, name, place, lambda found: at(found, path) == before, f"{what} is as before")


@pytest.mark.parametrize("resource, name", CHILDREN)
def test_a_deleted_child_comes_back(kube, place, resource, name):
    uid = kube.get(resource, name, place)["metadata"]["uid"]

    kube.run("delete", resource, name, "--wait=false", namespace=place)

    kube.wait_one(
        resource, name, place, lambda found: found["metadata"]["uid"] != uid, f"{resource}/{name} comes back"
    )
    kube.wait_one("mcpservers", NAME, place, is_ready, "drift is Ready again")


def test_an_autoscaler_is_put_right_and_comes_back(kube, namespace, ready):
    name, resource = "scaled", "horizontalpodautoscalers"
    ready(server(name, declared(), autoscaling={"minReplicas": 1, "maxReplicas": 2, "targetInFlight": 9}))
    uid = kube.get(resource, name, namespace)["metadata"]["uid"]

    kube.patch(resource, name, namespace, {"spec": {"maxReplicas": 50, "metrics": None}})
    as_before = lambda found: found["spec"]["maxReplicas"] == 2 and found["spec"]["metrics"][0]["type"] == "Pods"
    kube.wait_one(resource, name, namespace, as_before, "the bounds are as before")
    kube.run("delete", resource, name, "--wait=false", namespace=namespace)
    kube.wait_one(resource, name, namespace, lambda found: found["metadata"]["uid"] != uid, "it comes back")


def test_labels_and_annotations_of_others_are_kept(kube, place):
    kube.run("label", "service", NAME, "team=blue", namespace=place)
    kube.run("annotate", "deployment", NAME, "note=ours", namespace=place)
    kube.run("rollout", "restart", f"deployment/{NAME}", namespace=place)
    kube.wait_one("deployments", NAME, place, rolled_out, "the restart is rolled out")

    kube.patch("deployments", NAME, place, {"spec": {"replicas": 5}})
    kube.patch("services", NAME, place, {"spec": {"selector": {"who": "me"}}})
    restored = kube.wait_one("deployments", NAME, place, lambda found: found["spec"]["replicas"] == 2, "the drift is gone")
    service = kube.wait_one("services", NAME, place, lambda found: "who" not in found["spec"]["selector"], "the drift is gone")

    assert restored["metadata"]["annotations"]["note"] == "ours"
    assert "kubectl.kubernetes.io/restartedAt" in restored["spec"]["template"]["metadata"]["annotations"]
    assert service["metadata"]["labels"]["team"] == "blue"


def test_what_bears_the_name_of_a_child_but_is_not_ours_is_never_taken_over(kube, namespace):
    foreign = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "clash-settings"}, "data": {"mine": "yes"}}
    kube.apply(foreign, namespace=namespace)
    kube.apply(server("clash", declared()), namespace=namespace)

    def conflict(found):
        return [c for c in found.get("status", {}).get("conditions", []) if c["reason"] == "NameConflict"]

    found = kube.wait_one("mcpservers", "clash", namespace, conflict, "the clash is told")

    assert "clash-settings" in json.dumps(conflict(found))
    assert kube.get("configmaps", "clash-settings", namespace)["data"] == {"mine": "yes"}

    kube.run("delete", "configmap", "clash-settings", namespace=namespace)
    kube.wait_one("mcpservers", "clash", namespace, is_ready, "it heals when the other is gone")


def test_what_is_handed_over_is_adopted_and_nothing_else(kube, namespace):
    def by_hand(port):
        spec = {"selector": {"app": "mine"}, "ports": [{"name": "mine", "port": port}]}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "taken"}, "spec": spec}

    kube.apply(by_hand(80), namespace=namespace)
    before = kube.get("services", "taken", namespace)
    kube.apply(server("taken", declared(), replicas=1), namespace=namespace)
    accepted = lambda found: condition(found, "Accepted")
    refused = lambda found: accepted(found).get("reason") == "NameConflict"
    found = kube.wait_one("mcpservers", "taken", namespace, refused, "the clash is told")
    message = accepted(found)["message"]
    manager = before["metadata"]["managedFields"][0]["manager"]
    assert f'Service/taken (written by "{manager}")' in message and "mooring.dev/adopt: taken" in message, message
    assert kube.get("services", "taken", namespace)["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert not kube.list("deployments", namespace)

    kube.run("annotate", "service", "taken", "mooring.dev/adopt=taken", namespace=namespace)
    kube.wait_one("mcpservers", "taken", namespace, is_ready, "it is Ready with what was handed over")

    adopted = kube.get("services", "taken", namespace)
    assert adopted["metadata"]["uid"] == before["metadata"]["uid"]
    assert adopted["metadata"]["ownerReferences"][0]["name"] == "taken"
    assert "app" not in adopted["spec"]["selector"]
    notes = [event["note"] for event in kube.list("events", namespace) if event["reason"] == "ChildrenAdopted"]
    assert notes == ["adopts Service/taken, as its annotation mooring.dev/adopt says"]
    kube.run("delete", "mcpserver", "taken", namespace=namespace)
    kube.wait("services", namespace, lambda found: "taken" not in found and "gone", "it goes with the server")


def test_deletion_leaves_nothing(kube, namespace):
    kube.apply(*sample("quickstart.yaml"), namespace=namespace)
    more = {"networkPolicy": {"mode": "Restricted"}, "replicas": None, "autoscaling": {"maxReplicas": 2, "targetInFlight": 9}}
    kube.patch("mcpservers", "quickstart", namespace, {"spec": more})
    kube.wait_one("mcpservers", "quickstart", namespace, is_ready, "quickstart is Ready")

    kube.run("delete", "mcpserver", "quickstart", "--timeout=150s", namespace=namespace)

    for resource in [
        "deployments", "replicasets", "pods", "services", "endpointslices",
        "configmaps", "secrets", "serviceaccounts", "poddisruptionbudgets", "networkpolicies", "horizontalpodautoscalers",
    ]:
        kube.wait(
            resource,
            namespace,
            lambda found: not [name for name in found if name.startswith("quickstart")] and "gone",
            f"no {resource} is left",
        )
