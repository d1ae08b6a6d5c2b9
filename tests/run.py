#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs every test there is, three stages at once; a line a stage, and the whole output in build/test/STAGE.log.

    tests/run.py                  all stages
    tests/run.py STAGE…           only these (and none that they need: those must have been there before)

With CI=true nothing is skipped: what this machine cannot run is a failure. So is a stage that hangs: it is ended.
"""

import dataclasses
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOGS = ROOT / "build" / "test"
JOBS = os.cpu_count() or 1
# A cluster beside that of `make up`, ended with the tests.
CLUSTER = "mooring-test"
# The kubeconfig that `make up` tells the user to export: its cluster is left alone.
UP = "/var/lib/mooring-cluster/kubeconfig"
HEARTBEAT = 60
# With a stage, in seconds: far more than one takes on two busy cores. What compiles much or runs a cluster has longer.
PATIENCE = 30 * 60
LONG = 60 * 60
CLOSING = re.compile(
    r"tests passed|tests failed|\d+ passed|\d+ failed|no tests ran|^# (pass|fail) |^ok |clang-tidy: \d+ files|headers: \d+ compiled|^lint: |: held for "
)

# What names what failed, in the output of each runner.
CULPRIT = re.compile(r"^(FAILED|ERROR) |^not ok |\*\*\*(Failed|Timeout)|: error: ")

# A lane's stages run one after another, the lanes beside each other. `cluster` mostly waits for pods. What is aside has
# the processors only when nobody else wants them: it compiles and looks, but nothing of it depends on time.
MAIN, BESIDE, ASIDE = "main", "cluster", "aside"


@dataclasses.dataclass
class Stage:
    name: str
    title: str
    command: str
    needs: tuple = ()
    lane: str = MAIN
    cluster: bool = False
    patience: float = PATIENCE
    is_overdue: bool = False
    process: subprocess.Popen = None
    began: float = 0.0
    told: float = 0.0
    took: float = 0.0

    @property
    def log(self):
        return LOGS / f"{self.name}.log"

    @property
    def is_good(self):
        return self.process.returncode == 0 and not self.is_overdue

    @property
    def runs(self):
        return self.process is not None and not self.took


STAGES = [
    Stage("lint", "format, house rules, syntax", "tests/lint/lint.sh --fast"),
    Stage(
        "cluster",
        "the cluster's own tests",
        # The flags are how it is built: without, all of Kubernetes would be compiled once more.
        'export GOFLAGS="-trimpath -gcflags=all=-dwarf=false" GOGC=400; "$GO" -C tests/cluster vet . ./internal/... && "$GO" -C tests/cluster test . ./internal/...',
    ),
    Stage(
        "release",
        "the programs as they ship, and their images",
        "tests/cluster/make-programs.sh && tests/cluster/make-images.sh",
        patience=LONG,
    ),
    Stage("programs", "the programs as a user starts them", '"$PYTHON" -m pytest -q tests/program tests/cmake', needs=("release",)),
    Stage(
        "interop",
        "official clients and servers of others, both generations",
        '"$NODE" --test tests/interop/*_test.mjs',
        needs=("release",),
    ),
    Stage(
        "conformance",
        "the official suite, every wrong request, streams on the wire",
        '"$NODE" --test tests/conformance/*_test.mjs && "$NODE" tests/conformance/ladder.mjs && "$NODE" tests/conformance/run.mjs && "$NODE" tests/conformance/run.mjs --cross',
        needs=("release",),
    ),
    Stage(
        "replicas",
        "three replicas behind a balancer, while keys are exchanged and one of them ends",
        '"$NODE" --test tests/replicas/*_test.mjs',
        needs=("release",),
    ),
    Stage("unit", "unit and component tests", f"ctest --preset ci -j {JOBS}", needs=("build",)),
    Stage(
        "threads",
        "rooms with threads under the thread sanitizer",
        "ctest --preset tsan -L threads",
        needs=("build-tsan",),
    ),
    Stage("tools", "Kubernetes, kubectl, Helm and what others look at it with", "tests/cluster/make-tools.sh tests", lane=BESIDE, cluster=True, patience=LONG),
    Stage(
        "verify",
        "what is generated is as its source says",
        "crds/make.sh build/release --check && manifests/make.sh --check",
        needs=("tools", "release"),
        lane=BESIDE,
        cluster=True,
    ),
    Stage(
        "e2e",
        "the whole on a real cluster",
        # Most of it is waiting, for pods above all.
        '"$PYTHON" -m pytest -q --durations=12 tests/e2e -m "not alone" -n 3 --dist loadfile && "$PYTHON" -m pytest -q --durations=12 tests/e2e -m alone',
        needs=("tools", "release"),
        lane=BESIDE,
        cluster=True,
        patience=LONG,
    ),
    Stage(
        "build",
        "every room with sanitizers, warnings are errors",
        f"cmake --preset ci && cmake --build --preset ci -j {JOBS}",
        lane=ASIDE,
        patience=LONG,
    ),
    Stage(
        "build-tsan",
        "the same for the thread sanitizer",
        f"cmake --preset tsan && cmake --build --preset tsan -j {JOBS} --target threaded_tests",
        lane=ASIDE,
        patience=LONG,
    ),
    Stage(
        "headers",
        "each header alone",
        "cmake --preset dev && tests/lint/headers.py build/dev",
        lane=ASIDE,
        patience=LONG,
    ),
    Stage(
        "fuzz",
        "what comes from outside, a minute a parser, all at once",
        "tests/fuzz/run.py --seconds 60 --at-once 8",
        needs=("build",),
        lane=ASIDE,
        patience=LONG,
    ),
    Stage("tidy", "clang-tidy", "cmake --preset dev && tests/lint/tidy.py build/dev", lane=ASIDE, patience=LONG),
]


class Failed(Exception):
    pass


def say(text):
    print(text, flush=True)


def environment():
    made = dict(os.environ, MOORING_CLUSTER=CLUSTER, CMAKE_COLOR_DIAGNOSTICS="OFF", PYTHONDONTWRITEBYTECODE="1")
    for line in (ROOT / "build" / "tools.env").read_text().splitlines():
        name, _, value = line.partition("=")
        made[name] = value
    return made


def unable():
    """Why the stages with a cluster cannot run here, if they cannot."""
    if "KUBECONFIG" not in os.environ and os.geteuid() != 0:
        return "a cluster needs root, or KUBECONFIG"
    return None


def start(stage):
    stage.began = stage.told = time.monotonic()
    command = f"set -euo pipefail; {stage.command}"
    if stage.lane == ASIDE:
        # nice ranks within a session only, where the scheduler groups by session.
        command = "{ echo 15 > /proc/self/autogroup; } 2> /dev/null || true; " + command
    prefix = ["nice", "-n", "15"] if stage.lane == ASIDE else []
    stage.process = subprocess.Popen(
        [*prefix, "bash", "-c", command],
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=stage.log.open("w"),
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def signalled(stage, number):
    """Whether there was still somebody of this stage to be signalled: its shell does not wait for the others."""
    stage.process.poll()
    try:
        os.killpg(stage.process.pid, number)
    except ProcessLookupError:
        return False
    return True


def stop(stage):
    if not stage.process or stage.process.poll() is not None:
        return
    signalled(stage, signal.SIGTERM)
    end = time.monotonic() + 30
    while signalled(stage, 0) and time.monotonic() < end:
        time.sleep(0.1)
    signalled(stage, signal.SIGKILL)
    stage.process.wait()


def last_line(stage):
    lines = stage.log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")[:100]


def look(stage):
    """Tells how far a long one is, ends one that hangs, and reports on one that has ended."""
    now = time.monotonic()
    if stage.process.poll() is None and now - stage.told > HEARTBEAT:
        stage.told = now
        say(f"       {stage.name}… {now - stage.began:.0f} s: {last_line(stage)}")
    stage.is_overdue = now - stage.began > stage.patience
    if stage.process.poll() is not None or stage.is_overdue:
        stop(stage)
        report(stage)


def culprits(lines):
    """What failed comes first: the end of an output may be long, and not all of it be shown by whoever runs this."""
    return [line for line in lines if CULPRIT.search(line)][:20]


def report(stage):
    stage.took = time.monotonic() - stage.began
    lines = stage.log.read_text(errors="replace").splitlines()
    good = stage.is_good
    say(f"{'ok  ' if good else 'FAIL'}   {stage.name}: {stage.title} ({stage.took:.0f} s)")
    for line in [line for line in lines if CLOSING.search(line)][-4:] if good else [*culprits(lines), *lines[-60:]]:
        say(f"         {line}")
    if not good:
        how = f"was ended after {stage.patience / 60:.0f} min" if stage.is_overdue else f"ended with {stage.process.returncode}"
        raise Failed(f"{stage.name} {how}; its whole output: {stage.log.relative_to(ROOT)}")


def able(stages, skipped):
    """The stages that can run here."""
    reason = unable()
    for stage in stages:
        if stage.cluster and reason:
            if os.environ.get("CI") == "true":
                raise Failed(f"{stage.name} cannot run here: {reason}")
            say(f"skip   {stage.name}: {reason}")
            skipped.append(stage.name)
    return [stage for stage in stages if stage.name not in skipped]


def run(stages, skipped):
    left = able(stages, skipped)
    while left:
        unfinished = {stage.name for stage in left}
        for lane in (MAIN, BESIDE, ASIDE):
            stage = next((stage for stage in left if stage.lane == lane), None)
            if stage and not stage.process and unfinished.isdisjoint(stage.needs):
                start(stage)
        for stage in left:
            if stage.runs:
                look(stage)
        left = [stage for stage in left if not stage.took]
        time.sleep(0.1)


def end_cluster():
    cluster = ROOT / "build" / "bin" / "cluster"
    if cluster.exists() and "KUBECONFIG" not in os.environ and os.geteuid() == 0:
        with (LOGS / "cluster-down.log").open("w") as log:
            subprocess.run([cluster, "--name", CLUSTER, "down"], stdout=log, stderr=subprocess.STDOUT, check=False)


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    wanted = sys.argv[1:]
    if unknown := set(wanted) - {stage.name for stage in STAGES}:
        say(f"run.py: unknown stage {', '.join(sorted(unknown))}; there are: {', '.join(stage.name for stage in STAGES)}")
        return 2
    stages = [stage for stage in STAGES if not wanted or stage.name in wanted]
    LOGS.mkdir(parents=True, exist_ok=True)
    if os.environ.get("KUBECONFIG") == UP:
        del os.environ["KUBECONFIG"]
    signal.signal(signal.SIGTERM, interrupted)
    begin, skipped, failure = time.monotonic(), [], None
    try:
        run(stages, skipped)
    except Failed as failed:
        failure = str(failed)
    except KeyboardInterrupt:
        failure = "interrupted"
    finally:
        for stage in stages:
            stop(stage)
        if any(stage.name == "e2e" and stage.process for stage in stages):
            end_cluster()
    return summary(stages, skipped, failure, time.monotonic() - begin)


def summary(stages, skipped, failure, took):
    good = [stage for stage in stages if stage.took and stage.is_good]
    bad = [stage.name for stage in stages if stage.took and not stage.is_good]
    unrun = [stage.name for stage in stages if stage not in good and stage.name not in bad + skipped]
    say("")
    if failure:
        say(f"failed: {failure}")
    if unrun:
        say(f"not run to the end: {', '.join(unrun)}")
    if skipped:
        say(f"skipped: {', '.join(skipped)}")
    say(f"{len(good)} stages passed, {len(bad)} failed, {len(unrun)} not run, {len(skipped)} skipped in {took / 60:.1f} minutes")
    return 1 if failure else 0


if __name__ == "__main__":
    sys.exit(main())
