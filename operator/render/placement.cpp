// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

// Also for a single replica: were it absent there, a second one would replace the first.
json soft_spread() {
  return json::array(
      {{{"maxSkew", 1},
        {"topologyKey", "kubernetes.io/hostname"},
        {"whenUnsatisfiable", "ScheduleAnyway"}}}
  );
}

json spread(const api::McpServer& server) {
  const json& wanted = server.spec.pod.topology_spread;
  json list = wanted.is_null() ? soft_spread() : wanted;
  for (json& constraint : list) {
    if (!constraint.contains("labelSelector")) {
      constraint["labelSelector"] = {{"matchLabels", selector_labels(server)}};
    }
  }
  return list;
}

void add(json& spec, const char* name, const json& value) {
  if (!value.is_null() && !value.empty()) {
    spec[name] = value;
  }
}

}  // namespace

void add_placement(json& pod_spec, const api::McpServer& server) {
  const api::PodOptions& pod = server.spec.pod;
  pod_spec["serviceAccountName"] =
      pod.service_account.empty() ? server.key.name : pod.service_account;
  if (!pod.priority_class.empty()) {
    pod_spec["priorityClassName"] = pod.priority_class;
  }
  add(pod_spec, "nodeSelector", pod.node_selector);
  add(pod_spec, "tolerations", pod.tolerations);
  add(pod_spec, "affinity", pod.affinity);
  add(pod_spec, "topologySpreadConstraints", spread(server));
  for (const std::string& secret : pod.image_pull_secrets) {
    pod_spec["imagePullSecrets"].push_back({{"name", secret}});
  }
}

}  // namespace mooring::render
