# SPDX-License-Identifier: Apache-2.0
"""What Prometheus and Grafana are told of a server and of the operator: each alert fires and is silent when it should, every
query of rules and dashboard has an answer where a real Prometheus reads real programs."""
import collections
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.parse

import pytest
import yaml

from conftest import GENEROUS, HELLO, MCPCTL, OPERATOR, ROOT, http, settings

WATCHED = ROOT / "tests" / "golden" / "operator" / "monitored" / "mcpserver.yaml"
CASES = ROOT / "tests" / "alerts" / "mcp-server.yaml"
LEAST_CASES = ROOT / "tests" / "alerts" / "least-availability.yaml"
OPERATOR_ALERTS = ROOT / "charts" / "mooring" / "files" / "operator-alerts.yaml"
OPERATOR_CASES = ROOT / "tests" / "alerts" / "operator.yaml"
DASHBOARD = ROOT / "charts" / "mooring" / "files" / "mcp-server-dashboard.json"
PROMTOOL = os.environ.get("PROMTOOL", "promtool")
PROMETHEUS = os.environ.get("PROMETHEUS", "prometheus")
SLOW = {"name": "slow", "stdio": {"command": [sys.executable, "-u", str(ROOT / "tests/program/slow_child.py")]}}
# What the PodMonitor and prometheus-operator give the series.
LABELS = {"namespace": "tools", "mcp_server": "weather", "pod": "weather-a"}
OPERATOR_LABELS = {"namespace": "mooring-system", "job": "mcp-operator", "pod": "operator-a"}


@pytest.fixture
def rules(run, tmp_path):
    """A folder with what the operator makes for the watched server, as Prometheus loads it, and the cases beside it."""
    rendered = run(MCPCTL, "render", "-f", WATCHED)
    assert rendered.returncode == 0, rendered.stderr
    (found,) = [each for each in yaml.safe_load_all(rendered.stdout) if each["kind"] == "PrometheusRule"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(found["spec"]))
    shutil.copy(CASES, tmp_path)
    return tmp_path


@pytest.fixture
def operator_rules(tmp_path):
    """The same of the operator's own alerts."""
    shutil.copy(OPERATOR_ALERTS, tmp_path / "rules.yaml")
    shutil.copy(OPERATOR_CASES, tmp_path)
    return tmp_path


BOTH = [("rules", CASES), ("operator_rules", OPERATOR_CASES)]


@pytest.mark.parametrize("folder, cases", BOTH)
def test_each_alert_fires_when_it_should_and_is_silent_when_not(run, request, folder, cases):
    folder = request.getfixturevalue(folder)
    checked = run(PROMTOOL, "check", "rules", "rules.yaml", cwd=folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = run(PROMTOOL, "test", "rules", cases.name, cwd=folder)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_the_least_availability_that_may_be_asked_for_can_still_be_missed(run, tmp_path):
    server = yaml.safe_load(WATCHED.read_text())
    server["spec"]["monitoring"]["alerts"]["availabilityPercent"] = 94
    (tmp_path / "server.yaml").write_text(yaml.safe_dump(server))
    rendered = run(MCPCTL, "render", "-f", tmp_path / "server.yaml")
    assert rendered.returncode == 0, rendered.stderr
    (found,) = [each for each in yaml.safe_load_all(rendered.stdout) if each["kind"] == "PrometheusRule"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(found["spec"]))
    (tmp_path / LEAST_CASES.name).write_text(LEAST_CASES.read_text())
    tested = run(PROMTOOL, "test", "rules", LEAST_CASES.name, cwd=tmp_path)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def rules_of(folder):
    (group,) = yaml.safe_load((folder / "rules.yaml").read_text())["groups"]
    return group["rules"]


def headings():
    lines = (ROOT / "docs" / "runbooks.md").read_text().splitlines()
    return [line[3:] for line in lines if line.startswith("## ")]


@pytest.mark.parametrize("folder, cases", BOTH)
def test_no_alert_is_without_a_case_in_which_it_fires_one_in_which_it_is_silent_and_a_runbook(request, folder, cases):
    rules = rules_of(request.getfixturevalue(folder))
    alerts = {(rule["alert"], rule["labels"]["severity"]) for rule in rules}
    fires, silent = set(), collections.Counter()
    for test in yaml.safe_load(cases.read_text())["tests"]:
        for case in test["alert_rule_test"]:
            expected = case.get("exp_alerts", [])
            fires |= {(case["alertname"], each["exp_labels"]["severity"]) for each in expected}
            silent[case["alertname"]] += not expected
    assert fires == alerts
    assert all(silent[name] for name, _ in alerts)
    assert {name for name, _ in alerts} <= set(headings())
    assert all(rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower()) for rule in rules)


