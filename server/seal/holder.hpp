// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/seal/seal.hpp"

#include <atomic>
#include <list>
#include <mutex>

namespace mooring::seal {

/// The ring in force, which may be replaced while others use it. Safe to use from every thread.
class Holder {
 public:
  explicit Holder(Ring ring);

  /// Stays valid when another one comes: who has begun with this ring may end with it. So rings
  /// that were in force are kept, each once; they are as few as there were rotations.
  const Ring& ring() const { return *current_.load(std::memory_order_acquire); }

  /// False if it is in force already.
  bool replace(Ring ring);

 private:
  std::mutex mutex_;
  std::list<Ring> rings_;
  std::atomic<const Ring*> current_;
};

}  // namespace mooring::seal
