// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {

api::Object config_map(const api::McpServer& server, const std::string& settings) {
  nlohmann::json object = head(server, "ConfigMap", api::settings_name(server.key.name));
  object["data"] = {{settings_file, settings}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
