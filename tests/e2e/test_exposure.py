# SPDX-License-Identifier: Apache-2.0
"""What is exposed is routed to, served where clients ask for it, and told with its outside URL."""

import json
import os
import pathlib
import urllib.error
import urllib.request

import pytest

import clients
from cluster import run, tool
from fields import proves
from kube import condition, is_ready
from resources import declared, server

NAME = "exposed"
HOST = "mcp.acme.com"
GATEWAY_API = "v1.6.1"
CERTIFICATE = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "mcp-tls"},
    "stringData": {"tls.crt": "a certificate", "tls.key": "its key"},
}


def with_ingress(timeout="5m", **ingress):
    """Of two with one host and class, only one has an Ingress: tests say which host is theirs, or which class."""
    return server(NAME, declared(timeout=timeout), replicas=1, ingress={"host": HOST, **ingress})


def status_of(url, host):
    """The HTTP status of a request under this host's name, as a proxy would pass it on."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}).encode()
    headers = {"Host": host, "Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as refused:
        return refused.code


@proves(
    "spec.ingress",
    "spec.ingress.className",
    "spec.ingress.host",
    "spec.ingress.path",
    "spec.ingress.tls",
    "spec.ingress.tls.secretName",
    "spec.ingress.annotations",
)
def test_an_ingress_leads_to_the_endpoint_by_the_host_and_path_that_clients_ask_for(cluster, kube, namespace, ready):
    tls = {"secretName": "mcp-tls"}
    mine = {"nginx.ingress.kubernetes.io/limit-rps": "20", "nginx.ingress.kubernetes.io/proxy-body-size": "2m"}
    found = ready(CERTIFICATE, with_ingress(className="nginx", path="/weather", tls=tls, annotations=mine))

    ingress = kube.get("ingresses", NAME, namespace)
    annotations = ingress["metadata"]["annotations"]
    assert ingress["spec"]["ingressClassName"] == "nginx"
    assert ingress["spec"]["tls"] == [{"hosts": [HOST], "secretName": "mcp-tls"}]
    (rule,) = ingress["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    service = path["backend"]["service"]
    assert (rule["host"], path["path"], service) == (HOST, "/weather", {"name": NAME, "port": {"number": 3232}})
    assert annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] == "360"
    assert annotations["nginx.ingress.kubernetes.io/proxy-buffering"] == "off"
    assert annotations.items() >= mine.items()
    assert found["status"]["url"] == f"https://{HOST}/weather"

    url = cluster.url(namespace, NAME, path="/weather")
    assert clients.call(url, "greet", {"name": "Ada"}) == "Hello, Ada!"
    assert status_of(url, HOST) not in (403, 404)
    assert status_of(cluster.url(namespace, NAME), HOST) == 404


def test_the_address_that_a_controller_gives_the_ingress_is_told(kube, namespace, ready):
    found = ready(with_ingress())
    assert condition(found, "RouteProgrammed")["status"] == "Unknown"

    address = json.dumps({"status": {"loadBalancer": {"ingress": [{"ip": "192.0.2.7"}]}}})
    kube.run("patch", "ingress", NAME, "--subresource=status", "--type=merge", "-p", address, namespace=namespace)

    def is_routed(found):
        return condition(found, "RouteProgrammed").get("status") == "True"

    found = kube.wait_one("mcpservers", NAME, namespace, is_routed, "the address is told")
    assert "192.0.2.7" in condition(found, "RouteProgrammed")["message"]
    assert "http://mcp.acme.com/mcp" in kube.run("get", "mcpservers", "-o", "wide", namespace=namespace).stdout


def test_an_ingress_changed_or_deleted_by_hand_is_put_right_and_goes_with_its_field(kube, namespace, ready):
    ready(with_ingress(host="changed.acme.com"))
    before = kube.get("ingresses", NAME, namespace)

    kube.run("annotate", "ingress", NAME, "note=ours", namespace=namespace)
    rules = [{"host": "evil.example", "http": before["spec"]["rules"][0]["http"]}]
    kube.patch("ingresses", NAME, namespace, {"spec": {"rules": rules}})
    restored = kube.wait_one(
        "ingresses", NAME, namespace, lambda found: found["spec"] == before["spec"], "the rules are as before"
    )
    assert restored["metadata"]["annotations"]["note"] == "ours"

    kube.run("delete", "ingress", NAME, namespace=namespace)
    kube.wait("ingresses", namespace, lambda found: NAME in found, "the Ingress comes back")

    kube.patch("mcpservers", NAME, namespace, {"spec": {"ingress": None}})
    kube.wait_gone("ingresses", namespace, "the Ingress goes")
    found = kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is Ready")
    assert condition(found, "RouteProgrammed") == {}
    assert found["status"]["url"] == f"http://{NAME}.{namespace}.svc:3232/mcp"


def test_a_host_and_path_that_another_serves_are_not_taken_from_it_until_it_gives_them_up(kube, namespace, ready):
    ready(with_ingress(className="shared"))
    later = server("later", declared(), replicas=1, ingress={"host": HOST, "className": "shared"})
    kube.apply(later, namespace=namespace)

    def is_taken(found):
        return condition(found, "RouteProgrammed").get("reason") == "RouteTaken"

    found = kube.wait_one("mcpservers", "later", namespace, is_taken, "whose the place is is told")
    message = condition(found, "RouteProgrammed")["message"]
    assert f'host "{HOST}" and path "/mcp" of IngressClass "shared" is served by McpServer {namespace}/{NAME}' in message
    kube.wait("events", namespace, lambda found: any(each["note"] == message for each in found.values()), "an Event tells it")
    assert not is_ready(found)
    assert [each["metadata"]["name"] for each in kube.list("ingresses", namespace)] == [NAME]

    # Its spec gives the place up, but its Ingress still has it.
    kube.patch("mcpservers", NAME, namespace, {"spec": {"suspend": True, "ingress": {"path": "/other"}}})
    kube.wait_one("mcpservers", NAME, namespace, lambda found: condition(found, "Paused"), "it is suspended")
    kube.patch("mcpservers", "later", namespace, {"metadata": {"annotations": {"mooring.dev/restart": "1"}}})
    kube.wait_one("mcpservers", "later", namespace, lambda found: found["status"]["replicas"] and is_taken(found), "it is had still")
    assert [each["metadata"]["name"] for each in kube.list("ingresses", namespace)] == [NAME]

    kube.patch("mcpservers", NAME, namespace, {"spec": {"suspend": False}})
    kube.wait_one("mcpservers", "later", namespace, is_ready, "what was given up is taken")
    kube.wait("ingresses", namespace, lambda found: set(found) == {NAME, "later"}, "each has its Ingress")

    kube.patch("mcpservers", NAME, namespace, {"spec": {"ingress": {"path": "/mcp"}}})
    kube.wait_one("mcpservers", NAME, namespace, is_taken, "it is not taken back, though the older asks")
    kube.run("delete", "mcpserver", "later", namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is had again when the other is deleted")


@proves("spec.ingress.tls.issuerRef", "spec.ingress.tls.issuerRef.kind", "spec.ingress.tls.issuerRef.name")
def test_a_certificate_is_asked_of_its_issuer_or_has_to_be_there(kube, namespace, ready):
    host = "issued.acme.com"
    kube.apply(with_ingress(host=host, tls={"secretName": "mcp-tls"}), namespace=namespace)

    def lacks_it(found):
        return condition(found, "ReferencesResolved").get("reason") == "SecretMissing"

    found = kube.wait_one("mcpservers", NAME, namespace, lacks_it, "the lack is told")
    assert "spec.ingress.tls.secretName" in condition(found, "ReferencesResolved")["message"]

    for kind, annotation in {"ClusterIssuer": "cert-manager.io/cluster-issuer", "Issuer": "cert-manager.io/issuer"}.items():
        ready(with_ingress(host=host, tls={"secretName": "mcp-tls", "issuerRef": {"kind": kind, "name": "acme"}}))
        ingress = kube.get("ingresses", NAME, namespace)
        asked = {name for name in ingress["metadata"]["annotations"] if name.startswith("cert-manager.io/")}
        assert asked == {annotation} and ingress["metadata"]["annotations"][annotation] == "acme"

    kube.apply(CERTIFICATE, with_ingress(host=host, tls={"secretName": "mcp-tls"}), namespace=namespace)
    kube.wait_one("mcpservers", NAME, namespace, is_ready, "it heals when the Secret appears")


@pytest.fixture(scope="module")
def gateway_api():
    """The manifest of HTTPRoute, as Gateway API releases it."""
    environment = {**os.environ, "GOFLAGS": "-mod=mod", "GOWORK": "off"}
    told = run(tool("go"), "mod", "download", "-json", f"sigs.k8s.io/gateway-api@{GATEWAY_API}", env=environment, cwd="/")
    crds = pathlib.Path(json.loads(told)["Dir"]) / "config" / "crd" / "standard"
    return (crds / "gateway.networking.k8s.io_httproutes.yaml").read_text()


def programmed(parent):
    """What a Gateway's controller says of a route that is in force."""
    now = {"observedGeneration": 1, "lastTransitionTime": "2026-01-01T00:00:00Z", "message": "", "status": "True"}
    conditions = [{"type": kind, "reason": kind, **now} for kind in ("Accepted", "ResolvedRefs")]
    return {"parentRef": parent, "controllerName": "example.com/gateways", "conditions": conditions}


