# SPDX-License-Identifier: Apache-2.0
"""The operator can be installed by Helm and by plain manifests, and what runs outlives the change of installer."""

import json
import shutil

import pytest
import yaml

import clients
import plain
from cluster import CHART, OPERATOR, ROOT, SYSTEM, VERSION, run, tool
from fields import proves
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


def test_who_may_view_or_edit_a_namespace_may_so_its_servers(kube, namespace):
    def bind(role):
        subject = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": f"{role}er"}
        kube.apply(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "RoleBinding",
                "metadata": {"name": role},
                "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
                "subjects": [subject],
            },
            namespace=namespace,
        )

    def allowed(role, verb, resource="mcpservers.mooring.dev", subresource=""):
        asked = ["auth", "can-i", verb, resource, f"--subresource={subresource}", f"--as={role}er"]
        return kube.run(*asked, namespace=namespace, check=False).stdout.strip() == "yes"

    for role in ("view", "edit", "admin"):
        bind(role)
        # Kubernetes gathers the roles a moment after they are made.
        plain.eventually(lambda: allowed(role, "list"), f"{role} does not list servers", patience=30)
    for role in ("edit", "admin"):
        plain.eventually(lambda: allowed(role, "patch"), f"{role} does not change servers", patience=30)
        assert allowed(role, "delete") and allowed(role, "patch", subresource="scale")
        assert not allowed(role, "patch", subresource="status")
    assert not allowed("view", "patch") and not allowed("view", "create")


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


OTHER = "mooring-team-a"


@pytest.fixture
def other_operator(cluster, kube):
    """Installs a second operator, which serves what names it, beside the first."""

    def install():
        named = ["--set=controllerName=team-a", "--set=crds.enabled=false"]
        cluster.helm("--namespace", OTHER, "install", OTHER, CHART, "--create-namespace", *cluster.tags, *named)
        kube.run("rollout", "status", f"deployment/{OTHER}-operator", "--timeout=120s", namespace=OTHER)

    yield install
    cluster.helm("--namespace", OTHER, "uninstall", OTHER, "--ignore-not-found", "--wait")
    kube.run("delete", "namespace", OTHER, "--ignore-not-found", "--wait=false")


@proves("spec.controllerName")
def test_operators_of_different_names_share_a_cluster_and_hand_servers_over_as_they_run(
    cluster, kube, namespace, ready, other_operator
):
    def has_two(found):
        return is_ready(found) and found["status"]["readyReplicas"] == 2

    kube.apply(server("theirs", declared(), replicas=1, controllerName="team-a"), namespace=namespace)
    ready(server("mine", declared(), replicas=1))
    assert "status" not in kube.get("mcpservers", "theirs", namespace)

    other_operator()
    kube.wait_one("mcpservers", "theirs", namespace, is_ready, "the operator of its name serves it")
    pods = {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}
    kube.patch("mcpserver", "mine", namespace, {"spec": {"controllerName": "team-a", "replicas": 2}})
    kube.wait_one("mcpservers", "mine", namespace, has_two, "the other operator serves it")
    assert pods < {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}

    kube.run("scale", f"deployment/{OTHER}-operator", "--replicas=0", namespace=OTHER)
    kube.wait_one("deployments", f"{OTHER}-operator", OTHER, lambda found: not found["status"].get("replicas"), "it is off")
    kube.patch("mcpserver", "mine", namespace, {"spec": {"replicas": 1}})
    ready(server("later", declared(), replicas=1))
    left = kube.get("mcpservers", "mine", namespace)
    assert left["status"]["observedGeneration"] < left["metadata"]["generation"]
    assert kube.get("deployments", "mine", namespace)["spec"]["replicas"] == 2


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


def test_an_upgrade_and_a_rollback_by_helm_bring_the_crd_along_and_touch_no_server(cluster, kube, namespace, ready, tmp_path):
    ready(server("before", declared(), replicas=1))
    deployment = kube.get("deployments", "before", namespace)
    pods = {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}

    def fields():
        crd = json.loads(kube.run("get", "crd", "mcpservers.mooring.dev", "-o", "json").stdout)
        (version,) = crd["spec"]["versions"]
        return set(version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"])

    def is_untouched():
        after = kube.get("deployments", "before", namespace)
        assert after["metadata"]["resourceVersion"] == deployment["metadata"]["resourceVersion"]
        same = kube.list("pods", namespace, selector="app.kubernetes.io/instance=before")
        assert {pod["metadata"]["uid"] for pod in same} == pods
        assert is_ready(kube.get("mcpservers", "before", namespace))

    try:
        cluster.install("podAnnotations.version=next", chart=_next_chart(tmp_path))
        ready(server("upgraded", declared(), replicas=1))
        assert "later" in fields()
        is_untouched()

        cluster.helm("rollback", "mooring", "--wait")
        kube.run("rollout", "status", f"deployment/{OPERATOR}", "--timeout=120s", namespace=SYSTEM)
        ready(server("rolled-back", declared(), replicas=1))
        assert "later" not in fields()
        is_untouched()
    finally:
        cluster.install()


def _next_chart(folder):
    """The chart as a later version would be: its CRD has one more field."""
    chart = shutil.copytree(CHART, folder / "mooring")
    text = (chart / "Chart.yaml").read_text()
    (chart / "Chart.yaml").write_text(text.replace(f"version: {VERSION}\n", "version: 99.0.0\n", 1))
    crd = yaml.safe_load((chart / "files" / "mcpservers.yaml").read_text())
    (version,) = crd["spec"]["versions"]
    version["schema"]["openAPIV3Schema"]["properties"]["spec"]["properties"]["later"] = {"type": "string"}
    (chart / "files" / "mcpservers.yaml").write_text(yaml.safe_dump(crd))
    return chart


def test_helm_test_says_whether_the_operator_works(cluster, kube):
    kube.run("scale", f"deployment/{OPERATOR}", "--replicas=0", namespace=SYSTEM)
    try:
        kube.wait_one("deployments", OPERATOR, SYSTEM, lambda found: not found["status"].get("readyReplicas"), "the operator is off")
        with pytest.raises(AssertionError):
            cluster.helm("test", "mooring", "--timeout=60s")
        said = kube.run("logs", f"{OPERATOR}-test", namespace=SYSTEM).stdout
        assert "✗ Operator" in said and "0 of 0 ready" in said, said
    finally:
        cluster.install()

    said = cluster.helm("test", "mooring", "--timeout=60s", "--logs")
    for what in ["API server", "CustomResourceDefinition", "Operator", "Leader", "Permissions of the operator"]:
        assert f"✓ {what} " in said, said
    for resource in ["pods", "serviceaccounts", "roles.rbac.authorization.k8s.io"]:
        assert f"{OPERATOR}-test" not in kube.run("get", resource, "-o", "name", namespace=SYSTEM).stdout


def _without_lasting_parts(manifests):
    """The manifests less the namespace and the CRD, which outlive any installation."""
    parts = manifests.split("\n---\n")
    return "\n---\n".join(p for p in parts if "kind: Namespace\n" not in p and "kind: CustomResourceDefinition\n" not in p)
