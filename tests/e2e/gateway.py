# SPDX-License-Identifier: Apache-2.0
"""Traefik as a pod of the cluster, for Ingresses of its class and routes of its Gateway, in one namespace."""

IMAGE = "mooring.dev/traefik:3.7.13"
NAME = "traefik"
PORT = 8000
ADDRESS = "192.0.2.10"  # that it tells; nobody is there
GATEWAY_API = "gateway.networking.k8s.io"


def _head(kind, version, namespace=None):
    metadata = {"name": NAME, "labels": {"mooring.dev/e2e": "true"}}
    return {"apiVersion": version, "kind": kind, "metadata": metadata | ({"namespace": namespace} if namespace else {})}


def _rule(groups, resources, *verbs):
    return {"apiGroups": groups, "resources": resources, "verbs": list(verbs)}


def _rights(namespace):
    look = ("get", "list", "watch")
    role = _head("ClusterRole", "rbac.authorization.k8s.io/v1")
    role["rules"] = [
        _rule([""], ["namespaces", "nodes", "services", "secrets", "configmaps"], *look),
        _rule(["discovery.k8s.io"], ["endpointslices"], *look),
        _rule(["networking.k8s.io"], ["ingresses", "ingressclasses"], *look),
        _rule(["networking.k8s.io"], ["ingresses/status"], "update"),
        _rule([GATEWAY_API], ["*"], *look),
        _rule([GATEWAY_API], ["*/status"], "update", "patch"),
    ]
    binding = _head("ClusterRoleBinding", "rbac.authorization.k8s.io/v1")
    binding["roleRef"] = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": NAME}
    binding["subjects"] = [{"kind": "ServiceAccount", "name": NAME, "namespace": namespace}]
    return [_head("ServiceAccount", "v1", namespace), role, binding]


def _pod(namespace):
    arguments = [
        f"--entrypoints.web.address=:{PORT}",
        "--entrypoints.traefik.address=:8080",
        "--ping=true",
        "--log.level=INFO",
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        f"--providers.kubernetesingress.namespaces={namespace}",
        f"--providers.kubernetesingress.ingressendpoint.ip={ADDRESS}",
        f"--providers.kubernetesgateway.namespaces={namespace}",
        f"--providers.kubernetesgateway.statusaddress.ip={ADDRESS}",
    ]
    container = {
        "name": NAME,
        "image": IMAGE,
        "args": arguments,
        "readinessProbe": {"httpGet": {"path": "/ping", "port": 8080}, "periodSeconds": 1},
        "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
    }
    security = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    return {"serviceAccountName": NAME, "securityContext": security, "containers": [container]}


def manifests(namespace):
    """Traefik, its IngressClass, and a Gateway `public` with one listener for the host localhost."""
    labels = {"app": NAME}
    deployment = _head("Deployment", "apps/v1", namespace)
    template = {"metadata": {"labels": labels}, "spec": _pod(namespace)}
    deployment["spec"] = {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}
    service = _head("Service", "v1", namespace)
    service["spec"] = {"selector": labels, "ports": [{"name": "web", "port": PORT}]}
    ingress_class = _head("IngressClass", "networking.k8s.io/v1")
    ingress_class["spec"] = {"controller": "traefik.io/ingress-controller"}
    gateway_class = _head("GatewayClass", f"{GATEWAY_API}/v1")
    gateway_class["spec"] = {"controllerName": "traefik.io/gateway-controller"}
    gateway = _head("Gateway", f"{GATEWAY_API}/v1", namespace)
    gateway["metadata"]["name"] = "public"
    listener = {"name": "web", "protocol": "HTTP", "port": PORT, "hostname": "localhost"}
    gateway["spec"] = {"gatewayClassName": NAME, "listeners": [listener]}
    return [*_rights(namespace), deployment, service, ingress_class, gateway_class, gateway]
