# SPDX-License-Identifier: Apache-2.0
"""The cluster of the tests: KUBECONFIG's when that is set, else the project's own; with the operator installed by Helm."""

import contextlib
import hashlib
import os
import pathlib
import shutil
import socket
import subprocess

from kube import Kube

ROOT = pathlib.Path(__file__).parents[2]
BIN = ROOT / "build" / "bin"
IMAGES = ROOT / "build" / "images"
CHART = ROOT / "charts" / "mooring"
VERSION = (ROOT / "VERSION").read_text().strip()
SYSTEM = "mooring-system"
OPERATOR = "mooring-operator"


def tool(name):
    """A program of build/bin, or the machine's own."""
    built = BIN / name
    found = str(built) if built.exists() else shutil.which(name)
    assert found, f"no {name}: run make deps"
    return found


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], text=True, capture_output=True, **options)
    assert done.returncode == 0, f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


class Cluster:
    def __init__(self):
        self.foreign = "KUBECONFIG" in os.environ
        if self.foreign:
            self.kubeconfig = os.environ["KUBECONFIG"]
        else:
            run(tool("cluster"), "up", timeout=1800)
            self.kubeconfig = run(tool("cluster"), "kubeconfig").strip()
        self.kube = Kube(tool("kubectl"), self.kubeconfig)
        self._doors = contextlib.ExitStack()
        self._urls = {}

    def close(self):
        self._doors.close()
        self.kube.close()

    @property
    def audit_log(self):
        """The API server's audit log of writes; None on a cluster that is not the project's own."""
        return None if self.foreign else pathlib.Path(self.kubeconfig).parent / "log" / "audit.jsonl"

    def load_images(self):
        if not self.foreign:
            run(tool("cluster"), "load-image", *sorted(IMAGES.glob("*.tar")), timeout=600)

    def helm(self, *arguments):
        return run(tool("helm"), "--kubeconfig", self.kubeconfig, "--namespace", SYSTEM, *arguments, timeout=300)

    def install(self, *settings):
        """Installs or upgrades the operator and waits until it is available."""
        values = [f"--set={setting}" for setting in settings]
        self.helm("upgrade", "--install", "mooring", CHART, "--create-namespace", *values)
        self.kube.run("rollout", "status", f"deployment/{OPERATOR}", "--timeout=120s", namespace=SYSTEM)

    def url(self, namespace, service, port=3232, path="/mcp"):
        """A URL on this machine's loopback that leads to a Service."""
        key = (namespace, service, port)
        if key not in self._urls:
            self._urls[key] = self._doors.enter_context(self._door(namespace, service, port))
        return f"http://127.0.0.1:{self._urls[key]}{path}"

    @contextlib.contextmanager
    def _door(self, namespace, service, port):
        local = free_port()
        if self.foreign:
            command = [tool("kubectl"), "--kubeconfig", self.kubeconfig, "-n", namespace]
            command += ["port-forward", f"service/{service}", f"{local}:{port}"]
        else:
            command = [tool("cluster"), "expose", f"{namespace}/{service}:{port}", "--listen", f"127.0.0.1:{local}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as door:
            door.stdout.readline()
            yield local
            door.terminate()


def image_tag(image):
    """The tag under which an image is in the cluster: its content, so that a new build is a new tag."""
    return f"{VERSION}-{hashlib.sha256((IMAGES / f'{image}.tar').read_bytes()).hexdigest()[:8]}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
