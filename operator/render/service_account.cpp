// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {

api::Object service_account(const api::McpServer& server) {
  nlohmann::json object = head(server, "ServiceAccount", server.key.name);
  // The endpoint has nothing to say to the API server.
  object["automountServiceAccountToken"] = false;
  return api::Object(std::move(object));
}

}  // namespace mooring::render
