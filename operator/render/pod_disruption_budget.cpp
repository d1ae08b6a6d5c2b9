// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {

// By maxUnavailable, so that a drain is never blocked for good; pods that do not work may always
// go.
api::Object pod_disruption_budget(const api::McpServer& server) {
  nlohmann::json object = head(server, "PodDisruptionBudget", server.key.name);
  object["spec"] = {
      {"maxUnavailable", 1},
      {"unhealthyPodEvictionPolicy", "AlwaysAllow"},
      {"selector", {{"matchLabels", selector_labels(server)}}}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
