# SPDX-License-Identifier: Apache-2.0
"""The NetworkPolicy of a server. Not every cluster enforces one: what is shown is the object, which the API server has accepted."""

import clients
from cluster import SYSTEM
from fields import proves, written
from kube import corrections, is_ready
from resources import declared, server

NAME = "guarded"
SELECTOR = {"matchLabels": {"example.com/app": "agent"}, "matchExpressions": [{"key": "tier", "operator": "In", "values": ["front"]}]}
PEERS = [
    {"podSelector": SELECTOR, "namespaceSelector": SELECTOR},
    {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
]
POLICY = {
    "mode": "Restricted",
    "from": PEERS,
    "metricsFrom": PEERS,
    "egress": [{"to": PEERS, "ports": [{"protocol": "TCP", "port": 443, "endPort": 444}]}],
}
ENDPOINT = {"protocol": "TCP", "port": 3232}
ADMIN = {"protocol": "TCP", "port": 9090}
ITSELF = {
    "podSelector": {"matchLabels": {"app.kubernetes.io/instance": NAME, "app.kubernetes.io/name": "mcp-server"}}
}
OPERATOR = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": SYSTEM}}}
ALWAYS_IN = [{"from": [ITSELF], "ports": [ENDPOINT]}, {"from": [OPERATOR], "ports": [ENDPOINT, ADMIN]}]
ALWAYS_OUT = [
    {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
    {"to": [ITSELF], "ports": [ENDPOINT]},
]


@proves("spec.networkPolicy", *written(POLICY, "spec.networkPolicy"))
def test_a_restricted_server_lets_through_what_it_names_and_what_it_needs(cluster, kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1, networkPolicy=POLICY))

    spec = kube.get("networkpolicies", NAME, namespace)["spec"]
    assert spec["podSelector"] == ITSELF["podSelector"]
    assert spec["policyTypes"] == ["Ingress", "Egress"]
    assert spec["ingress"] == [{"from": PEERS, "ports": [ENDPOINT]}, {"from": PEERS, "ports": [ADMIN]}, *ALWAYS_IN]
    assert spec["egress"] == [*ALWAYS_OUT, *POLICY["egress"]]
    assert not corrections(kube, namespace)
    assert "greet" in clients.tools(cluster.url(namespace, NAME))


def test_the_mode_makes_and_takes_the_policy_and_replaces_no_pod(kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1))
    assert kube.get("networkpolicies", NAME, namespace) is None
    before = kube.get("deployments", NAME, namespace)["metadata"]["generation"]

    kube.apply(server(NAME, declared(), replicas=1, networkPolicy={"mode": "Restricted"}), namespace=namespace)
    made = kube.wait_one("networkpolicies", NAME, namespace, lambda found: found, "the policy is made")
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is Ready behind its policy")

    everyone = [{"ports": [ENDPOINT]}, {"from": [{"namespaceSelector": {}}], "ports": [ADMIN]}]
    assert made["spec"]["ingress"] == [*everyone, *ALWAYS_IN]
    assert made["spec"]["egress"] == ALWAYS_OUT
    kube.apply(server(NAME, declared(), replicas=1, networkPolicy={"mode": "Open"}), namespace=namespace)
    kube.wait_gone("networkpolicies", namespace, "the policy goes")
    assert kube.get("deployments", NAME, namespace)["metadata"]["generation"] == before
