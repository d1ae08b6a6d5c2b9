# SPDX-License-Identifier: Apache-2.0
"""mcpctl against a real cluster: what it says would happen is what then happens, and what it says of servers is so."""

import copy
import json
import os
import subprocess

import pytest

from cluster import ROOT
from kube import condition, is_ready
from resources import declared, server, stdio, tool

MCPCTL = ROOT / os.environ.get("MOORING_BIN", "build/release") / "operator" / "mcpctl"
NAME = "planned"
# Without objects of prometheus-operator: its kinds may come and go while other tests run.
SPEC = server(NAME, declared(), networkPolicy={"mode": "Restricted"}, monitoring={"scrape": "None"})


@pytest.fixture
def mcpctl(cluster):
    def run(*arguments, stdin=None, env=None):
        command = [str(part) for part in (MCPCTL, *arguments, "--kubeconfig", cluster.kubeconfig)]
        return subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=60)

    return run


@pytest.fixture(scope="module")
def place(kube, new_namespace):
    namespace = new_namespace("mcpctl")
    kube.apply(SPEC, namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, f"{NAME} is Ready")
    return namespace


@pytest.fixture
def plan(mcpctl, place):
    """Plans a resource in the namespace; answers the exit code, and the plan of the one server or None."""

    def run(resource, namespace=place):
        done = mcpctl("plan", "-f", "-", "-n", namespace, "-o", "json", stdin=json.dumps(resource))
        servers = json.loads(done.stdout)["servers"]
        return done.returncode, servers[0] if servers else None, done.stderr

    return run


def changed(**spec):
    resource = copy.deepcopy(SPEC)
    resource["spec"].update(spec)
    return resource


def actions(plan):
    return {f"{each['kind']}/{each['name']}": each["action"] for each in plan["objects"] if each["action"] != "none"}


def versions(kube, namespace):
    kinds = ["mcpservers", "deployments", "services", "configmaps", "secrets", "networkpolicies", "poddisruptionbudgets"]
    return {
        (kind, each["metadata"]["name"]): each["metadata"].get("generation", each["metadata"]["resourceVersion"])
        for kind in kinds
        for each in kube.list(kind, namespace)
    }


def test_a_host_that_another_has_is_told_and_not_planned(kube, new_namespace, plan):
    ingress = {"host": "planned.acme.com", "className": "none"}
    elsewhere = new_namespace("mcpctl elsewhere")
    kube.apply(server("first", declared(), replicas=0, ingress=ingress), namespace=elsewhere)
    kube.wait("ingresses", elsewhere, lambda found: "first" in found, "the first has its Ingress")

    _, planned, _ = plan(changed(ingress=ingress))
    assert f"Ingress/{NAME}" not in actions(planned)
    (told,) = [note for note in planned["notes"] if "spec.ingress" in note]
    assert f'host "planned.acme.com" and path "/mcp" of IngressClass "none" is served by McpServer {elsewhere}/first' in told

    _, planned, _ = plan(changed(ingress={**ingress, "path": "/own"}))
    assert actions(planned)[f"Ingress/{NAME}"] == "create" and not planned["notes"]


def test_what_stands_there_as_it_is_written_changes_nothing(kube, place, plan):
    before = versions(kube, place)
    code, planned, _ = plan(SPEC)
    assert (code, actions(planned), planned["rollsPods"]) == (0, {}, False)
    assert versions(kube, place) == before


def test_what_would_change_is_told_object_by_object_and_is_what_then_happens(kube, place, plan):
    spec = changed(replicas=1, networkPolicy={"mode": "Open"}, logging={"level": "debug"})
    before = versions(kube, place)
    code, planned, _ = plan(spec)
    assert code == 2
    assert versions(kube, place) == before, "a plan changes nothing"
    assert actions(planned) == {
        f"McpServer/{NAME}": "change",
        f"ConfigMap/{NAME}-settings": "change",
        f"Deployment/{NAME}": "change",
        f"PodDisruptionBudget/{NAME}": "remove",
        f"NetworkPolicy/{NAME}": "remove",
    }
    assert planned["rollsPods"] is True
    told = {change["path"]: change["to"] for each in planned["objects"] for change in each["changes"]}
    assert told["spec.replicas"] == 1
    assert told['data["settings.json"].logging.level'] == "debug"

    kube.apply(spec, namespace=place)
    kube.wait_one("mcpservers", NAME, place, is_ready, f"{NAME} is Ready again")
    code, planned, _ = plan(spec)
    assert (code, actions(planned)) == (0, {})
    kube.apply(SPEC, namespace=place)
    kube.wait_one("mcpservers", NAME, place, is_ready, f"{NAME} is as before")


