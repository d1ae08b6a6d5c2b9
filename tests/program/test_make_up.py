# SPDX-License-Identifier: Apache-2.0
"""What `make up` and `make down` refuse before they have done anything. That they work is seen on the cluster."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT

NAME = "mooring-refused"


@pytest.fixture(name="kept")
def folder_of_a_name_that_nobody_uses():
    kept = ROOT / "build" / f"up-{NAME}"
    shutil.rmtree(kept, ignore_errors=True)
    yield kept
    shutil.rmtree(kept, ignore_errors=True)


def script(name, kubeconfig):
    environment = dict(os.environ, MOORING_CLUSTER=NAME, KUBECONFIG=str(kubeconfig))
    return subprocess.run([ROOT / "tests" / "cluster" / name], env=environment, text=True, capture_output=True, check=False, timeout=60)


def test_a_kubeconfig_that_is_not_there_is_told_before_anything_is_built(kept, tmp_path):
    done = script("make-up.sh", tmp_path / "none")
    assert done.returncode == 1
    assert f"KUBECONFIG is {tmp_path}/none, which cannot be read" in done.stderr
    assert not (kept / "choice").exists()


def test_another_cluster_than_that_which_is_up_is_refused_for_make_down_would_end_only_one(kept, tmp_path):
    kept.mkdir(parents=True)
    (kept / "choice").write_text("target=own\nKUBECONFIG=''\n")
    (tmp_path / "prod").touch()
    done = script("make-up.sh", tmp_path / "prod")
    assert done.returncode == 1
    assert "it has used the project's own cluster already: end that by `make down` first" in done.stderr
    assert (kept / "choice").read_text() == "target=own\nKUBECONFIG=''\n"


def test_make_down_does_nothing_in_a_cluster_where_nothing_was_installed(kept, tmp_path):
    kept.mkdir(parents=True)
    (kept / "choice").write_text(f"target=foreign\nKUBECONFIG={tmp_path}/prod\n")
    done = script("make-down.sh", tmp_path / "prod")
    assert done.returncode == 0, done.stderr
    assert "nothing of 'make up' is in the cluster of KUBECONFIG" in done.stdout
