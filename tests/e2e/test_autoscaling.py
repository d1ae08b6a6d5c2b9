# SPDX-License-Identifier: Apache-2.0
"""An autoscaler chooses the number of pods. The cluster has no metrics: what is shown is its bounds, and that this is told."""

from fields import proves
from kube import condition, corrections, is_ready
from resources import declared, server

NAME = "scaled"
BOTH = {"minReplicas": 2, "maxReplicas": 3, "targetInFlight": 1000, "targetCpuPercent": 80}


def replicas(found):
    return found["spec"]["replicas"]


@proves(
    "spec.autoscaling",
    "spec.autoscaling.minReplicas",
    "spec.autoscaling.maxReplicas",
    "spec.autoscaling.targetInFlight",
    "spec.autoscaling.targetCpuPercent",
)
def test_an_autoscaler_keeps_the_pods_within_its_bounds_and_the_operator_leaves_them_alone(kube, namespace, ready):
    ready(server(NAME, declared(), replicas=1))
    before = kube.get("deployments", NAME, namespace)["metadata"]["generation"]

    ready(server(NAME, declared(), autoscaling=BOTH))
    deployment = kube.get("deployments", NAME, namespace)
    assert replicas(deployment) == 2 and deployment["metadata"]["generation"] == before + 1
    spec = kube.get("horizontalpodautoscalers", NAME, namespace)["spec"]
    assert spec["scaleTargetRef"] == {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME}
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 3)
    cpu, in_flight = spec["metrics"]
    assert cpu["resource"] == {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}
    assert in_flight["pods"]["metric"] == {"name": "mcp_calls_in_flight"}
    assert in_flight["pods"]["target"] == {"type": "AverageValue", "averageValue": "1k"}
    assert kube.get("poddisruptionbudgets", NAME, namespace)

    # By somebody else, through the subresource that the autoscaler writes to, which itself puts it back within its bounds.
    kube.run("scale", "deployment", NAME, "--replicas=4", namespace=namespace)
    down = kube.wait_one("deployments", NAME, namespace, lambda found: replicas(found) == 3, "there are at most 3")
    assert "f:replicas" not in str(_applied_by_the_operator(down))
    assert not [note for note in corrections(kube, namespace) if "replicas" in note]

    ready(server(NAME, declared(), replicas=1))
    kube.wait_gone("horizontalpodautoscalers", namespace, "the autoscaler goes")
    assert replicas(kube.get("deployments", NAME, namespace)) == 1


def test_an_autoscaler_without_metrics_says_what_is_missing_and_the_server_is_ready(kube, namespace, ready):
    ready(server(NAME, declared(), autoscaling={"minReplicas": 1, "maxReplicas": 2, "targetInFlight": 5}))

    def told(found):
        return condition(found, "ScalingActive").get("reason") == "MetricsMissing"

    found = kube.wait_one("mcpservers", NAME, namespace, told, "the missing metric is told")
    message = condition(found, "ScalingActive")["message"]
    assert "spec.autoscaling.targetInFlight" in message and "mcp_calls_in_flight" in message
    assert is_ready(found)
    refused = kube.run("scale", "mcpserver", NAME, "--replicas=2", namespace=namespace, check=False)
    assert "replicas and autoscaling cannot both be there" in refused.stderr


def _applied_by_the_operator(found):
    return [each for each in found["metadata"]["managedFields"] if (each["manager"], each["operation"]) == ("mcp-operator", "Apply")]
