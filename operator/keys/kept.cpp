// SPDX-License-Identifier: Apache-2.0
#include "operator/keys/kept.hpp"

#include "core/text/encoding.hpp"
#include "core/time/duration.hpp"

#include <algorithm>

namespace mooring::keys {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using time::Timestamp;

constexpr std::size_t secret_bytes = 32;

bool is_ring(const json& ring) {
  const json& keys = api::value_at(ring, {"keys"});
  if (!keys.is_array() || keys.empty()) {
    return false;
  }
  return std::all_of(keys.begin(), keys.end(), [](const json& key) {
    const auto secret = text::from_base64url(api::text_at(key, {"secret"}));
    return !api::text_at(key, {"id"}).empty() && secret && secret->size() == secret_bytes;
  });
}

// What is to come is not believed: the clock that told it was wrong, or people were.
std::optional<Timestamp> read_time(const json& times, std::string_view which, Timestamp now) {
  const auto at = time::parse_rfc3339(api::text_at(times, {which}));
  return at ? std::optional(std::min(*at, now)) : std::nullopt;
}

Key read_key(const json& entry, const json& times, Timestamp now, milliseconds life) {
  Key key{api::text_at(entry, {"id"}), api::text_at(entry, {"secret"}), now, now, now, life};
  if (const auto added = read_time(times, "added", now)) {
    key.added = *added;
    key.sealing = read_time(times, "sealing", now);
    key.retired = read_time(times, "retired", now);
    key.life = time::parse_duration(api::text_at(times, {"life"})).value_or(life);
  }
  return key;
}

}  // namespace

Kept kept_in(const api::Object& secret) {
  const auto file = [&](std::string_view name) {
    return text::from_base64(api::text_at(secret.body(), {"data", name})).value_or("");
  };
  std::string ring = file(ring_file);
  if (!is_ring(json::parse(ring, nullptr, false))) {
    return {"", "", file(salt_file)};
  }
  return {std::move(ring), secret.annotation(times_annotation), file(salt_file)};
}

std::string new_ring(std::string_view random) {
  return print({{"k1", text::base64url(random), {}, {}, {}, {}}}).ring;
}

std::vector<Key> read(const Kept& kept, Timestamp now, milliseconds life) {
  const json ring = json::parse(kept.ring, nullptr, false);
  const json times = json::parse(kept.times, nullptr, false);
  std::vector<Key> keys;
  for (const json& entry : api::value_at(ring, {"keys"})) {
    keys.push_back(read_key(entry, api::value_at(times, {api::text_at(entry, {"id"})}), now, life));
  }
  return keys;
}

Kept print(const std::vector<Key>& keys) {
  json ring = json::array();
  json times = json::object();
  for (const Key& key : keys) {
    ring.push_back({{"id", key.id}, {"secret", key.secret}});
    json& of_key = times[key.id];
    of_key["added"] = time::print_rfc3339(key.added);
    of_key["life"] = time::print_duration(key.life);
    if (key.sealing) {
      of_key["sealing"] = time::print_rfc3339(*key.sealing);
    }
    if (key.retired) {
      of_key["retired"] = time::print_rfc3339(*key.retired);
    }
  }
  return {json{{"keys", std::move(ring)}}.dump(), times.dump(), ""};
}

}  // namespace mooring::keys