def test_more_replicas_leave_those_that_run(plan):
    code, planned, _ = plan(changed(replicas=3))
    assert (code, planned["rollsPods"]) == (2, False)
    assert planned["pods"] == "those that run are kept, and there are 3 instead of 2"


def test_a_new_server_is_tried_whole_and_nothing_of_it_is_left(kube, new_namespace, mcpctl):
    namespace = new_namespace("plan-new")
    done = mcpctl("plan", "-f", "-", "-n", namespace, stdin=json.dumps(SPEC))
    assert done.returncode == 2, done.stderr
    for line in [f"+ McpServer/{NAME}", f"+ Secret/{NAME}-keys", f"+ Deployment/{NAME}", "pods: 2 are started"]:
        assert line in done.stdout
    assert kube.list("mcpservers", namespace) == []
    assert kube.list("deployments", namespace) == []


def test_what_belongs_to_somebody_else_is_told_before_it_is_tried(kube, new_namespace, mcpctl):
    namespace = new_namespace("plan-clash")
    kube.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"{NAME}-settings"}}, namespace=namespace)
    done = mcpctl("plan", "-f", "-", "-n", namespace, stdin=json.dumps(SPEC))
    assert done.returncode == 1
    assert f"! ConfigMap/{NAME}-settings: belongs to somebody else" in done.stdout


@pytest.mark.parametrize(
    "resource, namespace, said",
    [
        (changed(replicas=1000), None, ["spec.replicas", "1000", "0 to 100"]),
        (server(NAME, declared("greeter", tool(), tool())), None, ["spec.backends[0].tools", "greet"]),
        (SPEC, "nowhere-to-be-found", ['namespaces "nowhere-to-be-found" not found', "kubectl create namespace"]),
    ],
)
def test_what_cannot_be_applied_is_an_error_that_says_why(plan, place, resource, namespace, said):
    code, planned, words = plan(resource, namespace or place)
    assert (code, planned) == (1, None)
    for word in said:
        assert word in words


def test_status_says_how_all_of_them_do_and_what_to_do_where_one_is_not_ready(kube, mcpctl, new_namespace):
    namespace = new_namespace("status")
    variable = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "nowhere", "key": "token"}}}
    kube.apply(server("lacks", stdio(env=[variable]), replicas=1), namespace=namespace)
    kube.wait_one(
        "mcpservers", "lacks", namespace, lambda found: condition(found, "Ready").get("reason") == "SecretMissing", "lacks says so"
    )
    for arguments in [["status", "-n", namespace], ["status", "lacks", "-n", namespace]]:
        done = mcpctl(*arguments)
        assert done.returncode == 1
        assert "SecretMissing" in done.stdout and "spec.backends[0].stdio.env[0].valueFrom.secretKeyRef.name" in done.stdout


def test_status_of_one_knows_its_backends_pods_and_events(mcpctl, place):
    done = mcpctl("status", NAME, "-n", place, "-o", "json")
    assert done.returncode == 0, done.stdout + done.stderr
    told = json.loads(done.stdout)
    assert (told["ready"], told["readyReplicas"], told["tools"], told["notes"]) == (True, 2, 1, [])
    assert [backend["state"] for backend in told["backends"]] == ["up in 2 of 2 pods"]
    assert sum(pod["ready"] for pod in told["pods"]) >= 2
    assert "Ready" in {event["reason"] for event in told["events"]}


def test_the_doctor_finds_nothing_wrong_where_all_is_well(mcpctl, place):
    done = mcpctl("doctor", "-n", place, "-o", "json")
    told = json.loads(done.stdout)
    states = {check["what"].strip(): check["state"] for check in told["checks"]}
    assert (done.returncode, told["well"]) == (0, True), done.stdout
    for what in ["API server", "CustomResourceDefinition", "Operator", "Leader", "Permissions of the operator"]:
        assert states[what] == "good", done.stdout
    assert states[f"mcpserver {place}/{NAME}"] == states[f"endpoint of {place}/{NAME}"] == "good", done.stdout
