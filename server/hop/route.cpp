// SPDX-License-Identifier: Apache-2.0
#include "server/hop/route.hpp"

namespace mooring::hop {

std::optional<Replica> other_owner(std::string_view owner, std::string_view self, Arrival arrival) {
  if (self.empty() || owner.empty() || owner == self || arrival != Arrival::from_client) {
    return std::nullopt;
  }
  return decode(owner);
}

}  // namespace mooring::hop
