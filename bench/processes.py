# SPDX-License-Identifier: Apache-2.0
"""What the kernel says of processes, and programs started for a measurement and ended after it."""

import contextlib
import os
import pathlib
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid):
    text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    return text[text.rindex(")") + 2 :].split()


def tree(pid):
    """The process and all below it."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with contextlib.suppress(OSError):
                parents.setdefault(int(_stat(entry)[1]), []).append(int(entry))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found


def cpu_seconds(pid, alone=False):
    """User and system time so far, of the tree or of the process alone."""
    total = 0
    for one in [pid] if alone else tree(pid):
        with contextlib.suppress(OSError):
            fields = _stat(one)
            total += int(fields[11]) + int(fields[12])
    return total / TICK


def pin_below(pid, core):
    """Everything that the process has started, with all threads, to one core."""
    for one in tree(pid)[1:]:
        with contextlib.suppress(OSError):
            for thread in os.listdir(f"/proc/{one}/task"):
                os.sched_setaffinity(int(thread), {core})


def resident_bytes(pid):
    total = 0
    for one in tree(pid):
        for line in pathlib.Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                total += int(line.split()[1]) * 1024
    return total


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port, path="/ready"):
    """Whether a GET is answered with 200."""
    try:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return connection.recv(64).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def wait_until(condition, what, limit=60, pause=0.0005):
    end = time.monotonic() + limit
    while not (value := condition()):
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what} did not come within {limit} s")
        time.sleep(pause)
    return value


@contextlib.contextmanager
def started(command, core=None, log=None, piped=False):
    """A program, pinned to a core if one is named; ended on leaving."""
    pin = ["taskset", "-c", str(core)] if core is not None else []
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(open(log or os.devnull, "wb"))
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE} if piped else {"stdin": subprocess.DEVNULL, "stdout": out}
        process = stack.enter_context(subprocess.Popen([*pin, *map(str, command)], stderr=out, **pipes))
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                process.kill()
