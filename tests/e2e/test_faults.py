# SPDX-License-Identifier: Apache-2.0
"""Whatever happens between the operator and the API server, what is changed meanwhile ends as if nothing had happened."""

import collections
import contextlib
import dataclasses
import json
import time

import pytest

from fault_proxy import Fault, failure
from kube import condition
from local_operator import LocalOperator, new_name
from plain import eventually
from resources import declared, placed, server, tool
from world import converges, is_at_rest, world

NAME = new_name()
HOLD_SECONDS = 2


def form(name, text, **spec):
    return server(name, declared("greeter", tool(text=text)), replicas=0, controllerName=NAME, **spec)


BEFORE = form("old", "Good day, {name}!", networkPolicy={"mode": "Restricted"})
AFTER = form("old", "Good night, {name}!", ingress={"host": "NAMESPACE.acme.com", "className": "none"})
NEW = form("new", "Hello, {name}!", networkPolicy={"mode": "Restricted"})


def is_child_write(exchange):
    return exchange.is_write and "/mcpservers/" not in exchange.path and "/events" not in exchange.path


def is_versioned(exchange):
    return exchange.query.get("resourceVersion", "0") != "0"


def is_watch(exchange):
    return exchange.is_watch


def is_watch_of_children(exchange):
    return exchange.is_watch and not exchange.path.endswith("/mcpservers")


def late(exchange):
    exchange.over(0.3)
    exchange.forward()


def stale(exchange):
    def hold(exchange, frame):
        exchange.over(60)
        return len(frame)

    exchange.forward(bend=hold)


def partly(exchange):
    exchange.forward_part()


def unheard(exchange):
    exchange.send_on()
    exchange.hang_up()


def gone_in_the_stream(exchange):
    exchange.answer(json.dumps({"type": "ERROR", "object": failure(410, "Expired")}) + "\n")


def refuses(*refusal, **more):
    return lambda exchange: exchange.refuse(*refusal, **more)


@dataclasses.dataclass
class Case:
    fault: Fault
    anew: bool = True  # what is under way is cut off first
    told: str = ""  # the reason that the status gives meanwhile
    at_start: bool = False  # whether one that starts meanwhile is tried, too


CASES = {
    "watches are cut in the middle of a frame": Case(Fault(partly, is_watch), at_start=True),
    "watches of children say nothing": Case(Fault(stale, is_watch_of_children)),
    "every answer is late": Case(Fault(late)),
    "429 with Retry-After": Case(Fault(refuses(429, "TooManyRequests", wait=1)), at_start=True),
    "429 with Retry-After to writes": Case(Fault(refuses(429, "TooManyRequests", wait=1), is_child_write), anew=False),
    "410 to versions that are known": Case(Fault(refuses(410, "Expired"), is_versioned)),
    "410 in the stream": Case(Fault(gone_in_the_stream, is_watch), at_start=True),
    "500 to everything": Case(Fault(refuses(500, "InternalError")), at_start=True),
    "500 to writes": Case(Fault(refuses(500, "InternalError"), is_child_write), anew=False),
    "403 to everything": Case(Fault(refuses(403, "Forbidden"))),
    "403 to writes": Case(Fault(refuses(403, "Forbidden"), is_child_write), anew=False, told="Forbidden"),
    "409 to writes": Case(Fault(refuses(409, "Conflict"), is_child_write), anew=False),
    "connections are reset": Case(Fault(lambda exchange: exchange.hang_up()), at_start=True),
    "answers to writes are lost": Case(Fault(unheard, is_child_write), anew=False),
    "answers are cut in the middle": Case(Fault(partly)),
    "a page of something else": Case(Fault(lambda exchange: exchange.answer("<html>It works!</html>", "text/html")), at_start=True),
}


@pytest.fixture
def operator(kube, tmp_path):
    with LocalOperator(kube, tmp_path, NAME) as operator:
        yield operator


@pytest.fixture(scope="module")
def undisturbed(kube, new_namespace, tmp_path_factory):
    """What each form becomes where nothing is in the way."""
    found = {}
    with LocalOperator(kube, tmp_path_factory.mktemp("undisturbed"), NAME) as operator:
        operator.start()
        for title, resource in {"before": BEFORE, "after": AFTER, "new": NEW}.items():
            namespace, name = new_namespace(f"undisturbed {title}"), resource["metadata"]["name"]
            kube.apply(placed(resource, namespace), namespace=namespace)
            kube.wait_one("mcpservers", name, namespace, is_at_rest, f"{name} is at rest")
            found[title] = world(kube, namespace, name)
        assert operator.stop() == 0
    return found


