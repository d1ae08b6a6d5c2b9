# SPDX-License-Identifier: Apache-2.0
"""manifests/samples as objects."""

import yaml

from cluster import ROOT

SAMPLES = ROOT / "manifests" / "samples"


def sample(name):
    """All objects of a sample."""
    return list(yaml.safe_load_all((SAMPLES / name).read_text()))
