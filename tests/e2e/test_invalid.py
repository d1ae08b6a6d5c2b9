# SPDX-License-Identifier: Apache-2.0
"""What cannot be right is refused by the API server itself: kubectl names the field, the value and what is allowed."""

import json

import pytest

from resources import declared, server, stdio, tool


def changed(found, **fields):
    return {**found, **fields}


def with_env(*env):
    return stdio(env=list(env))


def node_terms(expression):
    return {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def pod_terms(term):
    return {"requiredDuringSchedulingIgnoredDuringExecution": [term]}


SECRET = {"secretKeyRef": {"name": "s", "key": "k"}}

# a sentence -> the McpServer, and what kubectl's answer must contain
REFUSED = {
    "a number as text": (server("a", declared(), replicas="two"), ["spec.replicas", "string", "integer"]),
    "a text as number": (server("a", declared("b", tool(text=7))), ["spec.backends[0].tools[0].text", "string"]),
    "an unknown field": (server("a", declared(), replica=2), ['unknown field "spec.replica"']),
    "an unknown field far below": (
        server("a", stdio(commands=["x"])),
        ['unknown field "spec.backends[0].stdio.commands"'],
    ),
    "no backends": (server("a"), ["spec.backends", "should have at least 1 items"]),
    "two backends of one name": (server("a", declared("b"), stdio("b")), ["spec.backends[1]", "Duplicate value", '"b"']),
    "both stdio and tools": (
        server("a", changed(stdio("b"), tools=[tool()])),
        ["spec.backends[0]", "exactly one of", "stdio", "tools"],
    ),
    "neither stdio nor tools": (server("a", {"name": "b"}), ["spec.backends[0]", "exactly one of", "stdio", "tools"]),
    "a name of 41 letters": (server("a" * 41, declared()), ["metadata.name", "40"]),
    "a name that begins with a digit": (server("1st", declared()), ["metadata.name", "1st"]),
    "a backend's name in capitals": (server("a", declared("Greeter")), ["spec.backends[0].name", "Greeter"]),
    "a backend's name of 31 letters": (server("a", declared("b" * 31)), ["spec.backends[0].name", "30"]),
    "too many replicas": (server("a", declared(), replicas=101), ["spec.replicas", "101", "100"]),
    "fewer than no replicas": (server("a", declared(), replicas=-1), ["spec.replicas", "-1", "0"]),
    "no image": (
        server("a", {"name": "b", "stdio": {"command": ["x"]}}),
        ["spec.backends[0].stdio.image", "Required value"],
    ),
    "an empty image": (server("a", stdio(image="")), ["spec.backends[0].stdio.image", "at least 1 chars"]),
    "an empty command": (server("a", stdio(command=[])), ["spec.backends[0].stdio.command", "at least 1 items"]),
    "a pull policy there is not": (
        server("a", stdio(imagePullPolicy="Sometimes")),
        ["spec.backends[0].stdio.imagePullPolicy", "Sometimes", "Always", "IfNotPresent", "Never"],
    ),
    "a variable's name with a dash": (
        server("a", with_env({"name": "MY-VAR", "value": "x"})),
        ["spec.backends[0].stdio.env[0].name", "MY-VAR"],
    ),
    "a variable with two values": (
        server("a", with_env({"name": "X", "value": "x", "valueFrom": SECRET})),
        ["spec.backends[0].stdio.env[0]", "exactly one of", "value", "valueFrom"],
    ),
    "a variable without a value": (
        server("a", with_env({"name": "X"})),
        ["spec.backends[0].stdio.env[0]", "exactly one of", "value", "valueFrom"],
    ),
    "one variable twice": (
        server("a", with_env({"name": "X", "value": "1"}, {"name": "X", "value": "2"})),
        ["spec.backends[0].stdio.env[1]", "Duplicate value", '"X"'],
    ),
    "a Secret without a key": (
        server("a", with_env({"name": "X", "valueFrom": {"secretKeyRef": {"name": "s"}}})),
        ["spec.backends[0].stdio.env[0].valueFrom.secretKeyRef.key", "Required value"],
    ),
    "a tool's name with a space": (
        server("a", declared("b", tool("say hello"))),
        ["spec.backends[0].tools[0].name", "say hello"],
    ),
    "one tool twice in a backend": (
        server("a", declared("b", tool("t"), tool("t"))),
        ["spec.backends[0].tools[1]", "Duplicate value", '"t"'],
    ),
    "a tool without a description": (
        server("a", declared("b", {"name": "t", "text": "x"})),
        ["spec.backends[0].tools[0].description", "Required value"],
    ),
    "a tool without an answer": (
        server("a", declared("b", {"name": "t", "description": "x"})),
        ["spec.backends[0].tools[0].text", "Required value"],
    ),
    "a time that is none": (server("a", declared("b", timeout="soon")), ["spec.backends[0].timeout", "soon"]),
    "a time that is too long": (server("a", declared("b", timeout="2h")), ["spec.backends[0].timeout", "2h", "1h"]),
    "a time that is too short": (server("a", declared("b", timeout="1ms")), ["spec.backends[0].timeout", "1ms", "100ms"]),
    "a start that takes too long": (
        server("a", stdio(startTimeout="1h")),
        ["spec.backends[0].stdio.startTimeout", "1h", "10m"],
    ),
    "keys that seal for too short": (
        server("a", declared(), sessions={"keyRotation": "59m"}),
        ["spec.sessions.keyRotation", "59m", "1h", "8760h", "0s"],
    ),
    "keys that sessions outlive by far": (
        server("a", declared(), sessions={"ttl": "720h", "keyRotation": "89h"}),
        ["spec.sessions", "keyRotation", "eighth of ttl"],
    ),
    "a quantity that is none": (
        server("a", declared(), resources={"requests": {"memory": "lots"}}),
        ["spec.resources.requests.memory", "lots"],
    ),
    "a log level there is not": (
        server("a", declared(), logging={"level": "loud"}),
        ["spec.logging.level", "loud", "debug", "info", "warn", "error"],
    ),
    "a response time that cannot be measured": (
        server("a", declared(), monitoring={"alerts": {"p95Seconds": 10}}),
        ["spec.monitoring.alerts.p95Seconds", "above 0 and below 10"],
    ),
    "an alert's label that is none": (
        server("a", declared(), monitoring={"alerts": {"labels": {"acme.com/team": "a"}}}),
        ["spec.monitoring.alerts.labels", "must have names such as"],
    ),
    "a label that is the operator's": (
        server("a", declared(), pod={"labels": {"app.kubernetes.io/name": "mine"}}),
        ["spec.pod.labels", "app.kubernetes.io/", "mooring.dev/", "pod-template-hash"],
    ),
    "a label that is none": (
        server("a", declared(), pod={"labels": {"a b": "c"}}),
        ["spec.pod.labels", 'has "a b": "c", must have keys such as', "example.com/zone"],
    ),
    "a selector without values": (
        server("a", declared(), networkPolicy={"mode": "Restricted", "from": [{"podSelector": {"matchExpressions": [{"key": "k", "operator": "In"}]}}]}),
        ["spec.networkPolicy.from[0].podSelector.matchExpressions[0]", "has operator In and no values, must have values"],
    ),
    "a selector with values too many": (
        server("a", declared(), pod={"affinity": {"nodeAffinity": node_terms({"key": "k", "operator": "Exists", "values": ["a"]})}}),
        ["nodeSelectorTerms[0].matchExpressions[0]", "has operator Exists and values, must have values"],
    ),
    "a node that is above no number": (
        server("a", declared(), pod={"affinity": {"nodeAffinity": node_terms({"key": "k", "operator": "Gt", "values": ["a"]})}}),
        ["nodeSelectorTerms[0].matchExpressions[0]", "one value that is a whole number"],
    ),
    "labels of pods that nobody selects": (
        server("a", declared(), pod={"affinity": {"podAntiAffinity": pod_terms({"topologyKey": "z", "matchLabelKeys": ["a"]})}}),
        ["spec.pod.affinity.podAntiAffinity", "must have a labelSelector"],
    ),
    "a label that must be alike and must not": (
        server("a", declared(), pod={"affinity": {"podAffinity": pod_terms(
            {"topologyKey": "z", "labelSelector": {}, "matchLabelKeys": ["a"], "mismatchLabelKeys": ["a"]}
        )}}),
        ["spec.pod.affinity.podAffinity", "both matchLabelKeys and mismatchLabelKeys"],
    ),
    "a spreading by a label twice": (
        server("a", declared(), pod={"topologySpreadConstraints": [
            {"topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule", "matchLabelKeys": ["a"], "labelSelector": {"matchLabels": {"a": "b"}}}
        ]}),
        ["spec.pod.topologySpreadConstraints[0]", "no key in matchLabelKeys"],
    ),
    "an address for a host": (
        server("a", declared(), ingress={"host": "10.0.0.1"}),
        ["spec.ingress.host", "10.0.0.1", "must be a name, not an address"],
    ),
    "a path with a detour": (
        server("a", declared(), ingress={"host": "a.com", "path": "/a/../b"}),
        ["spec.ingress.path", "/a/../b", "must have no"],
    ),
    "one Gateway twice": (
        server("a", declared(), gateway={"parentRefs": [{"name": "g"}, {"name": "g"}]}),
        ["spec.gateway.parentRefs", "must name each Gateway once"],
    ),
    "an annotation that is the operator's": (
        server("a", declared(), pod={"annotations": {"mooring.dev/x": "mine"}}),
        ["spec.pod.annotations", "mooring.dev/"],
    ),
    "a toleration of nothing": (
        server("a", declared(), pod={"tolerations": [{"effect": "NoSchedule"}]}),
        ["spec.pod.tolerations[0]", "must have a key", "Exists"],
    ),
    "an affinity there is not": (
        server("a", declared(), pod={"affinity": {"nodesAffinity": {}}}),
        ['unknown field "spec.pod.affinity.nodesAffinity"'],
    ),
    "one spreading twice": (
        server("a", declared(), pod={"topologySpreadConstraints": [{"topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule"}] * 2}),
        ["spec.pod.topologySpreadConstraints", "topologyKey", "once"],
    ),
    "peers of an open network": (
        server("a", declared(), networkPolicy={"from": []}),
        ["spec.networkPolicy", "must have mode Restricted"],
    ),
    "a peer that is nobody": (
        server("a", declared(), networkPolicy={"mode": "Restricted", "from": [{}]}),
        ["spec.networkPolicy.from[0]", "ipBlock", "podSelector", "namespaceSelector"],
    ),
    "an Ingress without a host": (
        server("a", declared(), ingress={"className": "nginx"}),
        ["spec.ingress.host", "Required value"],
    ),
    "a host with a wildcard": (server("a", declared(), ingress={"host": "*.acme.com"}), ["spec.ingress.host", "*.acme.com"]),
    "a path of the probes": (
        server("a", declared(), ingress={"host": "a.com", "path": "/ready"}),
        ["spec.ingress.path", "/health and /ready", "/mcp"],
    ),
    "a gateway without parents": (server("a", declared(), gateway={"parentRefs": []}), ["spec.gateway.parentRefs", "at least 1 items"]),
    "two paths": (
        server("a", declared(), ingress={"host": "a.com"}, gateway={"parentRefs": [{"name": "g"}], "path": "/other"}),
        ["ingress.path and gateway.path must be the same"],
    ),
    "an issuer of a kind there is not": (
        server("a", declared(), ingress={"host": "a.com", "tls": {"secretName": "s", "issuerRef": {"kind": "Acme", "name": "x"}}}),
        ["spec.ingress.tls.issuerRef.kind", "Acme", "Issuer", "ClusterIssuer"],
    ),
    "an autoscaler without a target": (
        server("a", declared(), autoscaling={"maxReplicas": 4}),
        ["spec.autoscaling", "must have targetInFlight or targetCpuPercent"],
    ),
    "an autoscaler without room": (
        server("a", declared(), autoscaling={"minReplicas": 5, "maxReplicas": 4, "targetInFlight": 9}),
        ["spec.autoscaling", "at most maxReplicas"],
    ),
    "replicas and an autoscaler": (
        server("a", declared(), replicas=2, autoscaling={"maxReplicas": 4, "targetInFlight": 9}),
        ["replicas and autoscaling cannot both be there"],
    ),
    "a log format there is not": (
        server("a", declared(), logging={"format": "xml"}),
        ["spec.logging.format", "xml", "json", "text"],
    ),
}


@pytest.fixture(scope="module")
def place(new_namespace):
    return new_namespace("invalid")


@pytest.mark.parametrize("what", REFUSED)
def test_kubectl_refuses(kube, place, what):
    refused, expected = REFUSED[what]

    done = kube.run("apply", "--dry-run=server", "-f", "-", namespace=place, stdin=json.dumps(refused), check=False)

    assert done.returncode != 0, f"accepted: {done.stdout}"
    for part in expected:
        assert part in done.stderr, f"{part!r} is missing from: {done.stderr}"
