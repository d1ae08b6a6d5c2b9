# SPDX-License-Identifier: Apache-2.0
"""An operator as a process of this machine, beside the one that is installed: it serves McpServers of its own name only."""

import json
import os
import pathlib
import secrets
import subprocess

from cluster import ROOT
from fault_proxy import FaultProxy

PROGRAM = ROOT / os.environ.get("MOORING_BIN", "build/release") / "operator" / "mcp-operator"
TICK = os.sysconf("SC_CLK_TCK")
GENEROUS = 60


def new_name():
    """A controllerName that nobody else uses: tests run side by side."""
    return f"local-{secrets.token_hex(4)}"


class LocalOperator:
    """Reaches the API server by a proxy only. Without a lease: one that is killed would leave it behind."""

    def __init__(self, kube, directory, name):
        self.name = name
        self.proxy = FaultProxy(kube.port)
        self.log = pathlib.Path(directory) / "operator.log"
        self._kubeconfig = pathlib.Path(directory) / "kubeconfig"
        self._kubeconfig.write_text(json.dumps(_kubeconfig(self.proxy.url)))
        self._process = None
        self._begin = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process:
            self._process.kill()
            self._process.wait()
        self.proxy.close()
        # pytest shows it with a test that failed.
        print(*self.log.read_text().splitlines()[-60:] if self.log.exists() else (), sep="\n")

    def start(self):
        with self.log.open("a") as log:
            self._begin = log.tell()
            self._process = subprocess.Popen(
                [PROGRAM, "--kubeconfig", self._kubeconfig, f"--controller-name={self.name}", "--leader-elect=false"]
                + ["--metrics-address=127.0.0.1:0", "--namespace=default"],
                stdout=log,
                stderr=log,
            )

    @property
    def runs(self):
        return self._process.poll() is None

    @property
    def is_at_work(self):
        """Whether it has seen, since its start, all that there is."""
        return "the caches are filled" in self.log.read_bytes()[self._begin :].decode()

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def kill(self):
        self._process.kill()
        self._process.wait()
        self.proxy.hang_up()

    def stop(self):
        """Ends it as a pod is ended; answers its exit code."""
        self._process.terminate()
        code = self._process.wait(GENEROUS)
        self.proxy.hang_up()
        return code


def _kubeconfig(server):
    named = {"name": "proxy"}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "proxy",
        "clusters": [named | {"cluster": {"server": server}}],
        "users": [named | {"user": {}}],
        "contexts": [named | {"context": {"cluster": "proxy", "user": "proxy"}}],
    }
