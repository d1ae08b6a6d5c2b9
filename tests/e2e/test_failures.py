# SPDX-License-Identifier: Apache-2.0
"""What fails at run time is told by a condition and an Event that name the field and what to do, and heals when mended."""

import pytest

import clients
from fields import proves
from kube import condition, is_ready
from resources import declared, one_liner, server, stdio, tool

READY_IN_3_S = one_liner(["slow_start"], "() => 'awake'", delay_ms=3000)
OWNER = {"name": "NOTES_OWNER", "valueFrom": {"secretKeyRef": {"name": "owner", "key": "name"}}}


def one(name, *backends, **spec):
    return server(name, *backends, replicas=1, **spec)


def secret(name, key):
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {key: "somebody"}}


class Failure:
    """A server that fails, the condition that tells it, the words that must be in its message, and what mends it."""

    def __init__(self, broken, kind, reason, words, mended, before=()):
        self.broken, self.kind, self.reason, self.words, self.mended, self.before = broken, kind, reason, words, mended, before


FAILURES = {
    "a command that does not exist": Failure(
        one("no-command", stdio(command=["nodde", "notes/server.mjs"])),
        "WorkloadAvailable",
        "BackendFailed",
        ["spec.backends[0].stdio.command", "nodde"],
        [one("no-command", stdio())],
    ),
    "a command that exits at once": Failure(
        one("exits", stdio(command=["node", "-e", "console.error('no database'); process.exit(7)"])),
        "WorkloadAvailable",
        "BackendFailed",
        ["spec.backends[0].stdio.command", "status 7", "no database"],
        [one("exits", stdio())],
    ),
    "a start that takes longer than startTimeout": Failure(
        one("late", stdio("late", READY_IN_3_S, startTimeout="1s")),
        "WorkloadAvailable",
        "BackendFailed",
        ["spec.backends[0].stdio", "startTimeout", "1s"],
        [one("late", stdio("late", READY_IN_3_S, startTimeout="30s"))],
    ),
    "a backend's image that does not exist": Failure(
        one("no-image", stdio(image="mooring.dev/nowhere:1")),
        "WorkloadAvailable",
        "ImageMissing",
        ["spec.backends[0].stdio.image", "mooring.dev/nowhere:1"],
        [one("no-image", stdio())],
    ),
    "an endpoint image that does not exist": Failure(
        one("no-endpoint", declared(), image="mooring.dev/mcp-server:none"),
        "WorkloadAvailable",
        "ImageMissing",
        ["spec.image", "mooring.dev/mcp-server:none"],
        [one("no-endpoint", declared())],
    ),
    "a Secret that is missing": Failure(
        one("no-secret", stdio(env=[{**OWNER, "valueFrom": {"secretKeyRef": {"name": "absent", "key": "name"}}}])),
        "ReferencesResolved",
        "SecretMissing",
        ["spec.backends[0].stdio.env[0].valueFrom.secretKeyRef", "absent"],
        [secret("absent", "name")],
    ),
    "a key that is missing in a Secret": Failure(
        one("no-key", stdio(env=[OWNER])),
        "ReferencesResolved",
        "SecretKeyMissing",
        ["spec.backends[0].stdio.env[0].valueFrom.secretKeyRef", '"name"', "owner"],
        [secret("owner", "name")],
        before=[secret("owner", "other")],
    ),
    "a placeholder that is no argument": Failure(
        one("placeholder", declared("greeter", tool(text="Hello, {nmae}!"))),
        "Accepted",
        "InvalidSpec",
        ["spec.backends[0].tools[0].text", "nmae", "name"],
        [one("placeholder", declared("greeter", tool(text="Hello, {name}!")))],
    ),
    "limits below requests": Failure(
        one("limits", declared(), resources={"requests": {"memory": "64Mi"}, "limits": {"memory": "32Mi"}}),
        "Accepted",
        "InvalidSpec",
        ["spec.resources", "64Mi", "32Mi"],
        [one("limits", declared())],
    ),
}


@pytest.fixture(scope="module")
def place(kube, new_namespace):
    """All of them at once, so that they fail side by side."""
    namespace = new_namespace("failures")
    for failure in FAILURES.values():
        kube.apply(*failure.before, failure.broken, namespace=namespace)
    return namespace


def warns(events, name, reason, words):
    """Whether a Warning Event of the server has the reason and all the words."""
    return any(
        event["type"] == "Warning"
        and event["reason"] == reason
        and event["regarding"]["name"] == name
        and all(word in event["note"] for word in words)
        for event in events.values()
    )


@proves("spec.backends[].stdio.startTimeout", "spec.image")
@pytest.mark.parametrize("what", FAILURES)
def test_a_failure_is_told_and_heals(kube, place, what):
    failure = FAILURES[what]
    name = failure.broken["metadata"]["name"]

    def told(found):
        seen = condition(found, failure.kind)
        return seen.get("status") == "False" and seen["reason"] == failure.reason

    found = kube.wait_one("mcpservers", name, place, told, f"{failure.kind}=False/{failure.reason} of {name}")
    message = condition(found, failure.kind)["message"]
    for word in failure.words:
        assert word in message, message
    assert condition(found, "Ready")["status"] == "False"
    kube.wait(
        "events", place, lambda events: warns(events, name, failure.reason, failure.words), f"an Event tells of {name}"
    )

    kube.apply(*failure.mended, namespace=place)
    kube.wait_one("mcpservers", name, place, is_ready, f"{name} heals")


def test_one_failing_server_does_not_hold_up_another(cluster, kube, namespace):
    kube.apply(one("broken", stdio(image="mooring.dev/nowhere:1")), one("fine", declared()), namespace=namespace)

    kube.wait_one("mcpservers", "fine", namespace, is_ready, "fine is Ready beside a broken one")
    assert clients.call(cluster.url(namespace, "fine"), "greet", {"name": "Ada"}) == "Hello, Ada!"


def test_a_bad_change_leaves_the_old_pods_serving(cluster, kube, namespace, ready):
    ready(one("careful", stdio()))
    url = cluster.url(namespace, "careful")

    kube.apply(one("careful", stdio(command=["node", "missing.mjs"])), namespace=namespace)
    kube.wait_one(
        "mcpservers",
        "careful",
        namespace,
        lambda found: found["status"]["observedGeneration"] == found["metadata"]["generation"]
        and condition(found, "Ready")["status"] == "False"
        and "missing.mjs" in condition(found, "Ready")["message"],
        "the bad change is told",
    )
    assert "written down" in clients.call(url, "add_note", {"body": "still here"})
