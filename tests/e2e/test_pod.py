# SPDX-License-Identifier: Apache-2.0
"""The pods are marked and placed as the resource says; what gets no place says why."""

from fields import proves, written
from kube import condition, corrections, is_ready, rolled_out
from resources import declared, server

NAME = "placed"
EXPRESSIONS = [{"key": "kubernetes.io/os", "operator": "In", "values": ["linux"]}]
SELECTOR = {"matchLabels": {"example.com/none": "x"}, "matchExpressions": [{"key": "example.com/no", "operator": "In", "values": ["x"]}]}
NODE_TERM = {
    "matchExpressions": EXPRESSIONS,
    "matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["elsewhere"]}],
}
POD_TERM = {
    "labelSelector": SELECTOR,
    "namespaceSelector": SELECTOR,
    "namespaces": ["default"],
    "topologyKey": "kubernetes.io/hostname",
    "matchLabelKeys": ["example.com/team"],
    "mismatchLabelKeys": ["example.com/shift"],
}
NEIGHBOURS = {
    "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 7, "podAffinityTerm": POD_TERM}],
}
AWAY = {**NEIGHBOURS, "requiredDuringSchedulingIgnoredDuringExecution": [POD_TERM]}
# A pod is always beside pods like itself.
ITSELF = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"example.com/team": "blue"}}}
BESIDE = {**NEIGHBOURS, "requiredDuringSchedulingIgnoredDuringExecution": [ITSELF]}
SPREAD = {
    "maxSkew": 2,
    "topologyKey": "kubernetes.io/hostname",
    "whenUnsatisfiable": "DoNotSchedule",
    "labelSelector": {"matchLabels": {"example.com/team": "blue"}, "matchExpressions": EXPRESSIONS},
    "matchLabelKeys": ["example.com/shift"],
    "minDomains": 1,
    "nodeAffinityPolicy": "Ignore",
    "nodeTaintsPolicy": "Honor",
}
# All there is, such that a node of any cluster takes it.
POD = {
    "labels": {"example.com/team": "blue", "example.com/shift": "night"},
    "annotations": {"example.com/note": "for people: é {}"},
    "nodeSelector": {"kubernetes.io/os": "linux"},
    "tolerations": [
        {"key": "dedicated", "operator": "Equal", "value": "mcp", "effect": "NoSchedule"},
        {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60},
    ],
    "affinity": {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [NODE_TERM]},
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 3, "preference": NODE_TERM}],
        },
        "podAffinity": BESIDE,
        "podAntiAffinity": AWAY,
    },
    "topologySpreadConstraints": [SPREAD],
    "priorityClassName": "system-cluster-critical",
    "serviceAccountName": "robot",
    "imagePullSecrets": [{"name": "registry"}],
}
# The selectors of podAffinity stand below required and preferred alike: what one shows is shown of both.
BESIDE_FIELDS = [
    path.replace("podAntiAffinity", "podAffinity") for path in written(POD, "spec.pod") if ".podAntiAffinity" in path
]
ROBOT = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "robot"}}
REGISTRY = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "registry"},
    "type": "kubernetes.io/dockerconfigjson",
    "stringData": {".dockerconfigjson": '{"auths": {}}'},
}


@proves("spec.pod", *written(POD, "spec.pod"), *BESIDE_FIELDS)
def test_the_pods_have_every_mark_and_place_that_is_written(kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1))
    first = kube.get("deployments", NAME, namespace)
    assert kube.get("serviceaccounts", NAME, namespace)

    ready(ROBOT, REGISTRY, server(NAME, declared(), replicas=1, pod=POD))
    deployment = kube.wait_one("deployments", NAME, namespace, rolled_out, "the marked pods are rolled out")

    template = deployment["spec"]["template"]
    for field in POD.keys() - {"labels", "annotations"}:
        assert template["spec"][field] == POD[field], field
    for kind in ("labels", "annotations"):
        assert template["metadata"][kind].items() >= POD[kind].items()
    assert deployment["spec"]["selector"] == first["spec"]["selector"]
    (pod,) = kube.list("pods", namespace, "example.com/team=blue")
    assert pod["spec"]["priority"] == 2_000_000_000
    kube.wait_gone("serviceaccounts", namespace, "nobody's account goes", f"mooring.dev/server={NAME}")
    generation = deployment["metadata"]["generation"]
    ready(server(NAME, declared(), replicas=1, pod=POD, logging={"level": "debug"}))
    again = kube.get("deployments", NAME, namespace)["metadata"]["generation"]
    assert again == generation + 1, "only the settings' change is written"
    assert not corrections(kube, namespace)


def test_a_node_without_the_label_is_told_and_the_pod_comes_when_it_has_it(kube, namespace):
    label = f"example.com/{namespace}"
    kube.apply(server(NAME, declared(), replicas=1, pod={"nodeSelector": {label: "yes"}}), namespace=namespace)
    waiting = kube.wait_one(
        "mcpservers",
        NAME,
        namespace,
        lambda found: condition(found, "WorkloadAvailable").get("reason") == "Unschedulable",
        "the missing label is told",
    )
    assert f"spec.pod.nodeSelector ({label}=yes)" in condition(waiting, "Ready")["message"]

    kube.run("label", "nodes", "--all", f"{label}=yes")
    try:
        kube.wait_one("mcpservers", NAME, namespace, is_ready, "the pod has its node")
    finally:
        kube.run("label", "nodes", "--all", f"{label}-")


def test_an_account_that_is_not_there_is_told_and_heals(kube, namespace):
    kube.apply(server(NAME, declared(), replicas=1, pod={"serviceAccountName": "robot"}), namespace=namespace)
    waiting = kube.wait_one(
        "mcpservers",
        NAME,
        namespace,
        lambda found: condition(found, "WorkloadAvailable").get("reason") == "PodRejected",
        "the missing account is told",
    )
    assert 'spec.pod.serviceAccountName is "robot"' in condition(waiting, "Ready")["message"]

    kube.apply(ROBOT, namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it runs as the robot")


def test_a_place_that_the_api_server_refuses_is_told_and_heals(kube, namespace):
    # The label is one of those that the server's own selector has, which only the API server compares, and not before there are pods.
    spread = {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "matchLabelKeys": ["app.kubernetes.io/name"]}
    kube.apply(server(NAME, declared(), replicas=1, pod={"topologySpreadConstraints": [spread]}), namespace=namespace)
    refused = kube.wait_one(
        "mcpservers",
        NAME,
        namespace,
        lambda found: condition(found, "WorkloadAvailable").get("reason") == "PodRejected",
        "the refusal is told",
    )
    said = condition(refused, "Ready")["message"]
    assert "topologySpreadConstraints[0]" in said, said
    assert "app.kubernetes.io/name" in said, said

    kube.apply(server(NAME, declared(), replicas=1), namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it heals when the spec does")
