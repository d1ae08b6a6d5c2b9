// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/queue/work_queue.hpp"

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

namespace mooring::queue {

struct Statistics {
  std::size_t depth = 0;
  std::uint64_t adds = 0;
  std::uint64_t retries = 0;
  Duration unfinished{};
  Duration longest{};
};

/// The work queue for threads: a lock and a wait around it, and the clock.
class BlockingQueue {
 public:
  explicit BlockingQueue(RetryDelays delays = {}) : queue_(delays) {}

  void add(const api::ObjectKey& key);
  void add_after(const api::ObjectKey& key, Duration delay);
  void add_rate_limited(const api::ObjectKey& key, Duration at_least = {});
  void forget(const api::ObjectKey& key);

  /// Waits for a key; nothing once the queue is shut down.
  std::optional<Taken> take();
  Duration done(const api::ObjectKey& key);

  /// Whoever waits returns; keys not yet taken are left where they are.
  void shut_down();
  /// Waits until no key is in work; false if that was not so in time.
  bool wait_idle(Duration at_most);

  Statistics statistics();
  /// At most `most` keys of each kind.
  Picture picture(std::size_t most);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  WorkQueue queue_;
};

}  // namespace mooring::queue
