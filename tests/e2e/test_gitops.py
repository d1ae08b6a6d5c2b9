# SPDX-License-Identifier: Apache-2.0
"""What tools that sync a cluster with a repository see of our objects, by their own libraries (tests/gitops)."""

import json

import pytest
import yaml

import plain
from cluster import CHART, run, tool
from kube import condition, is_ready
from resources import declared, one_liner, server, stdio
from resources import tool as with_tool

HEALTH = CHART / "files" / "argocd-health.lua"
BY_SERVER = ["--server-side", "--force-conflicts", "--field-manager=argocd-controller"]
WAKES_LATE = one_liner(["late"], "() => 'awake'", delay_ms=280_000)
# Of what the schema has defaults for only what must be written is; quantities and numbers in each form.
SPARSE = server(
    "synced",
    stdio("first", resources={"requests": {"cpu": 1, "memory": "64Mi"}, "limits": {"cpu": "1.50"}}, instances={}),
    declared("second", {"name": "hail", "description": "Hails", "text": "Hail!"}),
    declared("third"),
    replicas=1,
    resources={"requests": {"cpu": "0.10", "memory": "67108864"}},
    pod={
        "tolerations": [{"key": "spare"}, {"operator": "Exists"}],
        "topologySpreadConstraints": [{"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
    },
    networkPolicy={"mode": "Restricted", "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"port": 443}]}]},
    sessions={"ttl": "48h"},
    monitoring={"alerts": {"errorsPerSecond": 0.50}},
)
# By which Argo CD knows what belongs to an application: no child is to have them.
TRACKED = {"labels": {"tracked": "yes"}, "annotations": {"argocd.argoproj.io/tracking-id": "tools:mooring.dev/McpServer:tools/synced"}}
SPARSE["metadata"].update(TRACKED)


def look(cluster, *asked):
    """What is seen of objects, each alone or with the manifest that was applied."""
    pairs = [(each, None) if isinstance(each, dict) else each for each in asked]
    questions = json.dumps([{"live": live, "manifest": manifest} for live, manifest in pairs])
    return json.loads(run(tool("gitops"), f"--kubeconfig={cluster.kubeconfig}", f"--health={HEALTH}", input=questions, timeout=120))


def live(kube, *manifests, namespace):
    """The objects of these manifests as they are, with who manages which field of them."""
    text = "\n---\n".join(json.dumps(each) for each in manifests)
    told = kube.run("get", "-f", "-", "-o", "json", "--show-managed-fields", namespace=namespace, stdin=text).stdout
    found = json.loads(told)
    return found["items"] if found["kind"] == "List" else [found]


def assert_synced(cluster, kube, *manifests, namespace):
    wrong = []

    def is_synced():
        seen = look(cluster, *zip(live(kube, *manifests, namespace=namespace), manifests))
        wrong[:] = [each for each in seen if not is_well(each) or each["differences"]]
        return not wrong

    plain.eventually(is_synced, wrong, patience=60)


def is_well(seen):
    return seen["kstatus"]["status"] == "Current" and (seen["health"] is None or seen["health"]["status"] == "Healthy")


def test_a_server_that_was_synced_is_healthy_and_nothing_of_it_differs(cluster, kube, namespace, ready):
    ready(SPARSE)
    assert_synced(cluster, kube, SPARSE, namespace=namespace)

    kube.run("apply", *BY_SERVER, "-f", "-", stdin=json.dumps(SPARSE), namespace=namespace)
    assert_synced(cluster, kube, SPARSE, namespace=namespace)

    changed = {**SPARSE, "spec": {**SPARSE["spec"], "replicas": 2}}
    (seen,) = look(cluster, (*live(kube, SPARSE, namespace=namespace), changed))
    wanted = {"spec": {"replicas": 2}}
    assert seen["differences"].keys() == {"client", "structured", "server"}, "a difference is not seen"
    assert json.loads(seen["differences"]["client"]) == wanted

    kinds = ["deployment", "service", "configmap", "networkpolicy", "serviceaccount"]
    wrong = []

    def are_children_well():
        told = kube.run("get", ",".join(kinds), "-l", "mooring.dev/server=synced", "-o", "json", namespace=namespace).stdout
        children = json.loads(told)["items"]
        assert {each["kind"].lower() for each in children} == set(kinds)
        for child in children:
            for what, values in TRACKED.items():
                assert child["metadata"].get(what, {}).keys().isdisjoint(values), child["metadata"]
        wrong[:] = [seen for seen in look(cluster, *children) if not is_well(seen)]
        return not wrong

    plain.eventually(are_children_well, wrong, patience=60)


# Others ask which operators there are, and count what is written.
@pytest.mark.alone
def test_the_chart_that_was_synced_is_healthy_and_nothing_of_it_differs(cluster, kube, namespace):
    values = [f"image.tag={cluster.operator_image.rpartition(':')[2]}", f"watchNamespaces={{{namespace}}}", "fullnameOverride=synced"]
    values += ["replicas=2", "dashboard.enabled=true"]
    text = cluster.helm("template", "synced", CHART, f"--namespace={namespace}", "--skip-tests", *(f"--set={value}" for value in values))
    manifests = [each for each in yaml.safe_load_all(text) if each]
    crds = [each for each in manifests if each["kind"] == "CustomResourceDefinition"]
    others = [each for each in manifests if each not in crds]
    assert len(crds) == 1 and {"Deployment", "Service", "Role", "PodDisruptionBudget", "ConfigMap"} <= {each["kind"] for each in others}

    try:
        for how in [], BY_SERVER:
            kube.run("apply", *how, "-f", "-", stdin=yaml.safe_dump_all(others))
            kube.run("rollout", "status", "deployment/synced", "--timeout=150s", namespace=namespace)
            assert_synced(cluster, kube, *others, namespace=namespace)
    finally:
        kube.run("delete", "deployment", "synced", "--ignore-not-found", namespace=namespace)
        kube.wait_gone("pods", namespace, "the second operator goes")
    # There is one for all: what Helm has installed is compared, and that its labels are another release's does not count.
    for found in crds:
        found["metadata"].pop("labels", None)
    assert_synced(cluster, kube, *crds, namespace=None)


def test_what_becomes_of_a_server_is_seen(cluster, kube, namespace, ready):
    steady = server("steady", declared(), replicas=1)
    held = server("held", declared(), replicas=0)
    held["metadata"]["finalizers"] = ["example.com/hold"]
    states = {
        "starting": server("starting", stdio("late", WAKES_LATE, startTimeout="5m"), replicas=1),
        "imageless": server("imageless", declared(), image="mooring.dev/mcp-server:none", replicas=1),
        "invalid": server("invalid", declared("greeter", with_tool(text="Hello, {nmae}!")), replicas=1),
        "suspended": server("suspended", declared(), replicas=1, suspend=True),
        "off": server("off", declared(), replicas=0),
    }
    kube.apply(*states.values(), namespace=namespace)
    ready(steady, held)
    kube.run("delete", "mcpserver", "held", "--wait=false", namespace=namespace)
    kube.patch("mcpservers", "steady", namespace, {"spec": {"image": "mooring.dev/mcp-server:none"}})

    def until(name, told):
        def is_told(found):
            return found["status"].get("observedGeneration") == found["metadata"]["generation"] and told(found)

        return kube.wait_one("mcpservers", name, namespace, lambda found: "status" in found and is_told(found), f"{name} is told of")

    try:
        is_rolling = {"Reconciling": "True", "WorkloadAvailable": "False"}
        wanted = {
            "steady": (is_rolling, "InProgress", "Progressing"),
            "starting": (is_rolling, "InProgress", "Progressing"),
            "imageless": (is_rolling, "InProgress", "Progressing"),
            "invalid": ({"Stalled": "True"}, "Failed", "Degraded"),
            "suspended": ({"Paused": "True"}, "InProgress", "Suspended"),
            "off": ({"Ready": "True"}, "Current", "Healthy"),
        }
        found = {
            name: until(name, lambda found, told=told: all(condition(found, kind).get("status") == is_so for kind, is_so in told.items()))
            for name, (told, _, _) in wanted.items()
        }
        found["held"] = kube.get("mcpservers", "held", namespace)
        wanted["held"] = ({}, "Terminating", "Progressing")
        found["new"] = {**steady, "metadata": {"name": "new", "generation": 1}}
        wanted["new"] = ({}, "Current", "Progressing")
        found["changed"] = {**found["off"], "metadata": {**found["off"]["metadata"], "generation": 99}}
        wanted["changed"] = ({}, "InProgress", "Progressing")
        seen = {name: (each["kstatus"]["status"], each["health"]["status"]) for name, each in zip(found, look(cluster, *found.values()))}
        assert seen == {name: (status, health) for name, (_, status, health) in wanted.items()}
        assert "nmae" in look(cluster, found["invalid"])[0]["health"]["message"]
    finally:
        kube.patch("mcpservers", "held", namespace, {"metadata": {"finalizers": None}})
