// SPDX-License-Identifier: Apache-2.0
#include "core/text/encoding.hpp"
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"
#include "operator/render/render.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

constexpr std::size_t key_bytes = 32;

bool is_ring(const json& ring) {
  const json& keys = api::value_at(ring, {"keys"});
  if (!keys.is_array() || keys.empty()) {
    return false;
  }
  for (const json& key : keys) {
    const auto secret = text::from_base64url(api::text_at(key, {"secret"}));
    if (api::text_at(key, {"id"}).empty() || !secret || secret->size() != key_bytes) {
      return false;
    }
  }
  return true;
}

}  // namespace

// `data`, not `stringData`: that is write-only, so every comparison with it would find a
// difference.
api::Object secret(const api::McpServer& server, const std::string& ring) {
  json object = head(server, "Secret", api::keys_name(server.key.name));
  object["type"] = "Opaque";
  object["data"] = {{ring_file, text::base64(ring)}};
  return api::Object(std::move(object));
}

std::string key_ring_of(const api::Object& secret) {
  const auto ring = text::from_base64(api::text_at(secret.body(), {"data", ring_file}));
  if (!ring || !is_ring(json::parse(*ring, nullptr, false))) {
    return {};
  }
  return *ring;
}

std::string key_ring(std::string_view random) {
  const json ring = {{"keys", json::array({{{"id", "k1"}, {"secret", text::base64url(random)}}})}};
  return ring.dump();
}

}  // namespace mooring::render
