# SPDX-License-Identifier: Apache-2.0
"""The official MCP clients of tests/interop as processes."""

import json
import os
import pathlib
import re
import signal
import subprocess
import time
import urllib.request

from cluster import tool as program

INTEROP = pathlib.Path(__file__).parent.parent / "interop"


def _run(url, *arguments, client="v2", era="auto"):
    return subprocess.run(
        [program("node"), INTEROP / "call.mjs", "--url", url, "--client", client, "--era", era, *arguments],
        text=True,
        capture_output=True,
        timeout=120,
    )


def call(url, tool, arguments=None, **speaker):
    """Answers the text of the tool's result; fails when the tool did."""
    done = _run(url, "--tool", tool, "--args", json.dumps(arguments or {}), **speaker)
    assert done.returncode == 0, f"{tool} failed: {done.stdout}{done.stderr}"
    return json.loads(done.stdout)["result"]["content"][0]["text"]


def failed_call(url, tool, arguments=None, **speaker):
    """Answers what the client says of a call that must fail."""
    done = _run(url, "--tool", tool, "--args", json.dumps(arguments or {}), **speaker)
    assert done.returncode == 1, f"{tool} did not fail: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def tools(url, **speaker):
    """The tools by name."""
    done = _run(url, "--list", **speaker)
    assert done.returncode == 0, f"tools/list failed: {done.stdout}{done.stderr}"
    return {tool["name"]: tool for tool in json.loads(done.stdout)["tools"]}


def wait_text(url, wanted, timeout=60):
    """Looks at a page until it says this."""
    deadline = time.monotonic() + timeout
    page = ""
    while wanted not in page:
        assert time.monotonic() < deadline, f"{wanted!r} is not in\n{page}"
        time.sleep(0.1)
        with urllib.request.urlopen(url, timeout=30) as response:
            page = response.read().decode()


def interop(url):
    """Runs the whole interop test against a URL; answers how many of its tests passed."""
    environment = {**os.environ, "MOORING_URL": url}
    done = subprocess.run(
        [program("node"), "--test", "--test-reporter=tap", INTEROP / "interop_test.mjs"],
        env=environment,
        text=True,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return int(re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE).group(1))


class Load:
    """Calls of one tool without a pause, from the first answered call until `stop`, and at least so many."""

    def __init__(self, url, tool, arguments, era="modern", rate=60, concurrency=4, least=100):
        self._process = subprocess.Popen(
            [program("node"), INTEROP / "load.mjs", "--url", url, "--tool", tool, "--args", json.dumps(arguments)]
            + ["--era", era, "--rate", str(rate), "--concurrency", str(concurrency), "--seconds", "600", "--least", str(least)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        first = self._process.stderr.readline()
        assert first.startswith("calling"), first + self._process.stderr.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()
        self._process.stderr.close()

    def stop(self):
        """Answers {calls, failed, errors, slowestMs}."""
        self._process.send_signal(signal.SIGTERM)
        out, err = self._process.communicate(timeout=90)
        assert out, f"load.mjs printed no report: {err}"
        return json.loads(out)