def test_no_runbook_is_of_an_alert_that_there_is_not(rules):
    of_servers = {rule["alert"] for rule in rules_of(rules)}
    of_operator = {rule["alert"] for group in yaml.safe_load(OPERATOR_ALERTS.read_text())["groups"] for rule in group["rules"]}
    assert sorted(headings()) == sorted(of_servers | of_operator)


class Prometheus:
    def __init__(self, folder, target, job, labels):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        scrape = {"job_name": job, "static_configs": [{"targets": [target], "labels": labels}]}
        often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        config = {"global": often, "rule_files": ["rules.yaml"], "scrape_configs": [scrape]}
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.log = folder / "prometheus.log"
        listen = self.url.removeprefix("http://")
        command = [PROMETHEUS, "--config.file=prometheus.yaml", "--storage.tsdb.path=data", f"--web.listen-address={listen}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)

    def ready(self):
        # It listens before it has opened its storage, and answers 503 until then.
        return http("GET", f"{self.url}/-/ready").status == 200

    def get(self, path, **query):
        answer = http("GET", f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(query)}")
        assert answer.status == 200, answer.body
        return answer.json["data"]

    def has(self, query):
        """Whether there are numbers; 0 divided by 0 is none."""
        return any(sample["value"][1] != "NaN" for sample in self.get("query", query=query)["result"])

    def wait(self, condition, what):
        end = time.monotonic() + GENEROUS
        while time.monotonic() < end:
            try:
                if value := condition():
                    return value
            except OSError:
                assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.2)
        raise AssertionError(f"{what} did not come; the log:\n{self.log.read_text()[-3000:]}")

    def wait_for_answers(self, missing, meanwhile=lambda: None):
        """Until each query has numbers; `missing` says by query what it is for, and is emptied."""

        def all_answered():
            meanwhile()
            for query in [query for query in missing if self.has(query)]:
                del missing[query]
            return not missing

        self.wait(self.ready, "Prometheus")
        try:
            self.wait(all_answered, "an answer to each query")
        except AssertionError:
            print("without an answer:", missing)
            raise

    def wait_for_rules(self):
        """Until each rule has been evaluated, none with an error."""

        def evaluated():
            (group,) = self.get("rules")["groups"]
            return all(rule["health"] != "unknown" for rule in group["rules"]) and group["rules"]

        found = self.wait(evaluated, "an evaluation of each rule")
        assert {rule["health"] for rule in found} == {"ok"}, [rule.get("lastError") for rule in found]

    def stop(self):
        self.process.terminate()
        self.process.wait(GENEROUS)


@pytest.fixture
def watched(start, rules):
    """A server that is called, some of it in vain, and a Prometheus that reads it."""
    server = start(settings(backends=[HELLO, SLOW]))
    server.wait_ready()
    prometheus = Prometheus(rules, server.admin.removeprefix("http://"), "mcp-server", LABELS)

    def call():
        server.modern("tools/call", {"name": "greet", "arguments": {"who": "Ada"}}, Mcp_Name="greet")
        server.modern("tools/call", {"name": "nobody", "arguments": {}}, Mcp_Name="nobody")

    prometheus.call = call
    yield prometheus
    prometheus.stop()


def queries_of(dashboard):
    """The queries of each panel, as Grafana would ask them of the watched server."""
    values = {"$namespace": LABELS["namespace"], "$server": LABELS["mcp_server"], "$__rate_interval": "10s"}
    for panel in dashboard["panels"]:
        for target in panel["targets"]:
            query = target["expr"]
            for name, value in values.items():
                query = query.replace(name, value)
            assert "$" not in query
            yield panel["title"], query


