// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {

using nlohmann::json;

// Of pods, not of the Service: a replica that is not ready, or drains, is one to be watched. With
// all that the API server would fill in: its lists are compared as a whole.
api::Object pod_monitor(const api::McpServer& server) {
  json object = head(server, api::pod_monitor_kind, server.key.name);
  for (const auto& [name, value] : server.spec.monitoring.labels) {
    object["metadata"]["labels"][name] = value;
  }
  const json relabeling = {
      {"action", "replace"},
      {"targetLabel", server_series_label},
      {"replacement", server.key.name}};
  const json endpoint = {
      {"port", "metrics"}, {"path", "/metrics"}, {"relabelings", json::array({relabeling})}};
  object["spec"] = {
      {"jobLabel", "app.kubernetes.io/name"},
      {"selector", {{"matchLabels", selector_labels(server)}}},
      {"podMetricsEndpoints", json::array({endpoint})}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
