// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/hop/replica.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mooring::hop {

/// How a request came to this replica.
enum class Arrival {
  from_client,
  passed_on,        ///< by another replica, which passes the answer on as it comes
  passed_on_whole,  ///< the same, but the answer must be one document: it goes into a batch's
  told,             ///< by another replica, which tells all
};

/// Who is to handle what belongs to `owner`, a replica encoded: nothing if this one is. What
/// belongs to nobody is handled where it arrives, and so is what has come by another replica: a
/// second hop there is none. `self` is this replica encoded, empty if it has no peers.
std::optional<Replica> other_owner(std::string_view owner, std::string_view self, Arrival arrival);

/// Whether the other replicas are to hear of it.
inline bool is_to_be_told(std::string_view self, Arrival arrival) {
  return !self.empty() && arrival == Arrival::from_client;
}

}  // namespace mooring::hop
