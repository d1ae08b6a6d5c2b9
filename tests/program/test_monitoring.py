# SPDX-License-Identifier: Apache-2.0
"""What Prometheus and Grafana are told of a server: each alert fires and is silent when it should, every query of rules and
dashboard has an answer where a real Prometheus reads a real server."""
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

from conftest import GENEROUS, HELLO, MCPCTL, ROOT, http, settings

WATCHED = ROOT / "tests" / "golden" / "operator" / "monitored" / "mcpserver.yaml"
CASES = ROOT / "tests" / "alerts" / "mcp-server.yaml"
DASHBOARD = ROOT / "charts" / "mooring" / "files" / "mcp-server-dashboard.json"
PROMTOOL = os.environ.get("PROMTOOL", "promtool")
PROMETHEUS = os.environ.get("PROMETHEUS", "prometheus")
SLOW = {"name": "slow", "stdio": {"command": [sys.executable, "-u", str(ROOT / "tests/program/slow_child.py")]}}
# What the PodMonitor and prometheus-operator give the series.
LABELS = {"namespace": "tools", "mcp_server": "weather", "pod": "weather-a"}


@pytest.fixture
def rules(run, tmp_path):
    """A folder with what the operator makes for the watched server, as Prometheus loads it, and the cases beside it."""
    rendered = run(MCPCTL, "render", "-f", WATCHED)
    assert rendered.returncode == 0, rendered.stderr
    (found,) = [each for each in yaml.safe_load_all(rendered.stdout) if each["kind"] == "PrometheusRule"]
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(found["spec"]))
    shutil.copy(CASES, tmp_path)
    return tmp_path


def test_each_alert_fires_when_it_should_and_is_silent_when_not(run, rules):
    checked = run(PROMTOOL, "check", "rules", "rules.yaml", cwd=rules)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    tested = run(PROMTOOL, "test", "rules", CASES.name, cwd=rules)
    assert tested.returncode == 0, tested.stdout + tested.stderr


def test_no_alert_is_without_a_case_in_which_it_fires_one_in_which_it_is_silent_and_a_runbook(rules):
    (group,) = yaml.safe_load((rules / "rules.yaml").read_text())["groups"]
    alerts = {(rule["alert"], rule["labels"]["severity"]) for rule in group["rules"]}
    fires, silent = set(), collections.Counter()
    for test in yaml.safe_load(CASES.read_text())["tests"]:
        for case in test["alert_rule_test"]:
            expected = case.get("exp_alerts", [])
            fires |= {(case["alertname"], each["exp_labels"]["severity"]) for each in expected}
            silent[case["alertname"]] += not expected
    headings = {line[3:] for line in (ROOT / "docs" / "runbooks.md").read_text().splitlines() if line.startswith("## ")}
    assert fires == alerts
    assert all(silent[name] for name, _ in alerts)
    assert headings == {name for name, _ in alerts}
    assert all(rule["annotations"]["runbook_url"].endswith("#" + rule["alert"].lower()) for rule in group["rules"])


class Prometheus:
    def __init__(self, folder, target):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.url = f"http://127.0.0.1:{free.getsockname()[1]}"
        scrape = {"job_name": "mcp-server", "static_configs": [{"targets": [target], "labels": LABELS}]}
        often = {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"}
        config = {"global": often, "rule_files": ["rules.yaml"], "scrape_configs": [scrape]}
        (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
        self.log = folder / "prometheus.log"
        listen = self.url.removeprefix("http://")
        command = [PROMETHEUS, "--config.file=prometheus.yaml", "--storage.tsdb.path=data", f"--web.listen-address={listen}"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)

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

    def stop(self):
        self.process.terminate()
        self.process.wait(GENEROUS)


@pytest.fixture
def watched(start, rules):
    """A server that is called, some of it in vain, and a Prometheus that reads it."""
    server = start(settings(backends=[HELLO, SLOW]))
    server.wait_ready()
    prometheus = Prometheus(rules, server.admin.removeprefix("http://"))

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
    groups = yaml.safe_load((rules / "rules.yaml").read_text())["groups"]
    selector = ",".join(f'{name}="{LABELS[name]}"' for name in ("namespace", "mcp_server"))
    series = {name for group in groups for rule in group["rules"] for name in re.findall(r"([a-z_0-9]+)\{", rule["expr"])}
    missing = {f"{name}{{{selector}}}": f"the series {name}" for name in series}
    missing |= {query: title for title, query in queries_of(json.loads(DASHBOARD.read_text()))}
    missing |= {f'mcp_build_info{{namespace="{LABELS["namespace"]}",mcp_server="{LABELS["mcp_server"]}"}}': "the variables"}
    asked = len(missing)

    def all_answered():
        watched.call()
        for query in [query for query in missing if watched.has(query)]:
            del missing[query]
        return not missing

    try:
        watched.wait(all_answered, "an answer to each query")
    except AssertionError:
        print("without an answer:", missing)
        raise
    assert asked > 25

    def evaluated():
        (group,) = watched.get("rules")["groups"]
        return all(rule["health"] != "unknown" for rule in group["rules"]) and group["rules"]

    found = watched.wait(evaluated, "an evaluation of each rule")
    assert {rule["health"] for rule in found} == {"ok"}, [rule.get("lastError") for rule in found]


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
