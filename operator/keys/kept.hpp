// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/rfc3339.hpp"
#include "operator/api/object.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The ring of keys that a server's replicas seal with: how it is kept, and when it changes.
namespace mooring::keys {

inline constexpr std::string_view ring_file = "ring.json";
inline constexpr std::string_view salt_file = "salt";
inline constexpr std::string_view times_annotation = "mooring.dev/key-times";

/// What stands in a Secret of keys.
struct Kept {
  std::string ring;   ///< what replicas read; empty: there is none that can be used
  std::string times;  ///< of its keys, as an annotation; empty: none
  /// For hashes of secrets that stand where others can read them; made once. Empty: none yet.
  std::string salt = {};

  bool operator==(const Kept&) const = default;
};

Kept kept_in(const api::Object& secret);

/// A ring of one new key; `random` is 32 bytes from a cryptographic source.
std::string new_ring(std::string_view random);

struct Key {
  std::string id;
  std::string secret;  ///< base64url
  time::Timestamp added{};
  /// Since when it seals, if it ever did, and since when it does no more.
  std::optional<time::Timestamp> sealing;
  std::optional<time::Timestamp> retired;
  std::chrono::milliseconds life{};  ///< of the tokens it sealed that live longest

  bool operator==(const Key&) const = default;
};

/// The keys, the one that seals first; none if there is no ring that can be used. One of unknown
/// times was added by somebody else: the first seals from now on, others have done so.
std::vector<Key> read(const Kept& kept, time::Timestamp now, std::chrono::milliseconds life);
Kept print(const std::vector<Key>& keys);

}  // namespace mooring::keys
