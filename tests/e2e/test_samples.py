# SPDX-License-Identifier: Apache-2.0
"""The smaller samples do what their first line says."""

import clients
from fields import proves
from kube import rolled_out
from samples import SAMPLES


def apply_sample(kube, namespace, file, name):
    kube.run("apply", "-f", SAMPLES / file, namespace=namespace)
    kube.run("wait", "--for=condition=Ready", f"mcpserver/{name}", "--timeout=150s", namespace=namespace)
    return kube.get("mcpservers", name, namespace)


def test_the_smallest_server_runs_with_every_default(cluster, kube, namespace):
    server = apply_sample(kube, namespace, "minimal.yaml", "minimal")

    assert kube.get("deployments", "minimal", namespace)["spec"]["replicas"] == server["status"]["replicas"] == 2
    assert server["spec"]["resources"] == {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}
    assert server["spec"]["logging"] == {"level": "info", "format": "json"}
    assert clients.call(cluster.url(namespace, "minimal"), "greet", {"name": "Ada"}) == "Hello, Ada!"


@proves(
    "spec.backends[].stdio.env[].valueFrom",
    "spec.backends[].stdio.env[].valueFrom.secretKeyRef",
    "spec.backends[].stdio.env[].valueFrom.secretKeyRef.name",
    "spec.backends[].stdio.env[].valueFrom.secretKeyRef.key",
)
def test_a_secret_reaches_the_stdio_server_and_nothing_else(cluster, kube, namespace):
    server = apply_sample(kube, namespace, "secret-env.yaml", "secret-env")

    answer = clients.call(cluster.url(namespace, "secret-env"), "add_note", {"body": "rotate the keys"})
    assert answer.endswith("is written down for the security team.")
    settings = kube.get("configmaps", "secret-env-settings", namespace)
    deployment = kube.get("deployments", "secret-env", namespace)
    for place in (server, settings, deployment):
        assert "the security team" not in str(place)
    assert kube.get("poddisruptionbudgets", "secret-env", namespace) is None, "one replica cannot be budgeted"


@proves("spec.backends[].stdio.env[].valueFrom.secretKeyRef")
def test_another_value_of_a_secret_replaces_the_pods(cluster, kube, namespace):
    apply_sample(kube, namespace, "secret-env.yaml", "secret-env")
    before = kube.get("deployments", "secret-env", namespace)
    kube.patch("secret", "notes-owner", namespace, {"stringData": {"owner": "the night shift"}})

    def is_replaced(found):
        return found["metadata"]["generation"] > before["metadata"]["generation"] and rolled_out(found)

    kube.wait_one("deployments", "secret-env", namespace, is_replaced, "its pods are replaced")
    answer = clients.call(cluster.url(namespace, "secret-env"), "add_note", {"body": "lock the door"})
    assert answer.endswith("is written down for the night shift.")
    told = kube.run("get", "events", "--field-selector=reason=ChildrenUpdated", namespace=namespace).stdout
    assert "a Secret that they take variables from has another value" in told, told
    assert "the night shift" not in kube.run("get", "deployments,replicasets,events,mcpservers", "-o", "yaml", namespace=namespace).stdout
