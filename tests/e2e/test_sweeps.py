# SPDX-License-Identifier: Apache-2.0
"""Wherever the operator is ended, whatever becomes of a child, and in whatever order: the same objects come of it."""

import itertools
import threading

import pytest

from fault_proxy import Fault
from kube import corrections
from local_operator import LocalOperator, new_name
from plain import eventually
from resources import declared, placed, server, tool
from world import converges, is_at_rest, world

NAME = new_name()


def form(text, **spec):
    return server("swept", declared("greeter", tool(text=text)), replicas=0, controllerName=NAME, **spec)


INGRESS = {"host": "NAMESPACE.acme.com", "className": "none"}
FIRST = form("Hello, {name}!", networkPolicy={"mode": "Restricted"}, ingress=INGRESS)
# Without what the first has: children go, too.
SECOND = form("Good night, {name}!")
LABEL = "app.kubernetes.io/component"
# How long an operator that has made everything may still have an Event to write.
REST = 2


@pytest.fixture
def operator(kube, tmp_path):
    with LocalOperator(kube, tmp_path, NAME) as operator:
        yield operator


@pytest.fixture(scope="module")
def undisturbed(kube, new_namespace, tmp_path_factory):
    """What each form becomes where nothing is in the way; the operator is there first."""
    found = {}
    with LocalOperator(kube, tmp_path_factory.mktemp("undisturbed"), NAME) as operator:
        operator.start()
        for title, resource in {"first": FIRST, "second": SECOND}.items():
            namespace = new_namespace(f"sweep undisturbed {title}")
            kube.apply(placed(resource, namespace), namespace=namespace)
            kube.wait_one("mcpservers", "swept", namespace, is_at_rest, "it is at rest")
            found[title] = world(kube, namespace, "swept")
        assert operator.stop() == 0
    return found


class Ending:
    """A fault: the n-th write to a namespace is done, but before it is answered the operator is killed.

    To be killed after the answer, and before the next write, is the same: it keeps nothing but what it writes.
    """

    def __init__(self, operator, namespace, number):
        self._operator, self._namespace, self._number = operator, namespace, number
        self._counted = itertools.count(1)
        self.has_come = threading.Event()
        self.fault = Fault(self._end, self._is_due)

    def _is_due(self, exchange):
        if self.has_come.is_set():
            return True
        counts = exchange.is_write and f"/namespaces/{self._namespace}/" in exchange.path
        return counts and next(self._counted) == self._number

    def _end(self, exchange):
        if not self.has_come.is_set():
            exchange.send_on()
            self._operator.kill()
            self.has_come.set()
        exchange.hang_up()


def strays(operator, namespace):
    """Writes to where everything was at rest."""
    return [e.path for e in operator.proxy.seen if e.is_write and f"/namespaces/{namespace}/" not in e.path]


def keys(kube, namespace):
    secret = kube.get("secrets", "swept-keys", namespace)
    return secret and secret["data"]


def sweep(kube, operator, new_namespace, wanted, begin, act):
    """In a place of its own for each n that there is, `act` meets an end at the n-th write; answers how many there were."""
    for number in itertools.count(1):
        namespace = new_namespace(f"sweep {number}")
        begin(namespace)
        operator.proxy.seen.clear()
        ending = Ending(operator, namespace, number)
        with operator.proxy.meeting(ending.fault, anew=False):
            act(namespace)
            eventually(lambda: ending.has_come.is_set() or world(kube, namespace, "swept") == wanted, "it makes something")
            is_ended = ending.has_come.wait(REST)
        if not is_ended:
            assert operator.stop() == 0
            return number - 1
        made_before = keys(kube, namespace)

        operator.start()
        eventually(lambda: operator.is_at_work, "it starts again")
        converges(kube, namespace, "swept", wanted)

        assert operator.stop() == 0
        assert made_before in (None, keys(kube, namespace)), f"after write {number} the keys are others"
        assert corrections(kube, namespace) == [], f"after write {number}"
        assert strays(operator, namespace) == [], f"after write {number}"


def test_an_operator_that_is_killed_after_any_write_of_a_making_ends_with_the_same(kube, new_namespace, operator, undisturbed):
    def begin(namespace):
        kube.apply(placed(FIRST, namespace), namespace=namespace)

    ends = sweep(kube, operator, new_namespace, undisturbed["first"], begin, lambda _: operator.start())

    assert ends > len(children_of(undisturbed["first"])), "each child and the status is a write"


def test_an_operator_that_is_killed_after_any_write_of_a_change_ends_with_the_same(kube, new_namespace, operator, undisturbed):
    def begin(namespace):
        kube.apply(placed(FIRST, namespace), namespace=namespace)
        operator.start()
        converges(kube, namespace, "swept", undisturbed["first"])

    def act(namespace):
        kube.apply(SECOND, namespace=namespace)

    ends = sweep(kube, operator, new_namespace, undisturbed["second"], begin, act)

    assert ends > 4, "settings, Deployment, two deletions and the status are writes"


def children_of(world):
    return [tuple(key.split("/")) for key in world if "/" in key]


def test_each_child_that_goes_or_is_altered_comes_back_as_it_was(kube, namespace, operator, undisturbed):
    kube.apply(placed(FIRST, namespace), namespace=namespace)
    operator.start()
    wanted = undisturbed["first"]
    converges(kube, namespace, "swept", wanted)
    before = keys(kube, namespace)

    for resource, name in children_of(wanted):
        kube.patch(resource, name, namespace, {"metadata": {"labels": {LABEL: "other"}}})
        converges(kube, namespace, "swept", wanted)
    assert keys(kube, namespace) == before
    for resource, name in children_of(wanted):
        uid = kube.get(resource, name, namespace)["metadata"]["uid"]
        kube.run("delete", resource, name, "--wait=false", namespace=namespace)
        kube.wait_one(resource, name, namespace, lambda found: found["metadata"]["uid"] != uid, f"{resource}/{name} comes back")
        converges(kube, namespace, "swept", wanted)
    assert operator.stop() == 0


# What happens to a server, and that the operator comes: in any order the end is the same.
HAPPENINGS = {
    "the spec changes": lambda kube, place: kube.apply(SECOND, namespace=place),
    "a child goes": lambda kube, place: kube.run("delete", "configmap", "swept-settings", "--wait=false", namespace=place),
    "a child is altered": lambda kube, place: kube.patch("services", "swept", place, {"spec": {"selector": {"who": "me"}}}),
    "a child loses its label": lambda kube, place: kube.patch(
        "deployments", "swept", place, {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}}
    ),
}
COMES = "the operator comes"
ORDERS = [
    [COMES, *HAPPENINGS],
    [COMES, *reversed(HAPPENINGS)],
    [*HAPPENINGS, COMES],
    [*reversed(HAPPENINGS), COMES],
    ["a child goes", "the spec changes", COMES, "a child loses its label", "a child is altered"],
]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: f"{order.index(COMES)} before it, {order[0]} first")
def test_the_end_is_the_same_in_whatever_order_things_happen(kube, namespace, operator, undisturbed, order):
    kube.apply(placed(FIRST, namespace), namespace=namespace)
    operator.start()
    converges(kube, namespace, "swept", undisturbed["first"])
    operator.kill()

    for what in order:
        if what == COMES:
            operator.start()
        else:
            HAPPENINGS[what](kube, namespace)

    converges(kube, namespace, "swept", undisturbed["second"])
    assert operator.stop() == 0
