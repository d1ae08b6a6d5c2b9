// SPDX-License-Identifier: Apache-2.0
#include "core/text/encoding.hpp"
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {

using nlohmann::json;

// `data`, not `stringData`: that is write-only, so every comparison with it would find a
// difference.
api::Object secret(const api::McpServer& server, const keys::Kept& kept) {
  json object = head(server, "Secret", api::keys_name(server.key.name));
  if (!kept.times.empty()) {
    object["metadata"]["annotations"][std::string(keys::times_annotation)] = kept.times;
  }
  object["type"] = "Opaque";
  object["data"] = {{keys::ring_file, text::base64(kept.ring)}};
  if (!kept.salt.empty()) {
    object["data"][std::string(keys::salt_file)] = text::base64(kept.salt);
  }
  return api::Object(std::move(object));
}

}  // namespace mooring::render
