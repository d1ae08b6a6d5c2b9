// SPDX-License-Identifier: Apache-2.0
#include "server/seal/holder.hpp"

#include <algorithm>
#include <utility>

namespace mooring::seal {

Holder::Holder(Ring ring) : rings_{std::move(ring)}, current_(&rings_.front()) {}

bool Holder::replace(Ring ring) {
  const std::lock_guard lock(mutex_);
  auto found = std::find(rings_.begin(), rings_.end(), ring);
  if (found == rings_.end()) {
    found = rings_.insert(rings_.end(), std::move(ring));
  }
  return current_.exchange(&*found, std::memory_order_acq_rel) != &*found;
}

}  // namespace mooring::seal