@contextlib.contextmanager
def is_calm(operator, seconds=HOLD_SECONDS):
    """However often it is refused, it neither asks without a pause nor burns the processor; and it does not end."""
    begin, asked, burnt = time.monotonic(), len(operator.proxy.seen), operator.cpu_seconds()
    yield
    _let_pass(seconds)
    assert operator.runs
    took, asked, burnt = time.monotonic() - begin, len(operator.proxy.seen) - asked, operator.cpu_seconds() - burnt
    print(f"{took:.1f} s, {asked} requests, {burnt:.2f} s of the processor, {len(operator.proxy.met)} met")
    assert asked < 150 + 60 * took, f"{asked} requests in {took:.1f} s"
    assert burnt < 0.5 + 0.2 * took, f"{burnt} s of the processor in {took:.1f} s"


def _let_pass(seconds):
    """How much is asked in a time is what this is about: nothing is waited for."""
    time.sleep(seconds)


def change(kube, namespace):
    """One server more, another spec of one that there was, one of its children gone and one altered."""
    kube.apply(NEW, placed(AFTER, namespace), namespace=namespace)
    kube.run("delete", "service", "old-peers", "--wait=false", namespace=namespace)
    kube.patch("services", "old", namespace, {"spec": {"selector": {"who": "me"}}})


def ends_as_ever(kube, namespace, operator, undisturbed):
    converges(kube, namespace, "new", undisturbed["new"])
    converges(kube, namespace, "old", undisturbed["after"])
    assert operator.stop() == 0


@pytest.mark.parametrize("what", CASES)
def test_what_changes_during_a_fault_is_made_up_for(kube, namespace, operator, undisturbed, what):
    case = CASES[what]
    kube.apply(BEFORE, namespace=namespace)
    operator.start()
    converges(kube, namespace, "old", undisturbed["before"])

    with operator.proxy.meeting(case.fault, case.anew), is_calm(operator):
        change(kube, namespace)
        eventually(lambda: operator.proxy.met, "the fault is met")
        if case.told:
            told = lambda found: condition(found, "Ready").get("reason") == case.told
            kube.wait_one("mcpservers", "new", namespace, told, f"{case.told} is told")

    ends_as_ever(kube, namespace, operator, undisturbed)


def test_what_changes_while_nobody_listens_is_made_up_for(kube, namespace, operator, undisturbed):
    kube.apply(BEFORE, namespace=namespace)
    operator.start()
    converges(kube, namespace, "old", undisturbed["before"])

    with operator.proxy.away(), is_calm(operator):
        change(kube, namespace)

    ends_as_ever(kube, namespace, operator, undisturbed)


@pytest.mark.parametrize("what", [what for what, case in CASES.items() if case.at_start])
def test_an_operator_that_starts_in_a_fault_works_after_it(kube, namespace, operator, undisturbed, what):
    kube.apply(NEW, namespace=namespace)

    with operator.proxy.meeting(CASES[what].fault):
        operator.start()
        with is_calm(operator, seconds=1):
            eventually(lambda: operator.proxy.met, "the fault is met")

    converges(kube, namespace, "new", undisturbed["new"])
    assert operator.stop() == 0


def test_what_is_not_seen_yet_is_not_made_twice(kube, namespace, operator, undisturbed):
    operator.start()
    kube.apply(BEFORE, namespace=namespace)
    converges(kube, namespace, "old", undisturbed["before"])
    begin = len(operator.proxy.seen)

    with operator.proxy.meeting(Fault(stale, is_watch_of_children)), is_calm(operator):
        kube.apply(NEW, namespace=namespace)
        kube.wait("deployments", namespace, lambda found: "new" in found, "the Deployment is made")
    converges(kube, namespace, "new", undisturbed["new"])

    made = collections.Counter(exchange.path for exchange in operator.proxy.seen[begin:] if is_child_write(exchange))
    assert made and set(made.values()) == {1}, made
