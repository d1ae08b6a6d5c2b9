# SPDX-License-Identifier: Apache-2.0
"""What Prometheus is told to do with a server: the rules as promtool reads them, each alert firing and silent."""
import collections
import os
import shutil

import pytest
import yaml

from conftest import MCPCTL, ROOT

WATCHED = ROOT / "tests" / "golden" / "operator" / "monitored" / "mcpserver.yaml"
CASES = ROOT / "tests" / "alerts" / "mcp-server.yaml"
PROMTOOL = os.environ.get("PROMTOOL", "promtool")


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
