# SPDX-License-Identifier: Apache-2.0
"""The operator as a program on a cluster: its metrics, its log, its end, its command lines."""

import json
import re
import urllib.request

import pytest

from cluster import CHART, OPERATOR, ROOT, SYSTEM, VERSION
from kube import is_ready, rolled_out
from plain import eventually
from resources import declared, server

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "runAsUser": 1001,
    "seccompProfile": {"type": "RuntimeDefault"},
}
METRICS = [
    "controller_runtime_reconcile_total",
    "controller_runtime_reconcile_errors_total",
    "controller_runtime_reconcile_time_seconds_bucket",
    "controller_runtime_max_concurrent_reconciles",
    "controller_runtime_active_workers",
    "workqueue_depth",
    "workqueue_adds_total",
    "workqueue_queue_duration_seconds_bucket",
    "workqueue_work_duration_seconds_bucket",
    "rest_client_requests_total",
    "leader_election_master_status",
    "process_resident_memory_bytes",
    "process_cpu_seconds_total",
]


def test_the_metrics_have_the_names_that_dashboards_expect(cluster, namespace, ready):
    ready(server("metrics", declared(), replicas=1))

    with urllib.request.urlopen(cluster.url(SYSTEM, f"{OPERATOR}-metrics", 8080, "/metrics"), timeout=30) as response:
        text = response.read().decode()

    alerts = (CHART / "files" / "operator-alerts.yaml").read_text()
    named = set(re.findall(r"([a-z_0-9]+)\{", alerts)) - {"up"}
    assert len(named) > 5
    missing = [name for name in {*METRICS, *named} if not re.search(rf"^{name}(\{{.*\}})? ", text, re.MULTILINE)]
    assert not missing, text
    for result in ["success", "error", "requeue", "requeue_after"]:
        assert re.search(rf'^controller_runtime_reconcile_total{{.*result="{result}"', text, re.MULTILINE), result


def test_every_log_line_is_json(kube, namespace, ready):
    ready(server("logged", declared(), replicas=1))

    lines = kube.run("logs", f"deployment/{OPERATOR}", namespace=SYSTEM).stdout.splitlines()

    assert lines
    for line in lines:
        assert {"ts", "level", "msg"} <= json.loads(line).keys(), line


def test_a_definition_that_is_older_than_the_operator_is_told_and_work_goes_on_with_the_new_one(cluster, kube, namespace, ready):
    def is_told():
        said = kube.run("logs", f"deployment/{OPERATOR}", namespace=SYSTEM).stdout
        return "McpServer kind is older than this operator" in said

    # Both as Helm, which would else refuse to put back what somebody else has set.
    as_helm = "--field-manager=helm"
    removal = [{"op": "remove", "path": "/spec/versions/0/selectableFields"}]
    try:
        kube.run("patch", "crd", "mcpservers.mooring.dev", as_helm, "--type=json", "-p", json.dumps(removal))
        eventually(is_told, "it says that the definition is older")
    finally:
        kube.run("apply", "--server-side", "--force-conflicts", as_helm, "-f", ROOT / "crds")
    ready(server("healed", declared(), replicas=1))


def test_a_restart_of_the_operator_touches_no_server(kube, namespace, ready):
    ready(server("calm", declared(), replicas=1))
    before = kube.get("deployments", "calm", namespace)
    pods = {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}
    old = {pod["metadata"]["name"] for pod in kube.list("pods", SYSTEM, "app.kubernetes.io/name=mcp-operator")}

    kube.run("rollout", "restart", f"deployment/{OPERATOR}", namespace=SYSTEM)
    ended = kube.wait("pods", SYSTEM, lambda found: _exit_codes(found, old), "the old operator ends")
    kube.wait_one("deployments", OPERATOR, SYSTEM, rolled_out, "the new operator is there")
    ready(server("later", declared(), replicas=1))

    assert ended == [0]
    after = kube.get("deployments", "calm", namespace)
    assert after["metadata"]["generation"] == before["metadata"]["generation"]
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert pods <= {pod["metadata"]["uid"] for pod in kube.list("pods", namespace)}
    assert is_ready(kube.get("mcpservers", "calm", namespace))


def _exit_codes(pods, names):
    states = [s for n in names if n in pods for s in pods[n]["status"].get("containerStatuses", [])]
    return [s["state"]["terminated"]["exitCode"] for s in states if "terminated" in s["state"]]


@pytest.mark.parametrize(
    "image, program", [("server", "/mcp-server"), ("operator", "/mcp-operator"), ("operator", "/mcpctl")]
)
def test_a_program_of_the_images_tells_its_version_and_teaches_its_use(cluster, kube, namespace, image, program):
    image = {"server": cluster.server_image, "operator": cluster.operator_image}[image]
    containers = [
        {"name": flag, "image": image, "command": [program, f"--{flag}"], "securityContext": RESTRICTED}
        for flag in ("version", "help")
    ]
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "asked"},
        "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 1, "containers": containers},
    }
    kube.apply(pod, namespace=namespace)
    kube.wait_one("pods", "asked", namespace, lambda found: found["status"]["phase"] == "Succeeded", f"{program} ends well")

    said = {flag: kube.run("logs", "asked", "-c", flag, namespace=namespace).stdout for flag in ("version", "help")}
    assert VERSION in said["version"]
    name = program.removeprefix("/")
    assert name in said["help"] and "--version" in said["help"], said["help"]
