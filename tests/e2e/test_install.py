# SPDX-License-Identifier: Apache-2.0
"""The operator can be installed by Helm and by plain manifests, and what runs outlives the change of installer."""

import clients
from cluster import CHART, OPERATOR, ROOT, SYSTEM, run, tool
from kube import is_ready
from resources import declared, server


def test_the_chart_passes_lint_and_the_manifests_are_printed_from_it():
    run(tool("helm"), "lint", "--strict", CHART)
    run(ROOT / "manifests" / "make.sh", "--check", env={"HELM": tool("helm"), "PATH": "/usr/bin:/bin"})


def test_the_operator_may_do_what_it_needs_and_no_more(cluster, kube):
    account = f"system:serviceaccount:{SYSTEM}:{OPERATOR}"

    def allowed(verb, resource):
        done = kube.run("auth", "can-i", verb, resource, f"--as={account}", "--all-namespaces", check=False)
        return done.stdout.strip() == "yes"

    for verb, resource in [("watch", "mcpservers.mooring.dev"), ("patch", "deployments.apps"), ("get", "secrets")]:
        assert allowed(verb, resource), f"{verb} {resource}"
    for verb, resource in [
        ("list", "secrets"),
        ("watch", "secrets"),
        ("patch", "mcpservers.mooring.dev"),
        ("delete", "mcpservers.mooring.dev"),
        ("delete", "pods"),
        ("create", "pods"),
        ("create", "rolebindings.rbac.authorization.k8s.io"),
    ]:
        assert not allowed(verb, resource), f"{verb} {resource}"


def test_an_operator_of_some_namespaces_has_a_role_in_each_and_none_for_the_cluster(
    cluster, kube, namespace, new_namespace, ready
):
    other = new_namespace("not watched")
    cluster.install(f"watchNamespaces={{{namespace}}}")
    try:
        done = kube.run("get", "clusterrole,clusterrolebinding", OPERATOR, check=False)
        assert done.returncode != 0 and "not found" in done.stderr, done.stdout
        ready(server("watched", declared(), replicas=1))
        assert clients.call(cluster.url(namespace, "watched"), "greet", {"name": "you"}) == "Hello, you!"

        kube.apply(server("unseen", declared(), replicas=1), namespace=other)
        ready(server("later", declared(), replicas=1))
        assert "status" not in kube.get("mcpservers", "unseen", other)
    finally:
        cluster.install()
    kube.wait_one("mcpservers", "unseen", other, is_ready, "the other namespace is served again")


def test_plain_manifests_take_over_from_helm_and_no_server_is_touched(cluster, kube, namespace, ready):
    ready(server("before", declared(), replicas=1))
    pods = {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}
    url = cluster.url(namespace, "before")

    manifests = cluster.manifests()
    cluster.helm("uninstall", "mooring", "--wait")
    try:
        assert clients.call(url, "greet", {"name": "nobody in charge"}) == "Hello, nobody in charge!"
        kube.run("apply", "-f", "-", stdin=manifests)
        kube.run("rollout", "status", f"deployment/{OPERATOR}", "--timeout=120s", namespace=SYSTEM)
        ready(server("plain", declared(), replicas=1))

        assert is_ready(kube.get("mcpservers", "before", namespace))
        same = kube.list("pods", namespace, selector="app.kubernetes.io/instance=before")
        assert {pod["metadata"]["uid"] for pod in same} == pods
    finally:
        kube.run("delete", "-f", "-", "--ignore-not-found", stdin=_without_lasting_parts(manifests), check=False)
        cluster.install()


def _without_lasting_parts(manifests):
    """The manifests less the namespace and the CRD, which outlive any installation."""
    parts = manifests.split("\n---\n")
    return "\n---\n".join(p for p in parts if "kind: Namespace\n" not in p and "kind: CustomResourceDefinition\n" not in p)
