# SPDX-License-Identifier: Apache-2.0
"""One McpServer, applied with kubectl, answers the official clients."""

import json
import re
import urllib.request

import pytest

import clients
from cluster import VERSION
from fields import proves
from kube import condition
from samples import SAMPLES

NAME = "quickstart"
LABELS = {
    "app.kubernetes.io/name": "mcp-server",
    "app.kubernetes.io/instance": NAME,
    "app.kubernetes.io/managed-by": "mooring",
    "app.kubernetes.io/component": "endpoint",
    "mooring.dev/server": NAME,
}
CHILDREN = [
    ("serviceaccounts", NAME),
    ("configmaps", f"{NAME}-settings"),
    ("secrets", f"{NAME}-keys"),
    ("deployments", NAME),
    ("services", NAME),
    ("services", f"{NAME}-peers"),
    ("poddisruptionbudgets", NAME),
]


@pytest.fixture(scope="module")
def place(kube, new_namespace):
    """A namespace in which the quickstart is Ready, as a newcomer does it."""
    namespace = new_namespace("quickstart")
    kube.run("apply", "-f", SAMPLES / "quickstart.yaml", namespace=namespace)
    kube.run("wait", "--for=condition=Ready", f"mcpserver/{NAME}", "--timeout=150s", namespace=namespace)
    return namespace


@pytest.fixture(scope="module")
def quickstart(kube, place):
    return kube.get("mcpservers", NAME, place)


@pytest.fixture(scope="module")
def pods(kube, place):
    return kube.list("pods", place, "app.kubernetes.io/managed-by=mooring")


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as response:
        return response.read().decode()


@pytest.mark.parametrize("resource, name", CHILDREN)
def test_every_child_is_there_with_its_owner_and_labels(kube, place, quickstart, resource, name):
    child = kube.get(resource, name, place)

    assert child, f"{resource}/{name} is missing"
    assert child["metadata"]["ownerReferences"] == [
        {
            "apiVersion": "mooring.dev/v1alpha1",
            "kind": "McpServer",
            "name": NAME,
            "uid": quickstart["metadata"]["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
    ]
    assert LABELS.items() <= child["metadata"]["labels"].items()


@proves("spec.replicas")
def test_two_restricted_pods_are_admitted_and_hold_a_container_for_each_backend(pods):
    assert len(pods) == 2
    for pod in pods:
        spec = pod["spec"]
        native_sidecars = [c for c in spec["initContainers"] if c.get("restartPolicy") == "Always"]
        assert [c["name"] for c in spec["containers"]] == ["endpoint"]
        assert [c["name"] for c in native_sidecars] == ["backend-notes"]
        assert spec["automountServiceAccountToken"] is False
        for container in spec["initContainers"] + spec["containers"]:
            security = container["securityContext"]
            assert security["readOnlyRootFilesystem"] is True, container["name"]
            assert security["allowPrivilegeEscalation"] is False, container["name"]
            assert security["capabilities"] == {"drop": ["ALL"]}, container["name"]


def test_the_endpoint_is_probed_and_given_time_to_drain(pods):
    endpoint = pods[0]["spec"]["containers"][0]

    for probe, path in {"startupProbe": "/health", "readinessProbe": "/ready", "livenessProbe": "/health"}.items():
        assert endpoint[probe]["httpGet"]["path"] == path, probe
    assert endpoint["lifecycle"]["preStop"]["sleep"]["seconds"] >= 5
    assert pods[0]["spec"]["terminationGracePeriodSeconds"] >= 30


@proves(
    "status.observedGeneration",
    "status.replicas",
    "status.readyReplicas",
    "status.selector",
    "status.url",
    "status.image",
    "status.server",
    "status.server.name",
    "status.server.version",
    "status.server.protocolVersions",
    "status.server.tools",
    "status.conditions",
    "status.conditions[].type",
    "status.conditions[].status",
    "status.conditions[].reason",
    "status.conditions[].message",
    "status.conditions[].lastTransitionTime",
    "status.conditions[].observedGeneration",
)
def test_the_status_tells_what_runs_and_where(kube, place, quickstart):
    status = quickstart["status"]

    assert status["observedGeneration"] == quickstart["metadata"]["generation"]
    assert (status["replicas"], status["readyReplicas"]) == (2, 2)
    assert status["url"] == f"http://{NAME}.{place}.svc:3232/mcp"
    assert status["image"].startswith("mooring.dev/mcp-server:")
    assert status["server"]["name"] == NAME
    assert status["server"]["version"] == VERSION
    assert status["server"]["protocolVersions"] == ["2026-07-28", "2025-11-25"]
    assert status["server"]["tools"] == 5
    if "selector" in status:
        assert len(kube.list("pods", place, status["selector"])) == 2
    for kind in ["Accepted", "ReferencesResolved", "WorkloadAvailable", "EndpointVerified", "Ready"]:
        found = condition(quickstart, kind)
        assert found["status"] == "True", found
        assert found["observedGeneration"] == quickstart["metadata"]["generation"]
        assert found["reason"] and found["message"] and found["lastTransitionTime"]
    for kind in ["Reconciling", "Stalled"]:
        assert condition(quickstart, kind).get("status", "False") == "False"


def test_kubectl_get_moor_shows_what_a_person_wants_to_know(kube, place):
    header, row = kube.run("get", "moor", namespace=place).stdout.splitlines()

    for column in ["NAME", "READY", "STATUS", "REPLICAS", "TOOLS", "URL", "AGE"]:
        assert column in header.split(), header
    assert row.split()[0] == NAME
    for value in ["True", "Ready", "2", "5", f"http://{NAME}.{place}.svc:3232/mcp"]:
        assert value in row.split(), row


def test_events_tell_how_it_became_ready(kube, place):
    described = kube.run("describe", "mcpserver", NAME, namespace=place).stdout
    events = kube.list("events", place)
    mine = [e for e in events if e["regarding"]["kind"] == "McpServer" and e["regarding"]["name"] == NAME]

    assert "Ready" in {event["reason"] for event in mine}, [event["reason"] for event in mine]
    assert re.search(r"Normal\s+Ready", described), described
    for event in mine:
        assert event["reportingController"] == "mooring.dev/mcp-operator"
        assert event["note"] and event["action"]


def test_both_official_clients_are_served_in_both_generations(cluster, place):
    assert clients.interop(cluster.url(place, NAME)) == 32


def test_the_endpoint_tells_its_health_metrics_and_log(cluster, kube, place):
    clients.call(cluster.url(place, NAME), "on_call", {"team": "metrics"})

    assert fetch(cluster.url(place, NAME, path="/health"))
    assert json.loads(fetch(cluster.url(place, NAME, path="/ready")))["ready"] is True
    metrics = fetch(cluster.url(place, NAME, 9090, "/metrics"))
    for family in [
        "mcp_request_duration_seconds_bucket",
        "mcp_active_connections",
        "mcp_tools_executed_total",
        "mcp_backend_up",
    ]:
        assert re.search(f"^{family}", metrics, re.MULTILINE), f"{family} is missing from\n{metrics}"
    assert "# TYPE mcp_errors_total counter" in metrics
    log = kube.run("logs", f"deployment/{NAME}", "-c", "endpoint", namespace=place).stdout.splitlines()
    assert log
    for line in log:
        assert {"level", "msg"} <= json.loads(line).keys(), line


def test_applying_the_same_file_again_would_change_nothing(kube, place):
    done = kube.run("diff", "-f", SAMPLES / "quickstart.yaml", namespace=place, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
