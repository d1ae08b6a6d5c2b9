#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Many McpServers at once, on the real control plane: how long an operator on one core needs until each has its children and
its status, its memory, and what it costs to start anew beside them. Their pods are none: replicas is 0. Prints JSON.

    bench/scale.py                   1,000
    bench/scale.py --servers 5000    some minutes, most of them the API server's
"""

import argparse
import concurrent.futures
import contextlib
import http.client
import json
import os
import re
import sys
import time

import on_cluster
from on_cluster import ROOT
from processes import cpu_seconds, free_port, resident_bytes, started, wait_until

CONTROLLER = "scale"
IN_A_NAMESPACE = 250
PROGRAM = ROOT / os.environ.get("MOORING_BIN", "build/release") / "operator" / "mcp-operator"
MB = 1e6


def places(count):
    """By namespace: how many of the servers are there."""
    full, rest = divmod(count, IN_A_NAMESPACE)
    sizes = [IN_A_NAMESPACE] * full + ([rest] if rest else [])
    return {f"scale-{number}": size for number, size in enumerate(sizes)}


def an_mcp_server(name):
    made = on_cluster.mcp_server(name)
    made["spec"] |= {"replicas": 0, "controllerName": CONTROLLER}
    return made


def create(kube, namespace, names):
    """POSTs over one connection: kubectl would be what is measured."""
    connection = http.client.HTTPConnection("127.0.0.1", kube.port, timeout=60)
    path = f"/apis/mooring.dev/v1alpha1/namespaces/{namespace}/mcpservers"
    for name in names:
        connection.request("POST", path, json.dumps(an_mcp_server(name)), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        text = answer.read().decode()
        if answer.status != 201:
            raise SystemExit(f"scale: {namespace}/{name} was not made: {answer.status} {text}")
    connection.close()


def create_all(kube, count):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        jobs = [
            pool.submit(create, kube, namespace, [f"s{number}" for number in range(size)])
            for namespace, size in places(count).items()
        ]
        for job in jobs:
            job.result()


class Operator:
    """A running one, seen by its pages."""

    def __init__(self, process, port):
        self.process, self._port = process, port

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.read().decode() if answer.status == 200 else ""

    def answers(self):
        try:
            return bool(self.page("/readyz"))
        except OSError:
            return False

    def state(self):
        return json.loads(self.page("/debug"))

    def objects(self, state=None):
        """How many of each kind it keeps."""
        return {watch["kind"]: watch["objects"] for watch in (state or self.state())["watches"]}

    def is_at_rest(self, count):
        """All are there, with a Deployment each, and nothing is due or in work."""
        state = self.state()
        objects, queue = self.objects(state), state["queue"]
        is_idle = not queue["due"] and not queue["inWork"] and not state["writesNotSeen"]
        return is_idle and objects["McpServer"] == objects["Deployment"] == count

    def writes(self):
        """Requests that change something, so far."""
        counts = re.findall(r'^rest_client_requests_total\{.*method="(?:POST|PUT|PATCH|DELETE)".*\} (\S+)', self.page("/metrics"), re.M)
        return sum(map(float, counts))


@contextlib.contextmanager
def operator(cluster, log):
    port = free_port()
    command = [PROGRAM, "--kubeconfig", cluster.kubeconfig, f"--controller-name={CONTROLLER}", "--leader-elect=false"]
    with started([*command, f"--metrics-address=127.0.0.1:{port}", "--namespace=default"], core=1, log=log) as process:
        found = Operator(process, port)
        begin = time.monotonic()
        wait_until(found.answers, "the operator's caches", limit=300, pause=0.05)
        found.ready_after = time.monotonic() - begin
        # It has asked what it may until now, by POSTs that change nothing.
        found.asked = found.writes()
        yield found


def measure(cluster, count, log):
    kube = cluster.kube
    figures = {"servers": count}
    with operator(cluster, log) as running:
        figures["empty_rss_mb"] = resident_bytes(running.process.pid) / MB
        begin = time.monotonic()
        create_all(kube, count)
        figures["created_s"] = time.monotonic() - begin
        wait_until(lambda: running.is_at_rest(count), "rest", limit=1800, pause=0.5)
        figures["converged_s"] = time.monotonic() - begin
        figures["cpu_s"] = cpu_seconds(running.process.pid)
        figures["writes"] = running.writes() - running.asked
        figures["rss_mb"] = resident_bytes(running.process.pid) / MB
        figures["cached_objects"] = sum(running.objects().values())
        figures["rss_kb_an_object"] = (figures["rss_mb"] - figures["empty_rss_mb"]) * 1000 / figures["cached_objects"]
    with operator(cluster, log) as running:
        figures["restart_caches_s"] = running.ready_after
        begin = time.monotonic()
        wait_until(lambda: running.is_at_rest(count), "rest after a restart", limit=600, pause=0.2)
        figures["restart_rest_s"] = running.ready_after + time.monotonic() - begin
        figures["restart_writes"] = running.writes() - running.asked
        figures["restart_rss_mb"] = resident_bytes(running.process.pid) / MB
    return figures


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", type=int, default=1000, help="how many (default 1000)")
    count = parser.parse_args().servers
    cluster = on_cluster.Cluster()
    try:
        cluster.kube.run("apply", "--server-side", "--force-conflicts", "-f", str(ROOT / "crds"))
        for namespace in places(count):
            cluster.kube.run("create", "namespace", namespace)
        figures = measure(cluster, count, ROOT / "build" / "scale.log")
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}, indent=2))
    finally:
        cluster.kube.run("delete", "namespace", "--ignore-not-found", "--wait=false", *places(count), check=False)
        cluster.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
