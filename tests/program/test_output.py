# SPDX-License-Identifier: Apache-2.0
"""What the programs write, where nobody reads it or there is no room for it."""
import json
import os
import signal
import socket
import subprocess
import time

import pytest

from conftest import GENEROUS, HELLO, MCPCTL, ROOT, SERVER, http, settings

CHATTERBOX = {"name": "chatterbox", "stdio": {"command": ["sh", "-c", "exec yes >&2"]}}


@pytest.fixture
def full_pipe():
    """The writing end of a pipe that nobody reads and that takes nothing more."""
    reading_end, writing_end = os.pipe()
    os.set_blocking(writing_end, False)
    try:
        while True:
            os.write(writing_end, bytes(4096))
    except BlockingIOError:
        os.set_blocking(writing_end, True)
    yield writing_end
    os.close(reading_end)
    os.close(writing_end)


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def is_healthy(port):
    try:
        return http("GET", f"http://127.0.0.1:{port}/health").status == 200
    except OSError:
        return False


def test_a_server_whose_log_nobody_reads_serves_and_ends_when_told(tmp_path, full_pipe):
    port = free_port()
    document = tmp_path / "settings.json"
    document.write_text(json.dumps(settings(
        listen={"address": "127.0.0.1", "port": port, "threads": 1}, backends=[CHATTERBOX, HELLO])))
    process = subprocess.Popen([SERVER, "serve", "--settings", document], stderr=full_pipe)
    try:
        end = time.monotonic() + GENEROUS
        while not is_healthy(port):
            assert time.monotonic() < end
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(GENEROUS) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize("command", [
    [MCPCTL, "crd"], [MCPCTL, "version"], [MCPCTL, "--help"], [MCPCTL, "explain"],
    [MCPCTL, "render", "-f", ROOT / "manifests/samples/quickstart.yaml"],
    [SERVER, "settings", "--markdown"], [SERVER, "--version"]], ids=lambda command: command[0].name + " " + command[1])
def test_what_could_not_be_written_is_no_success(command):
    with open("/dev/full", "wb") as full_disk:
        ended = subprocess.run(command, stdout=full_disk, stderr=subprocess.PIPE, text=True, timeout=GENEROUS)
    closed = subprocess.run(["sh", "-c", 'exec "$0" "$@" >&-', *command], stderr=subprocess.PIPE, text=True, timeout=GENEROUS)

    for one, why in ((ended, "No space left on device"), (closed, "Bad file descriptor")):
        assert one.returncode == 1
        assert one.stderr.endswith(f"{command[0].name}: cannot write to standard output: {why}\n")
