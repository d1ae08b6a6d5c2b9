# SPDX-License-Identifier: Apache-2.0
"""What a server has become, to be compared: all its children and its status, without what Kubernetes numbers, dates and draws."""

import base64
import difflib
import json
import time

from kube import condition

KINDS = [
    "secrets",
    "configmaps",
    "serviceaccounts",
    "services",
    "networkpolicies",
    "deployments",
    "ingresses",
    "poddisruptionbudgets",
    "horizontalpodautoscalers",
]
OF_KUBERNETES = {"deployment.kubernetes.io/revision", "mooring.dev/key-times"}


def children(kube, namespace, name):
    """What bears the name of a server, by resource and name, whoever made it."""
    found = {(kind, each["metadata"]["name"]): each for kind in KINDS for each in kube.list(kind, namespace)}
    return {key: each for key, each in found.items() if key[1] == name or key[1].startswith(f"{name}-")}


def world(kube, namespace, name):
    made = {f"{kind}/{child}": _plain(each) for (kind, child), each in children(kube, namespace, name).items()}
    server = kube.get("mcpservers", name, namespace)
    made["spec"], made["status"] = server["spec"], _status(server)
    return json.loads(json.dumps(made).replace(namespace, "NAMESPACE").replace(server["metadata"]["uid"], "UID"))


def converges(kube, namespace, name, wanted, patience=120):
    """Waits until a server has become what is wanted."""
    deadline = time.monotonic() + patience
    while (found := world(kube, namespace, name)) != wanted:
        assert time.monotonic() < deadline, f"{name} has not become what it was to be\n{_difference(wanted, found)}"
        time.sleep(0.1)


def is_at_rest(server):
    """Whether the operator has made all of a server without replicas, and seen it."""
    ready = condition(server, "Ready")
    return ready.get("reason") == "ScaledToZero" and ready["observedGeneration"] == server["metadata"]["generation"]


def _plain(child):
    metadata = child["metadata"]
    body = {part: value for part, value in child.items() if part not in ("metadata", "status")}
    body["labels"] = metadata.get("labels")
    body["annotations"] = {k: v for k, v in metadata.get("annotations", {}).items() if k not in OF_KUBERNETES}
    body["owners"] = metadata.get("ownerReferences")
    body["fields"] = [m["fieldsV1"] for m in metadata["managedFields"] if m["manager"] == "mcp-operator" and "subresource" not in m]
    body["is leaving"] = "deletionTimestamp" in metadata
    if "ring.json" in body.get("data", {}):
        body["data"] = [key["id"] for key in json.loads(base64.b64decode(child["data"]["ring.json"]))["keys"]]
    if body.get("spec", {}).get("clusterIP", "None") != "None":
        body["spec"] = {k: v for k, v in child["spec"].items() if k not in ("clusterIP", "clusterIPs")}
    return body


def _status(server):
    def current(told):
        return {**told, "observedGeneration": told.get("observedGeneration") == server["metadata"]["generation"]}

    def plain(told):
        return {k: v for k, v in current(told).items() if k != "lastTransitionTime"}

    status = current(server.get("status", {}))
    return status | {"conditions": sorted(map(plain, status.get("conditions", [])), key=lambda told: told["type"])}


def _difference(wanted, found):
    lines = [json.dumps(each, indent=1, sort_keys=True).splitlines() for each in (wanted, found)]
    return "\n".join(difflib.unified_diff(*lines, "wanted", "found", lineterm="", n=2))
