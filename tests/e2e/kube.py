# SPDX-License-Identifier: Apache-2.0
"""The cluster as a user has it: kubectl for what a person types, the API through `kubectl proxy` for waiting."""

import http.client
import json
import re
import subprocess
import time
import urllib.parse

GROUPS = {
    "mcpservers": "/apis/mooring.dev/v1alpha1",
    "deployments": "/apis/apps/v1",
    "replicasets": "/apis/apps/v1",
    "poddisruptionbudgets": "/apis/policy/v1",
    "horizontalpodautoscalers": "/apis/autoscaling/v2",
    "networkpolicies": "/apis/networking.k8s.io/v1",
    "ingresses": "/apis/networking.k8s.io/v1",
    "httproutes": "/apis/gateway.networking.k8s.io/v1",
    "podmonitors": "/apis/monitoring.coreos.com/v1",
    "prometheusrules": "/apis/monitoring.coreos.com/v1",
    "events": "/apis/events.k8s.io/v1",
    "leases": "/apis/coordination.k8s.io/v1",
    "endpointslices": "/apis/discovery.k8s.io/v1",
}


class Kube:
    def __init__(self, kubectl, kubeconfig):
        self.kubectl = kubectl
        self.kubeconfig = kubeconfig
        self._proxy = subprocess.Popen(
            [*self._command("proxy"), "--port=0", "--keepalive=30s"], stdout=subprocess.PIPE, text=True
        )
        started = self._proxy.stdout.readline()
        found = re.search(r"127\.0\.0\.1:(\d+)", started)
        assert found, f"kubectl proxy did not start: {started!r}"
        self.port = int(found.group(1))

    def close(self):
        self._proxy.terminate()
        self._proxy.wait()

    def _command(self, *arguments):
        return [self.kubectl, "--kubeconfig", str(self.kubeconfig), *arguments]

    def run(self, *arguments, namespace=None, stdin=None, check=True, timeout=180):
        """One kubectl command; answers the finished process."""
        scope = ["-n", namespace] if namespace else []
        done = subprocess.run(
            self._command(*scope, *arguments), input=stdin, text=True, capture_output=True, timeout=timeout
        )
        if check and done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)} ended with {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def apply(self, *objects, namespace=None, check=True):
        """kubectl apply of objects (dicts), or of a manifest's text."""
        stdin = "\n---\n".join(o if isinstance(o, str) else json.dumps(o) for o in objects)
        return self.run("apply", "-f", "-", namespace=namespace, stdin=stdin, check=check)

    def patch(self, resource, name, namespace, body):
        self.run("patch", resource, name, "--type=merge", "-p", json.dumps(body), namespace=namespace)

    def get(self, resource, name, namespace=None):
        """The object, or None when there is none."""
        return self._fetch(self._path(resource, namespace) + "/" + name)

    def list(self, resource, namespace=None, selector=None):
        return self._fetch(self._path(resource, namespace) + _query(labelSelector=selector))["items"]

    def raw(self, path):
        """Body of any path of the API server as text (metrics)."""
        connection = self._connect(30)
        connection.request("GET", path)
        return connection.getresponse().read().decode()

    def wait(self, resource, namespace, until, what, selector=None, timeout=150):
        """Follows the objects (a dict by name) until `until` answers something true, and answers that."""
        deadline = time.monotonic() + timeout
        path = self._path(resource, namespace)
        objects = {}
        while time.monotonic() < deadline:
            listing = self._fetch(path + _query(labelSelector=selector))
            objects = {o["metadata"]["name"]: o for o in listing["items"]}
            if found := until(objects):
                return found
            version = listing["metadata"]["resourceVersion"]
            for kind, changed in self._watch(path, selector, version, deadline):
                name = changed["metadata"]["name"]
                objects[name] = changed
                if kind == "DELETED":
                    del objects[name]
                if found := until(objects):
                    return found
        raise AssertionError(f"{what}: not seen within {timeout} s; the last {resource} were\n{_brief(objects)}")

    def wait_one(self, resource, name, namespace, until, what, timeout=150):
        """As `wait`, for one object that must exist."""
        return self.wait(
            resource, namespace, lambda found: name in found and until(found[name]) and found[name], what, timeout=timeout
        )

    def wait_gone(self, resource, namespace, what, selector=None, timeout=150):
        self.wait(resource, namespace, lambda found: not found and "gone", what, selector=selector, timeout=timeout)

    def _path(self, resource, namespace):
        scope = f"/namespaces/{namespace}" if namespace else ""
        return f"{GROUPS.get(resource, '/api/v1')}{scope}/{resource}"

    def _connect(self, timeout):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def _fetch(self, path):
        connection = self._connect(30)
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status == 404:
            return None
        assert response.status == 200, f"GET {path}: {response.status} {body.decode()[:500]}"
        return json.loads(body)

    def _watch(self, path, selector, version, deadline):
        left = max(1, int(deadline - time.monotonic()))
        query = _query(
            watch="true", resourceVersion=version, labelSelector=selector, timeoutSeconds=left, allowWatchBookmarks="false"
        )
        connection = self._connect(left + 5)
        connection.request("GET", path + query)
        response = connection.getresponse()
        while line := response.readline():
            event = json.loads(line)
            if event["type"] == "ERROR":
                return
            yield event["type"], event["object"]


def _query(**parameters):
    given = {key: value for key, value in parameters.items() if value is not None}
    return "?" + urllib.parse.urlencode(given) if given else ""


def _brief(objects):
    lines = []
    for name, found in objects.items():
        lines.append(f"  {name}: {json.dumps(found.get('status', found.get('spec', {})))[:1500]}")
    return "\n".join(lines) or "  (none)"


def condition(found, kind):
    """One condition of an object; an empty dict when it is not there."""
    for each in found.get("status", {}).get("conditions", []):
        if each["type"] == kind:
            return each
    return {}


def is_ready(server):
    ready = condition(server, "Ready")
    generation = server["metadata"]["generation"]
    return (
        ready.get("status") == "True"
        and server["status"].get("observedGeneration") == generation
        and ready.get("observedGeneration", generation) == generation
    )


def corrections(kube, namespace):
    """The Events that tell of drift put right: none where nobody has changed anything."""
    return [event["note"] for event in kube.list("events", namespace) if event["reason"] == "DriftCorrected"]


def rolled_out(deployment):
    """Whether every pod is of the newest template and none of the older ones is left."""
    wanted = deployment["spec"]["replicas"]
    status = deployment.get("status", {})
    return (
        status.get("observedGeneration") == deployment["metadata"]["generation"]
        and status.get("updatedReplicas", 0) == wanted
        and status.get("readyReplicas", 0) == wanted
        and status.get("availableReplicas", 0) == wanted
        and status.get("replicas", 0) == wanted
        and not status.get("terminatingReplicas", 0)
    )