@proves(
    "spec.gateway",
    "spec.gateway.parentRefs",
    "spec.gateway.parentRefs[].name",
    "spec.gateway.parentRefs[].namespace",
    "spec.gateway.parentRefs[].sectionName",
    "spec.gateway.parentRefs[].port",
    "spec.gateway.hostnames",
    "spec.gateway.hostnames[]",
    "spec.gateway.path",
)
def test_a_route_of_a_gateway_is_made_as_soon_as_the_cluster_has_such_routes(cluster, kube, namespace, gateway_api):
    parent = {"name": "public", "namespace": "infra", "sectionName": "https", "port": 443}
    gateway = {"parentRefs": [parent], "hostnames": ["*.acme.com", HOST], "path": "/weather"}
    kube.apply(server(NAME, declared(), replicas=1, gateway=gateway), namespace=namespace)

    def says(reason):
        return lambda found: condition(found, "RouteProgrammed").get("reason") == reason

    def is_awaited(found):
        return "Gateway infra/public, listener https, port 443" in condition(found, "RouteProgrammed").get("message", "")

    found = kube.wait_one("mcpservers", NAME, namespace, says("NotInstalled"), "the lack of HTTPRoute is told")
    assert "standard-install.yaml) and a controller of it, or remove spec.gateway" in condition(found, "RouteProgrammed")["message"]
    url = cluster.url(namespace, NAME, path="/weather")
    kube.wait_one("mcpservers", NAME, namespace, lambda found: condition(found, "EndpointVerified")["status"] == "True", "it runs")
    assert clients.call(url, "greet", {"name": "Ada"}) == "Hello, Ada!"

    kube.run("apply", "--server-side", "-f", "-", stdin=gateway_api)
    try:
        kube.wait_one("mcpservers", NAME, namespace, is_awaited, "the route waits for its Gateway")
        route = kube.get("httproutes", NAME, namespace)
        (rule,) = route["spec"]["rules"]
        (backend,) = rule["backendRefs"]
        ref = {"group": "gateway.networking.k8s.io", "kind": "Gateway", **parent}
        assert route["spec"]["parentRefs"] == [ref]
        assert route["spec"]["hostnames"] == ["*.acme.com", HOST]
        assert rule["matches"] == [{"path": {"type": "Exact", "value": "/weather"}}]
        assert rule["timeouts"] == {"request": "0s"}
        assert (backend["name"], backend["port"]) == (NAME, 3232)

        status = json.dumps({"status": {"parents": [programmed(ref)]}})
        kube.run("patch", "httproute", NAME, "--subresource=status", "--type=merge", "-p", status, namespace=namespace)
        found = kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is Ready")
        assert condition(found, "RouteProgrammed")["status"] == "True"
        assert found["status"]["url"] == f"https://{HOST}/weather"
        assert kube.get("httproutes", NAME, namespace)["metadata"]["generation"] == 1, "it was written again"

        kube.patch("httproutes", NAME, namespace, {"spec": {"hostnames": ["evil.example"]}})
        kube.wait_one(
            "httproutes", NAME, namespace, lambda found: found["spec"] == route["spec"], "the route is as before"
        )
        kube.run("delete", "httproute", NAME, namespace=namespace)
        kube.wait("httproutes", namespace, lambda found: NAME in found, "the route comes back")
    finally:
        kube.run("delete", "-f", "-", stdin=gateway_api)
    kube.wait_one("mcpservers", NAME, namespace, says("NotInstalled"), "the lack is told again")

    kube.patch("mcpservers", NAME, namespace, {"spec": {"gateway": None}})
    found = kube.wait_one("mcpservers", NAME, namespace, is_ready, "it is Ready without a route")
    assert condition(found, "RouteProgrammed") == {}
