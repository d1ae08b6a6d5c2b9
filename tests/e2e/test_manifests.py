# SPDX-License-Identifier: Apache-2.0
"""What is printed and rendered fits the schemas that the API server publishes, strictly: kubeconform looks at it."""

import functools
import json
import os
import pathlib
import subprocess

import pytest
import yaml

from cluster import CHART, ROOT, run, tool
from samples import SAMPLES

GOLDEN = ROOT / "tests" / "golden" / "operator"
VALUES = {
    "none": [],
    "all": ["replicas=3", "dashboard.enabled=true", "monitoring.enabled=true", "monitoring.labels.release=prometheus"]
    + ["monitoring.alerts.labels.team=platform", "imagePullSecrets[0].name=pull", "serviceAccount.annotations.owner=us", "podLabels.a=b"]
    + ["podAnnotations.a=b", "priorityClassName=system-cluster-critical", "nodeSelector.disk=fast", "tolerations[0].operator=Exists"]
    + ["affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].key=metadata.name"]
    + ["affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields[0].operator=Exists"],
    "some namespaces": ["watchNamespaces={tools,agents}", "crds.keep=false", "leaderElection=false", "logging.format=text"],
    "least": ["crds.enabled=false", "rbac.create=false", "serviceAccount.create=false", "serviceAccount.name=mine"]
    + [f"image.digest=sha256:{'0' * 64}", f"serverImage.digest=sha256:{'1' * 64}"],
}
# Kinds that a cluster need not have, as their projects release them.
OPTIONAL = {
    "sigs.k8s.io/gateway-api@v1.6.1": ["config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"],
    "github.com/prometheus-operator/prometheus-operator@v0.85.0": [
        "example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
        "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
    ],
}


@functools.cache
def documents(path):
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast, where it was built
    return [each for each in yaml.load_all(path.read_text(), Loader=loader) if each]


@pytest.fixture(scope="module")
def printed(cluster, tmp_path_factory):
    """The files, by what they are."""
    folder = tmp_path_factory.mktemp("printed")
    texts = {}
    for name, values in VALUES.items():
        texts[f"chart with {name}"] = cluster.helm("template", "printed", CHART, *(f"--set={value}" for value in values))
    for resource in sorted(GOLDEN.glob("*/mcpserver.yaml")):
        texts[f"render of {resource.parent.name}"] = run(tool("mcpctl"), "render", "-f", resource)
    files = {}
    for name, text in texts.items():
        files[name] = folder / f"{name.replace(' ', '-')}.yaml"
        files[name].write_text(text)
    for path in [ROOT / "manifests" / "install.yaml", *SAMPLES.glob("*.yaml"), *GOLDEN.glob("*/mcpserver.yaml")]:
        files[str(path.relative_to(ROOT))] = path
    return files


def inside(node):
    """With references into the same file."""
    if isinstance(node, list):
        return [inside(each) for each in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/components/schemas/", "#/definitions/") if key == "$ref" and isinstance(value, str) else inside(value)
        for key, value in node.items()
    }


def strict(node):
    """Refusing fields that it does not name; what stands in anyOf and its like names some only, and stays as it is."""
    made = dict(node)
    if "properties" in made:
        made["properties"] = {name: strict(each) for name, each in made["properties"].items()}
        if "additionalProperties" not in made and not made.get("x-kubernetes-preserve-unknown-fields"):
            made["additionalProperties"] = False
    for name in ("items", "additionalProperties"):
        if isinstance(made.get(name), dict):
            made[name] = strict(made[name])
    return made


@functools.cache
def published(kube, version):
    """All schemas of one version of a group, as the API server has them."""
    page = json.loads(kube.raw(f"/openapi/v3/{'apis' if '/' in version else 'api'}/{version}"))
    return {name: strict(each) for name, each in inside(page).get("components", {}).get("schemas", {}).items()}


def schema_of(kube, version, kind):
    """The schema of a kind of the API server; None where it has no such kind."""
    group, _, number = version.rpartition("/")
    meant = {"group": group, "version": number, "kind": kind}
    schemas = published(kube, version)
    for schema in schemas.values():
        if meant in schema.get("x-kubernetes-group-version-kind", []):
            return {**schema, "definitions": schemas}
    return None


def released():
    """The schemas of the optional kinds by version and kind."""
    found = {}
    for module, files in OPTIONAL.items():
        environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"}
        told = run(tool("go"), "mod", "download", "-json", module, env=environment, cwd="/")
        for file in files:
            for crd in documents(pathlib.Path(json.loads(told)["Dir"]) / file):
                group, kind = crd["spec"]["group"], crd["spec"]["names"]["kind"]
                for version in crd["spec"]["versions"]:
                    found[f"{group}/{version['name']}", kind] = strict(version["schema"]["openAPIV3Schema"])
    return found


@pytest.fixture(scope="module")
def schemas(kube, printed, tmp_path_factory):
    """A folder with the schema of each kind that is printed, by the names that kubeconform asks for."""
    folder = tmp_path_factory.mktemp("schemas")
    optional = released()
    for version, kind in {(each["apiVersion"], each["kind"]) for path in printed.values() for each in documents(path)}:
        schema = optional.get((version, kind)) or schema_of(kube, version, kind)
        assert schema, f"nobody has a schema of {kind} {version}"
        group, _, number = version.rpartition("/")
        name = "-".join(part.lower() for part in (kind, group.split(".")[0], number) if part)
        (folder / f"{name}.json").write_text(json.dumps(schema))
    return folder


def kubeconform(schemas, *arguments, stdin=None):
    place = f"{schemas}/{{{{.ResourceKind}}}}{{{{.KindSuffix}}}}.json"
    command = [tool("kubeconform"), "-strict", "-summary", "-output=json", f"-schema-location={place}", *map(str, arguments)]
    done = subprocess.run(command, input=stdin, text=True, capture_output=True, timeout=120)
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


def test_all_that_is_printed_fits_the_schemas_of_the_cluster(schemas, printed):
    told = kubeconform(schemas, *printed.values())
    assert not told["resources"], json.dumps(told["resources"], indent=2)
    count = sum(len(documents(path)) for path in printed.values())
    assert told["summary"] == {"valid": count, "invalid": 0, "errors": 0, "skipped": 0}
    kinds = {each["kind"] for path in printed.values() for each in documents(path)}
    assert {"McpServer", "CustomResourceDefinition", "HTTPRoute", "Ingress", "PodMonitor", "PrometheusRule", "HorizontalPodAutoscaler"} <= kinds


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"kind": "Deployment", "apiVersion": "apps/v1", "spec": {"replicsa": 2}}, "replicsa"),
        ({"kind": "McpServer", "apiVersion": "mooring.dev/v1alpha1", "spec": {"backends": [{"nmae": "a"}]}}, "nmae"),
        ({"kind": "McpServer", "apiVersion": "mooring.dev/v1alpha1", "spec": {"backends": [{"name": 1}]}}, "name"),
    ],
)
def test_what_does_not_fit_them_is_found(schemas, written, wanted):
    told = kubeconform(schemas, "-", stdin=json.dumps({**written, "metadata": {"name": "wrong"}}))
    (refused,) = told["resources"]
    assert refused["status"] == "statusInvalid" and wanted in json.dumps(refused), refused
