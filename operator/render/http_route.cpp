// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

json parent_ref(const api::ParentRef& parent) {
  json ref = {{"group", api::gateway_group}, {"kind", api::gateway_kind}, {"name", parent.name}};
  if (!parent.namespace_.empty()) {
    ref["namespace"] = parent.namespace_;
  }
  if (!parent.section_name.empty()) {
    ref["sectionName"] = parent.section_name;
  }
  if (parent.port != 0) {
    ref["port"] = parent.port;
  }
  return ref;
}

}  // namespace

// With all that the API server would fill in: its lists are compared as a whole.
api::Object http_route(const api::McpServer& server, const api::Gateway& gateway) {
  json object = head(server, "HTTPRoute", server.key.name);
  json& spec = object["spec"];
  for (const api::ParentRef& parent : gateway.parents) {
    spec["parentRefs"].push_back(parent_ref(parent));
  }
  if (!gateway.hostnames.empty()) {
    spec["hostnames"] = gateway.hostnames;
  }
  const json match = {{"path", {{"type", "Exact"}, {"value", gateway.path}}}};
  const json backend = {
      {"group", ""},
      {"kind", "Service"},
      {"name", server.key.name},
      {"port", endpoint_port},
      {"weight", 1}};
  // 0s: no end, for event streams have none.
  const json rule = {
      {"matches", json::array({match})},
      {"backendRefs", json::array({backend})},
      {"timeouts", {{"request", "0s"}}}};
  spec["rules"] = json::array({rule});
  return api::Object(std::move(object));
}

}  // namespace mooring::render
