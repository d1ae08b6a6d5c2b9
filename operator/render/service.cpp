// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

json port(const char* name, int number) {
  return {{"name", name}, {"port", number}, {"targetPort", name}, {"protocol", "TCP"}};
}

}  // namespace

api::Object service(const api::McpServer& server) {
  json object = head(server, "Service", server.key.name);
  object["spec"] = {
      {"type", "ClusterIP"},
      {"selector", selector_labels(server)},
      {"ports", json::array({port("http", endpoint_port), port("metrics", admin_port)})}};
  return api::Object(std::move(object));
}

// How the replicas find each other. One that is not ready yet or any more still has what is of it,
// and is told what all are told.
api::Object peers_service(const api::McpServer& server) {
  json object = head(server, "Service", api::peers_name(server.key.name));
  object["spec"] = {
      {"type", "ClusterIP"},
      {"clusterIP", "None"},
      {"publishNotReadyAddresses", true},
      {"selector", selector_labels(server)},
      {"ports", json::array({port("http", endpoint_port)})}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
