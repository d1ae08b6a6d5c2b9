# SPDX-License-Identifier: Apache-2.0
"""The cluster of the tests: KUBECONFIG's when that is set, else the project's own; with the operator installed by Helm."""

import contextlib
import os
import pathlib
import re
import shutil
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
    """A program: the one that the environment names (NODE=…), one of build/bin, or the machine's own."""
    built = BIN / name
    found = os.environ.get(name.upper()) or (str(built) if built.exists() else shutil.which(name))
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
            self._own("up", timeout=1800)
            self.kubeconfig = self._own("kubeconfig").strip()
        self.kube = Kube(tool("kubectl"), self.kubeconfig)
        self.server_image = f"mooring.dev/mcp-server:{VERSION}"
        self.operator_image = f"mooring.dev/mcp-operator:{VERSION}"
        self._doors = contextlib.ExitStack()
        self._urls = {}

    def close(self):
        self._doors.close()
        self.kube.close()

    @property
    def audit_log(self):
        """The API server's audit log of writes; None on a cluster that is not the project's own."""
        return None if self.foreign else pathlib.Path(self.kubeconfig).parent / "log" / "audit.jsonl"

    def _own(self, *arguments, timeout=60):
        """The project's own cluster; MOORING_CLUSTER names another one than that of make up."""
        name = ["--name", os.environ["MOORING_CLUSTER"]] if "MOORING_CLUSTER" in os.environ else []
        return run(tool("cluster"), *name, *arguments, timeout=timeout)

    def load_images(self):
        """Brings the images of this tree into the cluster; into one of KUBECONFIG the user brings them."""
        if self.foreign:
            return
        self._own("load-image", *sorted(IMAGES.glob("*.tar")), timeout=600)
        self.server_image, self.operator_image = _image("mcp-server"), _image("mcp-operator")

    def helm(self, *arguments):
        return run(tool("helm"), "--kubeconfig", self.kubeconfig, "--namespace", SYSTEM, *arguments, timeout=300)

    @property
    def tags(self):
        """What makes the chart install the images of this tree."""
        return [f"--set=image.tag={_tag(self.operator_image)}", f"--set=serverImage.tag={_tag(self.server_image)}"]

    def install(self, *values, chart=CHART):
        """Installs or upgrades the operator and waits until it is available; `values` as Helm's --set takes them."""
        self.helm("upgrade", "--install", "mooring", chart, "--create-namespace", *self.tags, *(f"--set={value}" for value in values))
        self.kube.run("rollout", "status", f"deployment/{OPERATOR}", "--timeout=120s", namespace=SYSTEM)

    def manifests(self):
        """manifests/install.yaml with the images of this tree: another endpoint's image would roll every server."""
        text = (ROOT / "manifests" / "install.yaml").read_text()
        for image in (self.operator_image, self.server_image):
            name = image.rpartition(":")[0]
            assert f"{name}:{VERSION}" in text, f"install.yaml names no {name}:{VERSION}"
            text = text.replace(f"{name}:{VERSION}", image)
        return text

    def url(self, namespace, service, port=3232, path="/mcp"):
        """A URL on this machine's loopback that leads to a Service."""
        key = (namespace, service, port)
        if key not in self._urls:
            self._urls[key] = self._door(namespace, service, port)
        return f"http://{self._urls[key]}{path}"

    def _door(self, namespace, service, port):
        """Opens a way from a port of the loopback to a Service, to be shut at the end; answers HOST:PORT."""
        if self.foreign:
            return self._doors.enter_context(self._forward(namespace, service, port))
        target = f"{namespace}/{service}:{port}"
        address = self._own("expose", target).strip()
        self._doors.callback(self._own, "expose", target, "--close")
        return address

    @contextlib.contextmanager
    def _forward(self, namespace, service, port):
        command = [tool("kubectl"), "--kubeconfig", self.kubeconfig, "-n", namespace]
        command += ["port-forward", f"service/{service}", f":{port}"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as forward:
            yield re.search(r"127\.0\.0\.1:\d+", forward.stdout.readline()).group()
            forward.terminate()


def _tag(image):
    return image.rpartition(":")[2]


def _image(name):
    """The image as packed for the tests: its tag tells its content, so that a new build rolls what runs."""
    return f"mooring.dev/{name}:{(IMAGES / f'{name}.tag').read_text().strip()}"