def test_every_query_of_the_dashboard_and_of_the_rules_finds_what_a_server_tells(watched, rules):
    selector = ",".join(f'{name}="{LABELS[name]}"' for name in ("namespace", "mcp_server"))
    series = {name for rule in rules_of(rules) for name in re.findall(r"([a-z_0-9]+)\{", rule["expr"])}
    missing = {f"{name}{{{selector}}}": f"the series {name}" for name in series}
    missing |= {query: title for title, query in queries_of(json.loads(DASHBOARD.read_text()))}
    missing |= {f'mcp_build_info{{namespace="{LABELS["namespace"]}",mcp_server="{LABELS["mcp_server"]}"}}': "the variables"}
    assert len(missing) > 25

    watched.wait_for_answers(missing, meanwhile=watched.call)
    watched.wait_for_rules()


@pytest.fixture
def watched_operator(tmp_path, operator_rules):
    """An operator whose API server is not there, and a Prometheus that reads it."""
    with socket.socket() as free, socket.socket() as nobody:
        free.bind(("127.0.0.1", 0))
        nobody.bind(("127.0.0.1", 0))  # and does not listen: whoever connects is refused
        metrics, away = (f"127.0.0.1:{each.getsockname()[1]}" for each in (free, nobody))
        free.close()
        cluster = {"clusters": [{"name": "c", "cluster": {"server": f"http://{away}"}}], "users": [{"name": "u", "user": {}}]}
        context = {"contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}
        (tmp_path / "kubeconfig").write_text(yaml.safe_dump({"apiVersion": "v1", "kind": "Config"} | cluster | context))
        command = [OPERATOR, "--kubeconfig", tmp_path / "kubeconfig", "--metrics-address", metrics]
        with (tmp_path / "operator.log").open("wb") as log:
            operator = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            prometheus = Prometheus(operator_rules, metrics, OPERATOR_LABELS["job"], OPERATOR_LABELS)
            yield prometheus
            prometheus.stop()
        finally:
            operator.terminate()
            operator.wait(GENEROUS)


def test_every_series_of_the_alerts_on_the_operator_is_one_that_it_has(watched_operator, operator_rules):
    # What is asked of the codes is whether there is such a label: which of them come is the API server's to say.
    series = {each for rule in rules_of(operator_rules) for each in re.findall(r"[a-z_0-9]+\{[^}]*\}", rule["expr"])}
    missing = {re.sub(r'code=~"[^"]*"', 'code!=""', each): "a rule" for each in series}
    missing['rest_client_requests_total{job="mcp-operator",code="<error>"}'] = "requests without an answer"
    assert len(missing) >= 8

    watched_operator.wait_for_answers(missing)
    watched_operator.wait_for_rules()


def test_the_dashboard_is_what_the_schema_of_grafana_has():
    sys.path.insert(0, os.environ["MCP_PYTHONPATH"])
    try:
        from grafana_foundation_sdk.cog import encoder, plugins
        from grafana_foundation_sdk.models.dashboard import Dashboard
    finally:
        sys.path.pop(0)
    plugins.register_default_plugins()
    written = json.loads(DASHBOARD.read_text())
    read = json.loads(encoder.JSONEncoder().encode(Dashboard.from_json(written)))

    def beyond(mine, known, path):
        """What is written and not kept by types made of Grafana's schema."""
        if isinstance(mine, dict) and isinstance(known, dict):
            return [found for key in mine for found in beyond(mine[key], known.get(key, "nothing"), f"{path}.{key}")]
        if isinstance(mine, list) and isinstance(known, list) and len(mine) == len(known):
            return [found for i, (a, b) in enumerate(zip(mine, known)) for found in beyond(a, b, f"{path}[{i}]")]
        return [] if mine == known else [path]

    assert beyond(written, read, "dashboard") == []
    panels = written["panels"]
    assert {"Request Rate", "Response Time", "Active Connections", "Error Rate"} <= {panel["title"] for panel in panels}
    assert len({panel["id"] for panel in panels}) == len(panels)
