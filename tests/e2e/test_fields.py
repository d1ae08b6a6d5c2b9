# SPDX-License-Identifier: Apache-2.0
"""The field contract: no field of the resource without a test that shows its effect."""

import importlib
import pathlib

import pytest
import yaml

from cluster import ROOT
from fields import PROOFS, paths


@pytest.fixture(scope="module")
def fields():
    for module in pathlib.Path(__file__).parent.glob("test_*.py"):
        importlib.import_module(module.stem)
    crd = yaml.safe_load((ROOT / "crds" / "mcpservers.yaml").read_text())
    schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    return {f"{top}{rest}" for top in ("spec", "status") for rest in ("", *_below(schema, top))}


def _below(schema, top):
    return [path.removeprefix(top) for path in paths(schema["properties"][top], top)]


def test_every_field_has_a_test_that_shows_its_effect(fields):
    missing = sorted(fields - PROOFS.keys() - {"status"})
    assert not missing, "add @proves(…) to the test that shows the effect of: " + ", ".join(missing)


def test_no_test_speaks_of_a_field_that_is_gone(fields):
    gone = {path: tests for path, tests in PROOFS.items() if path.removesuffix("[]") not in fields}
    assert not gone
