// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// Tokens that we hand out and only we can read: AES-256-GCM under a ring of keys.
namespace mooring::seal {

/// The ring: the first key seals, all open, so that keys can be exchanged without losing a token.
class Ring {
 public:
  /// `{"keys":[{"id":"k1","secret":"<32 bytes, base64url>"}]}`, 1 to 16 keys.
  static Result<Ring> parse(std::string_view text);
  /// A ring of one key, for a server that runs alone.
  static Result<Ring> of(std::string id, std::string_view secret);

  struct Key {
    std::string id;
    std::array<unsigned char, 32> secret{};

    bool operator==(const Key&) const = default;
  };

  std::size_t size() const { return keys_.size(); }

  const Key& sealing() const { return keys_.front(); }

  const Key* find(std::string_view id) const;

  bool operator==(const Ring&) const = default;

 private:
  std::vector<Key> keys_;
};

/// 96 random bits, never used twice under one key.
using Nonce = std::array<unsigned char, 12>;

/// Visible ASCII. `purpose` keeps a token of one kind from being taken for another.
Result<std::string> seal(
    const Ring& ring, std::string_view purpose, std::string_view plaintext, const Nonce& nonce
);

/// What was sealed. All that is not our token for this purpose is `Errc::not_found`.
Result<std::string> open(const Ring& ring, std::string_view purpose, std::string_view token);

}  // namespace mooring::seal
