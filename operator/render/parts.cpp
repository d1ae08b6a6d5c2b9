// SPDX-License-Identifier: Apache-2.0
#include "operator/render/parts.hpp"

#include "operator/api/kinds.hpp"

#include <algorithm>

namespace mooring::render {

using nlohmann::json;

json selector_labels(const api::McpServer& server) {
  return {
      {"app.kubernetes.io/name", "mcp-server"}, {"app.kubernetes.io/instance", server.key.name}};
}

json labels(const api::McpServer& server) {
  json all = selector_labels(server);
  all["app.kubernetes.io/managed-by"] = "mooring";
  all["app.kubernetes.io/component"] = "endpoint";
  all["mooring.dev/server"] = server.key.name;
  return all;
}

std::string selector_text(const api::McpServer& server) {
  const json selecting = selector_labels(server);
  std::string selector;
  for (const auto& [key, value] : selecting.items()) {
    selector += (selector.empty() ? "" : ",") + key + "=" + value.get<std::string>();
  }
  return selector;
}

json head(const api::McpServer& server, std::string_view kind, const std::string& name) {
  json object = {
      {"apiVersion", api::find_kind(kind)->api_version},
      {"kind", kind},
      {"metadata", {{"name", name}, {"labels", labels(server)}}}};
  if (!server.key.namespace_.empty()) {
    object["metadata"]["namespace"] = server.key.namespace_;
  }
  if (!server.uid.empty()) {
    object["metadata"]["ownerReferences"] = json::array(
        {{{"apiVersion", api::api_version},
          {"kind", api::server_kind},
          {"name", server.key.name},
          {"uid", server.uid},
          {"controller", true},
          {"blockOwnerDeletion", true}}}
    );
  }
  return object;
}

std::string run_directory(const std::string& backend) {
  return "/run/mooring/" + backend;
}

std::string socket_path(const std::string& backend) {
  return run_directory(backend) + "/mcp.sock";
}

std::string run_volume(const std::string& backend) {
  return "run-" + backend;
}

std::chrono::seconds drain_of(const api::McpServer& server) {
  using std::chrono::seconds;
  constexpr seconds shortest{25};
  constexpr seconds longest{600};
  seconds drain = shortest;
  for (const api::Backend& backend : server.spec.backends) {
    if (backend.stdio) {
      drain = std::max(drain, std::chrono::ceil<seconds>(backend.timeout) + seconds(1));
    }
  }
  return std::min(drain, longest);
}

bool has_stdio_backend(const api::McpServer& server) {
  const auto& backends = server.spec.backends;
  return std::any_of(backends.begin(), backends.end(), [](const api::Backend& backend) {
    return backend.stdio.has_value();
  });
}

}  // namespace mooring::render
