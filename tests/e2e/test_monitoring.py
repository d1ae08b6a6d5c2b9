# SPDX-License-Identifier: Apache-2.0
"""Objects of prometheus-operator are made where it is installed, say what the resource says, and go with their fields."""

import json
import os
import pathlib

import pytest
import yaml

from cluster import CHART, OPERATOR, SYSTEM, run, tool
from fields import proves
from kube import condition, is_ready
from resources import declared, server

# The kinds are the cluster's: with them, every server there is gets objects of its own.
pytestmark = pytest.mark.alone
NAME = "watched"
PROMETHEUS_OPERATOR = "v0.85.0"
KINDS = ("podmonitors", "prometheusrules")


@pytest.fixture(scope="module")
def kinds():
    """The manifests of the two kinds, as prometheus-operator releases them."""
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    module = f"github.com/prometheus-operator/prometheus-operator@{PROMETHEUS_OPERATOR}"
    told = run(tool("go"), "mod", "download", "-json", module, env=environment, cwd="/")
    crds = pathlib.Path(json.loads(told)["Dir"]) / "example" / "prometheus-operator-crd"
    return "\n---\n".join((crds / f"monitoring.coreos.com_{kind}.yaml").read_text() for kind in KINDS)


def test_the_chart_brings_the_dashboard_where_the_sidecar_of_grafana_looks_for_it(cluster):
    files = yaml.safe_load_all(cluster.helm("template", "mooring", CHART, "--set=dashboard.enabled=true"))
    (found,) = [each for each in files if each and each["metadata"]["name"].endswith("-dashboard")]
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    (text,) = found["data"].values()
    assert json.loads(text) == json.loads((CHART / "files" / "mcp-server-dashboard.json").read_text())


def test_the_chart_has_the_operator_scraped_and_watched_where_that_is_wanted(cluster, kube, kinds):
    kube.run("apply", "--server-side", "-f", "-", stdin=kinds)
    kube.run("wait", "--for=condition=Established", "-f", "-", "--timeout=60s", stdin=kinds)
    try:
        more = ["labels.release=prometheus", "alerts.labels.team=platform", "alerts.runbooks=https://wiki.acme.com/mcp"]
        cluster.install("monitoring.enabled=true", *(f"monitoring.{each}" for each in more))

        monitor, rule = (kube.get(kind, OPERATOR, SYSTEM) for kind in KINDS)
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        pods = kube.list("pods", SYSTEM, "app.kubernetes.io/name=mcp-operator")
        for pod in pods:
            assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
            assert endpoint["port"] in {port["name"] for port in pod["spec"]["containers"][0]["ports"]}
        assert pods
        for found in (monitor, rule):
            assert found["metadata"]["labels"]["release"] == "prometheus"
        rules = rules_of(rule)
        (written,) = yaml.safe_load((CHART / "files" / "operator-alerts.yaml").read_text())["groups"]
        assert {name: found["expr"] for name, found in rules.items()} == {each["alert"]: each["expr"] for each in written["rules"]}
        assert rules["MCPOperatorDown"]["labels"] == {"severity": "critical", "team": "platform"}
        assert rules["MCPOperatorDown"]["annotations"]["runbook_url"] == "https://wiki.acme.com/mcp#mcpoperatordown"

        cluster.install()
        for kind in KINDS:
            assert OPERATOR not in {found["metadata"]["name"] for found in kube.list(kind, SYSTEM)}
    finally:
        cluster.install()
        kube.run("delete", "-f", "-", stdin=kinds)


def rules_of(found):
    (group,) = found["spec"]["groups"]
    return {rule["alert"]: rule for rule in group["rules"]}


@proves(
    "spec.monitoring",
    "spec.monitoring.scrape",
    "spec.monitoring.labels",
    "spec.monitoring.alerts",
    "spec.monitoring.alerts.rules",
    "spec.monitoring.alerts.errorsPerSecond",
    "spec.monitoring.alerts.p95Seconds",
    "spec.monitoring.alerts.downFor",
    "spec.monitoring.alerts.availabilityPercent",
    "spec.monitoring.alerts.labels",
    "spec.monitoring.alerts.runbooks",
)
def test_what_prometheus_is_to_do_is_made_as_soon_as_the_cluster_has_its_operator(kube, namespace, ready, kinds):
    alerts = {
        "rules": "PrometheusRule",
        "errorsPerSecond": 0.25,
        "p95Seconds": 1.5,
        "downFor": "90s",
        "availabilityPercent": 99.5,
        "labels": {"team": "payments"},
        "runbooks": "https://wiki.acme.com/mcp",
    }
    asking = {"scrape": "PodMonitor", "labels": {"release": "prometheus"}, "alerts": alerts}
    ready(server("silent", declared(), replicas=0))
    found = ready(server(NAME, declared(), replicas=1, monitoring=asking))
    monitored = condition(found, "Monitored")
    assert (monitored["status"], monitored["reason"]) == ("False", "NotInstalled")
    assert 'spec.monitoring.scrape is "PodMonitor"' in monitored["message"]
    assert condition(kube.get("mcpservers", "silent", namespace), "Monitored") == {}

    kube.run("apply", "--server-side", "-f", "-", stdin=kinds)
    try:
        kube.wait_one(
            "mcpservers", NAME, namespace, lambda found: condition(found, "Monitored")["status"] == "True", "it is told"
        )
        for kind in KINDS:
            kube.wait(kind, namespace, lambda found: {NAME, "silent"} <= set(found), f"{kind} are made")
        monitor = kube.get("podmonitors", NAME, namespace)
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        (pod,) = kube.list("pods", namespace)
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        assert monitor["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
        assert endpoint["port"] in {port["name"] for each in pod["spec"]["containers"] for port in each.get("ports", [])}
        rules = rules_of(kube.get("prometheusrules", NAME, namespace))
        assert rules["MCPHighErrorRate"]["expr"].endswith(" > 0.25")
        assert rules["MCPHighResponseTime"]["expr"].endswith(" > 1.5")
        assert rules["MCPDown"]["for"] == "1m30s"
        assert "(1 - 99.5 / 100)" in rules["MCPErrorBudgetBurn"]["expr"]
        assert rules["MCPDown"]["labels"]["team"] == "payments"
        assert rules["MCPDown"]["annotations"]["runbook_url"] == "https://wiki.acme.com/mcp#mcpdown"
        assert "MCPDown" not in rules_of(kube.get("prometheusrules", "silent", namespace))

        kube.patch("podmonitors", NAME, namespace, {"spec": {"podMetricsEndpoints": [{"port": "http"}]}})
        kube.wait_one("podmonitors", NAME, namespace, lambda found: found["spec"] == monitor["spec"], "it is as before")
        kube.run("delete", "prometheusrule", NAME, namespace=namespace)
        kube.wait("prometheusrules", namespace, lambda found: NAME in found, "the rules come back")
        assert kube.get("podmonitors", "silent", namespace)["metadata"]["generation"] == 1, "it was written again"

        kube.patch("mcpservers", NAME, namespace, {"spec": {"monitoring": {"scrape": "None", "alerts": {"rules": "None"}}}})
        for kind in KINDS:
            kube.wait(kind, namespace, lambda found: set(found) == {"silent"}, f"{kind} go")
        found = kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is Ready without")
        assert condition(found, "Monitored") == {}
    finally:
        kube.run("delete", "-f", "-", stdin=kinds)
    ready(server("later", declared(), replicas=1))
