// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"

namespace mooring::api {
namespace {

constexpr Kind table[] = {
    {"McpServer", "mooring.dev/v1alpha1", "mcpservers", "/apis/mooring.dev/v1alpha1"},
    {"ServiceAccount", "v1", "serviceaccounts", "/api/v1"},
    {"ConfigMap", "v1", "configmaps", "/api/v1"},
    {"Secret", "v1", "secrets", "/api/v1"},
    {"Deployment", "apps/v1", "deployments", "/apis/apps/v1"},
    {"Service", "v1", "services", "/api/v1"},
    {"PodDisruptionBudget", "policy/v1", "poddisruptionbudgets", "/apis/policy/v1"},
    {"HorizontalPodAutoscaler",
     "autoscaling/v2",
     "horizontalpodautoscalers",
     "/apis/autoscaling/v2"},
    {"NetworkPolicy", "networking.k8s.io/v1", "networkpolicies", "/apis/networking.k8s.io/v1"},
    {"Ingress", "networking.k8s.io/v1", "ingresses", "/apis/networking.k8s.io/v1"},
    {"HTTPRoute",
     "gateway.networking.k8s.io/v1",
     "httproutes",
     "/apis/gateway.networking.k8s.io/v1",
     true},
    {"PodMonitor",
     "monitoring.coreos.com/v1",
     "podmonitors",
     "/apis/monitoring.coreos.com/v1",
     true},
    {"PrometheusRule",
     "monitoring.coreos.com/v1",
     "prometheusrules",
     "/apis/monitoring.coreos.com/v1",
     true},
    {"Pod", "v1", "pods", "/api/v1"},
    {"Event", "events.k8s.io/v1", "events", "/apis/events.k8s.io/v1"},
    {"Lease", "coordination.k8s.io/v1", "leases", "/apis/coordination.k8s.io/v1"},
};

}  // namespace

std::span<const Kind> kinds() {
  return table;
}

const Kind* find_kind(std::string_view kind) {
  for (const Kind& entry : table) {
    if (entry.kind == kind) {
      return &entry;
    }
  }
  return nullptr;
}

std::string collection_path(const Kind& kind, std::string_view namespace_) {
  std::string path(kind.path_prefix);
  if (!namespace_.empty()) {
    path.append("/namespaces/").append(namespace_);
  }
  return path.append("/").append(kind.plural);
}

std::string object_path(const Kind& kind, std::string_view namespace_, std::string_view name) {
  return collection_path(kind, namespace_).append("/").append(name);
}

std::string settings_name(std::string_view name) {
  return std::string(name) + "-settings";
}

std::string keys_name(std::string_view name) {
  return std::string(name) + "-keys";
}

std::string peers_name(std::string_view name) {
  return std::string(name) + "-peers";
}

// The Deployment comes after what its pods mount, so that the first pod starts at once, and after
// the policy, so that none is reached without it.
std::vector<ObjectRef> possible_children(const ObjectKey& server) {
  const std::string& space = server.namespace_;
  const std::string& name = server.name;
  return {
      {"Secret", space, keys_name(name)},
      {"ConfigMap", space, settings_name(name)},
      {"ServiceAccount", space, name},
      {"Service", space, name},
      {"Service", space, peers_name(name)},
      {"NetworkPolicy", space, name},
      {"Deployment", space, name},
      {"HorizontalPodAutoscaler", space, name},
      {"PodDisruptionBudget", space, name},
      {"Ingress", space, name},
      {"HTTPRoute", space, name},
      {"PodMonitor", space, name},
      {"PrometheusRule", space, name},
  };
}

}  // namespace mooring::api
