# SPDX-License-Identifier: Apache-2.0
"""Clients reach tools through a real gateway, by an Ingress and by a route of the Gateway API."""

import json
import os
import pathlib
import urllib.error
import urllib.request

import pytest

import clients
import gateway
import plain
from cluster import ROOT, run, tool
from kube import condition, is_ready
from resources import one_liner, server, stdio

# Its kinds are the cluster's: others look at what there is without them.
pytestmark = pytest.mark.alone
GATEWAY_API = "sigs.k8s.io/gateway-api@v1.6.1"
ROUTES = {
    "ingress": lambda path: {"ingress": {"className": "traefik", "host": "localhost", "path": path}},
    "gateway": lambda path: {"gateway": {"parentRefs": [{"name": "public"}], "hostnames": ["localhost"], "path": path}},
}
WHO = one_liner(["who"], "() => require('os').hostname()")
# Two steps, each of which is taken when `go` is called.
STEPS = one_liner(
    ["walk", "go"],
    """(() => {
      let go = () => {};
      const tell = (progressToken, progress) =>
        console.log(JSON.stringify({jsonrpc: '2.0', method: 'notifications/progress', params: {progressToken, progress, total: 2}}));
      return (name, args, params) => {
        if (name === 'go') { go(); return 'gone'; }
        const token = params._meta.progressToken;
        return new Promise((resolve) => { tell(token, 1); go = () => { tell(token, 2); go = () => resolve('there'); }; });
      };
    })()""",
)


@pytest.fixture(scope="module")
def place(cluster, kube, new_namespace, tmp_path_factory):
    """A namespace with Traefik in it, in a cluster with Gateway API."""
    archive = tmp_path_factory.mktemp("traefik") / "traefik.tar"
    packing = [f"--name={gateway.IMAGE}", f"--program={tool('traefik')}=/traefik", "--entrypoint=/traefik", f"--out={archive}"]
    run(tool("python"), ROOT / "cmake" / "image.py", *packing)
    cluster.load(archive)
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    told = run(tool("go"), "mod", "download", "-json", GATEWAY_API, env=environment, cwd="/")
    crds = f"--filename={pathlib.Path(json.loads(told)['Dir']) / 'config' / 'crd' / 'standard'}"
    namespace = new_namespace("gateway")
    kube.run("apply", "--server-side", crds)
    try:
        kube.run("wait", "--for=condition=Established", "customresourcedefinition", "--all", "--timeout=60s")
        kube.apply(*gateway.manifests(namespace))
        kube.run("rollout", "status", "deployment/traefik", "--timeout=150s", namespace=namespace)
        yield namespace
    finally:
        kube.run("delete", "mcpservers", "--all", namespace=namespace)
        kinds = "ingressclasses,clusterroles,clusterrolebindings,gatewayclasses.gateway.networking.k8s.io"
        kube.run("delete", kinds, "--selector=mooring.dev/e2e", "--ignore-not-found")
        kube.run("delete", crds, "--ignore-not-found")


def is_open(found):
    return is_ready(found) and condition(found, "RouteProgrammed").get("status") == "True"


def opened(cluster, kube, place, name, *backends, route, **spec):
    """Waits until a server is reached through the gateway; answers its URL outside."""
    path = f"/{name}/mcp"
    kube.apply(server(name, *backends, **ROUTES[route](path), **spec), namespace=place)
    found = kube.wait_one("mcpservers", name, place, is_open, f"{name} is open")
    told = {"ingress": gateway.ADDRESS, "gateway": "Gateway public"}
    assert told[route] in condition(found, "RouteProgrammed")["message"]
    url = cluster.url(place, "traefik", gateway.PORT, path).replace("127.0.0.1", "localhost")
    # It takes changes up every two seconds.
    plain.eventually(lambda: plain.begin_session(url), f"{url} leads nowhere")
    return url


def answer_of(url, host="localhost"):
    """Status and text of a ping under this host's name."""
    headers = {**plain.PLAIN, "Host": host}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, json.dumps(plain.PING).encode(), headers), timeout=30) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


@pytest.mark.parametrize("route", ROUTES)
def test_a_tool_is_called_through_the_gateway_at_any_replica(cluster, kube, place, route):
    url = opened(cluster, kube, place, f"any-{route}", stdio("who", WHO), route=route, replicas=2)
    pods = {pod["metadata"]["name"] for pod in kube.list("pods", place, f"app.kubernetes.io/instance=any-{route}")}
    for era in ("modern", "legacy"):
        assert clients.call(url, "who", era=era) in pods

    # One session, wherever its calls arrive.
    session = plain.begin_session(url)
    call = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "who", "arguments": {}}}
    answered = set()

    def have_all_answered():
        _, text = plain.whole(url, "POST", call, session)
        answered.update(pod for pod in pods if f'"{pod}"' in text)
        return answered == pods

    plain.eventually(have_all_answered, "not every replica is led to")

    elsewhere = (404, "404 page not found\n")
    assert answer_of(url, "mcp.acme.com") == answer_of(f"{url}/other") == elsewhere


@pytest.mark.parametrize("route", ROUTES)
def test_progress_arrives_through_the_gateway_one_by_one(cluster, kube, place, route):
    url = opened(cluster, kube, place, f"steps-{route}", stdio("steps", STEPS, timeout="5m"), route=route, replicas=1)
    session = plain.begin_session(url)
    walk = {"name": "walk", "arguments": {}, "_meta": {"progressToken": "mine"}}
    connection, stream = plain.ask(url, "POST", {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": walk}, session)

    def next_message():
        while line := stream.readline().decode():
            if line.startswith("data: {"):
                return json.loads(line.removeprefix("data: "))
        raise AssertionError(f"the stream ended, which had begun with {stream.status}")

    # None of these is sent before the one before it has arrived here.
    for progress in (1, 2):
        message = next_message()
        assert message["method"] == "notifications/progress", message
        assert (message["params"]["progressToken"], message["params"]["progress"]) == ("mine", progress)
        assert clients.call(url, "go") == "gone"
    assert next_message()["result"]["content"][0]["text"] == "there"
    connection.close()


def test_what_the_gateway_refuses_is_told_and_heals(cluster, kube, place):
    name = "refused"
    opened(cluster, kube, place, name, stdio("who", WHO), route="gateway", replicas=1)
    kube.patch("mcpservers", name, place, {"spec": {"gateway": {"hostnames": ["mcp.acme.com"]}}})

    def is_refused(found):
        return condition(found, "RouteProgrammed").get("reason") == "RouteRefused"

    found = kube.wait_one("mcpservers", name, place, is_refused, "it is told")
    assert "NoMatchingListenerHostname" in condition(found, "RouteProgrammed")["message"]
    assert condition(found, "Ready")["status"] == "False" and condition(found, "Stalled")["status"] == "True"

    kube.patch("mcpservers", name, place, {"spec": {"gateway": {"hostnames": ["localhost"]}}})
    kube.wait_one("mcpservers", name, place, is_open, "it is open again")
