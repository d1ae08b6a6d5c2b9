# SPDX-License-Identifier: Apache-2.0
"""At rest the operator writes nothing: neither for servers that are well nor for servers that cannot start."""

import collections
import json
import time

import pytest

from kube import condition, is_ready
from resources import declared, server, stdio
from samples import sample

REST_SECONDS = 60


def writes(audit_log, offset):
    """The operator's writes since an offset of the audit log; renewals of its lease are not counted."""
    found = collections.Counter()
    with audit_log.open() as log:
        log.seek(offset)
        for line in log:
            event = json.loads(line)
            target = event.get("objectRef", {})
            if event["userAgent"].startswith("mcp-operator/") and target.get("resource") != "leases":
                where = "/".join(target.get(part, "") for part in ("resource", "subresource", "namespace", "name"))
                found[f"{event['verb']} {where}"] += 1
    return dict(found)


def test_one_minute_at_rest_passes_without_a_write(cluster, kube, namespace):
    if cluster.audit_log is None:
        pytest.skip("a cluster of KUBECONFIG has no audit log that the tests can read")
    kube.apply(
        *sample("quickstart.yaml"),
        server("no-image", stdio(image="mooring.dev/nowhere:1"), replicas=1),
        server("exits", stdio(command=["node", "-e", "process.exit(7)"]), replicas=1),
        server("asleep", declared(), replicas=0),
        server("scaled", declared(), autoscaling={"minReplicas": 1, "maxReplicas": 2, "targetCpuPercent": 80}),
        namespace=namespace,
    )
    kube.wait_one("mcpservers", "quickstart", namespace, is_ready, "quickstart is Ready")
    for name, reason in {"no-image": "ImageMissing", "exits": "BackendFailed"}.items():
        kube.wait_one(
            "mcpservers",
            name,
            namespace,
            lambda found: condition(found, "WorkloadAvailable").get("reason") == reason,
            f"{name} says {reason}",
        )
    # What other tests made may still be going, and each object that goes is looked at.
    kube.wait(
        "namespaces",
        None,
        lambda found: set(found) <= {namespace} and "alone",
        "the namespaces of other tests are gone",
        selector="mooring.dev/e2e=true",
        timeout=240,
    )
    # The failures above are told while pods still change; rest begins when nothing was written for ten seconds.
    _wait_for_quiet(cluster.audit_log, seconds=10, timeout=60)

    start = cluster.audit_log.stat().st_size
    _let_pass(REST_SECONDS)

    assert writes(cluster.audit_log, start) == {}


def _wait_for_quiet(audit_log, seconds, timeout):
    deadline = time.monotonic() + timeout
    while True:
        offset = audit_log.stat().st_size
        _let_pass(seconds)
        seen = writes(audit_log, offset)
        if not seen:
            return
        assert time.monotonic() < deadline, f"the operator does not come to rest: {seen}"


def _let_pass(seconds):
    """Time itself is what this test is about: nothing is waited for."""
    time.sleep(seconds)
