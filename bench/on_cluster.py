# SPDX-License-Identifier: Apache-2.0
"""On a running cluster: an McpServer from its application to the first answered call, and the operator at rest."""

import json
import pathlib
import re
import sys
import time

import messages
from processes import wait_until

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
from cluster import OPERATOR, SYSTEM, Cluster  # noqa: E402

NAMESPACE = "bench"
BACKENDS = [
    {
        "name": "hello",
        "tools": [
            {
                "name": "greet",
                "description": "Says hello",
                "inputSchema": {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]},
                "text": "Hello, {who}!",
            }
        ],
    }
]


def mcp_server(name):
    return {
        "apiVersion": "mooring.dev/v1alpha1",
        "kind": "McpServer",
        "metadata": {"name": name},
        "spec": {"replicas": 2, "backends": BACKENDS},
    }


def answered(address):
    """Whether a tools/call through the Service is answered; nothing that stands in the way counts."""
    try:
        headers, text = messages.request("modern", None)
        return "Hello, world!" in messages.post(int(address.rpartition(":")[2]), headers, text.replace("@ID@", "1"))[1]
    except OSError:
        return False


def first_call(cluster, name):
    """Seconds from kubectl apply to the first answered call, and to Ready."""
    cluster.kube.run("apply", "-f", "-", namespace=NAMESPACE, stdin=json.dumps(mcp_server(name)))
    begin = time.monotonic()
    service = lambda: cluster.kube.run("get", "service", name, namespace=NAMESPACE, check=False).returncode == 0  # noqa: E731
    wait_until(service, f"Service {name}", pause=0.01)
    address = cluster._door(NAMESPACE, name, 3232)
    wait_until(lambda: answered(address), f"an answer of {name}", limit=120, pause=0.02)
    answered_after = time.monotonic() - begin
    cluster.kube.run("wait", "--for=condition=Ready", f"mcpserver/{name}", "--timeout=120s", namespace=NAMESPACE)
    return {"first_call_s": answered_after, "ready_s": time.monotonic() - begin}


def operator_memory(cluster):
    """Bytes resident, by its own metrics."""
    path = f"/api/v1/namespaces/{SYSTEM}/services/{OPERATOR}-metrics:metrics/proxy/metrics"
    return float(re.search(r"^process_resident_memory_bytes (\S+)", cluster.kube.raw(path), re.M).group(1))


def measure(rounds):
    cluster = Cluster()
    try:
        cluster.load_images()
        cluster.install()
        cluster.kube.run("create", "namespace", NAMESPACE, check=False)
        runs = [first_call(cluster, f"bench-{number}") for number in range(rounds)]
        memory = operator_memory(cluster)
        cluster.kube.run("delete", "namespace", NAMESPACE, timeout=300)
        return {"runs": runs, "operator_rss": memory}
    finally:
        cluster.close()
