# SPDX-License-Identifier: Apache-2.0
import re
import secrets

import pytest

from cluster import OPERATOR, SYSTEM, Cluster
from kube import is_ready


# What needs a quiet cluster or changes the operator: these modules run one by one, when no other runs.
ALONE = ["test_steady_state", "test_operator", "test_monitoring", "test_install"]
# The longest begin first, so that the others' end is not one worker's wait for them.
LONG = ["test_sessions", "test_faults", "test_sweeps", "test_drift"]


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: needs the cluster, or the operator, for itself")
    is_worker = hasattr(config, "workerinput")
    if is_worker or config.option.collectonly:
        return
    cluster = Cluster()
    try:
        cluster.load_images()
        cluster.install()
    finally:
        cluster.close()


def pytest_collection_modifyitems(items):
    for item in items:
        if item.module.__name__ in ALONE:
            item.add_marker("alone")
    items.sort(key=lambda item: place(item.module.__name__))


def place(module):
    """Where a module stands among all: the long ones first, those alone last, and in the order of their lists."""
    if module in LONG:
        return -len(LONG) + LONG.index(module)
    return 1 + ALONE.index(module) if module in ALONE else 0


@pytest.fixture(scope="session")
def cluster():
    """The cluster, with the operator of this tree."""
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture(scope="session")
def kube(cluster):
    return cluster.kube


@pytest.fixture(scope="module")
def new_namespace(kube):
    """Makes namespaces in which only restricted pods are admitted; they go when the module's tests are done."""
    made = []

    def make(title):
        name = f"e2e-{re.sub('[^a-z0-9]+', '-', title.lower())[:40].strip('-')}-{secrets.token_hex(2)}"
        labels = {"pod-security.kubernetes.io/enforce": "restricted", "mooring.dev/e2e": "true"}
        kube.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}})
        made.append(name)
        return name

    yield make
    if made:
        kube.run("delete", "namespace", *made, "--wait=false")


@pytest.fixture
def namespace(request, new_namespace):
    return new_namespace(request.node.name.removeprefix("test_"))


@pytest.fixture
def ready(kube, namespace):
    """Applies McpServers (and what they need) and waits until each is Ready; answers the last one."""

    def apply_and_wait(*objects):
        kube.apply(*objects, namespace=namespace)
        servers = [o["metadata"]["name"] for o in objects if o["kind"] == "McpServer"]
        found = [kube.wait_one("mcpservers", name, namespace, is_ready, f"{name} is Ready") for name in servers]
        return found[-1]

    return apply_and_wait


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """What one wants to see of a failure: the resources, events and logs of the test's namespaces and of the operator."""
    report = (yield).get_result()
    kube = item.funcargs.get("kube")
    if report.when != "call" or not report.failed or kube is None:
        return
    places = {value for value in item.funcargs.values() if isinstance(value, str) and value.startswith("e2e-")}
    for namespace in places:
        for title, command in {
            "mcpservers": ["get", "mcpservers", "-o", "yaml", "--show-managed-fields=false"],
            "workload": ["get", "deployments,pods,services,configmaps,horizontalpodautoscalers,poddisruptionbudgets,networkpolicies", "-o", "wide"],
            "events": ["get", "events", "--sort-by=.metadata.creationTimestamp"],
            "logs": ["logs", "--all-containers", "--prefix", "--tail=40", "-l", "app.kubernetes.io/managed-by=mooring"],
        }.items():
            report.sections.append((f"{title} of {namespace}", _said(kube, namespace, *command)))
    report.sections.append(("operator", _said(kube, SYSTEM, "logs", f"deployment/{OPERATOR}", "--tail=60")))


def _said(kube, namespace, *command):
    done = kube.run(*command, namespace=namespace, check=False)
    return done.stdout + done.stderr
