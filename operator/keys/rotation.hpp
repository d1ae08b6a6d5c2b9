// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/keys/kept.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A new key is added last, where it opens only; it seals when every replica has had the time to
/// read it; the one before leaves when nothing that it sealed is good for anything any more.
namespace mooring::keys {

/// In which a change of the Secret reaches every replica: a kubelet takes up to two minutes.
inline constexpr std::chrono::minutes spread{5};
/// What is sealed beside sessions, questions to clients and places in lists, lives no longer.
inline constexpr std::chrono::hours shortest_life{1};
/// As many as a replica reads; a new key waits until there is room.
inline constexpr std::size_t most_keys = 16;

struct Policy {
  std::chrono::milliseconds rotation{};  ///< how long a key seals; 0: the ring is left alone
  std::chrono::milliseconds session_life{};
};

/// What there is to tell of it, without a key.
struct Outlook {
  bool is_changed = false;             ///< something else is to be kept than was
  std::vector<std::string> steps;      ///< what of it people may want to know
  std::optional<time::Timestamp> due;  ///< when there is something to do next
};

struct Next {
  Kept kept;
  Outlook outlook;
};

/// What is to be kept from now on; the very same bytes where nothing is due. `random` is 32 bytes
/// from a cryptographic source, for a key that may be made.
Next next(const Kept& kept, const Policy& policy, time::Timestamp now, std::string_view random);

}  // namespace mooring::keys
