// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object_key.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

/// Which key is due, and when: client-go's work queue as a value. `now` comes from outside.
namespace mooring::queue {

using Instant = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// How long a key that failed n times in a row waits: initial * 2^n, at most cap.
struct RetryDelays {
  std::chrono::milliseconds initial{5};
  std::chrono::milliseconds cap{300'000};

  std::chrono::milliseconds after(unsigned failures) const;
};

struct Taken {
  api::ObjectKey key;
  Duration waited{};  ///< since it became due
};

/// A key and how it stands: how long it has waited or been in work, or when its time comes.
struct Standing {
  api::ObjectKey key;
  Duration time{};
  unsigned failures = 0;  ///< in a row
};

/// The queue as it is, for a person who asks.
struct Picture {
  std::vector<Standing> due;
  std::vector<Standing> in_work;
  std::vector<Standing> waiting;
};

/// Invariants: a key is queued at most once; no key is taken by two at a time; a key added while it
/// is in work is queued again when that work is done, so that no change is lost.
class WorkQueue {
 public:
  explicit WorkQueue(RetryDelays delays = {}) : delays_(delays) {}

  void add(const api::ObjectKey& key, Instant now);
  /// Of several times asked for, the earliest counts.
  void add_after(const api::ObjectKey& key, Duration delay, Instant now);
  /// After a failure: the next delay of this key, or longer.
  void add_rate_limited(const api::ObjectKey& key, Instant now, Duration at_least = {});
  /// After a success: the next failure counts as the first.
  void forget(const api::ObjectKey& key);

  /// The next due key, which is then in work until `done`.
  std::optional<Taken> take(Instant now);
  /// How long it was in work.
  Duration done(const api::ObjectKey& key, Instant now);

  /// When a waiting key becomes due; nothing if none waits.
  std::optional<Instant> next_due() const;

  /// Nothing can be added from now on; waiting keys are dropped, due ones can still be taken.
  void shut_down();

  bool shutting_down() const { return shutting_down_; }

  /// Due keys (after moving those whose time has come).
  std::size_t depth(Instant now);

  std::size_t in_work() const { return processing_.size(); }

  unsigned failures(const api::ObjectKey& key) const;

  /// At most `most` keys of each: of those waiting, the next ones.
  Picture picture(Instant now, std::size_t most);

  std::uint64_t adds() const { return adds_; }

  std::uint64_t retries() const { return retries_; }

  /// Seconds of work in progress: of all keys together, and of the longest.
  std::pair<Duration, Duration> unfinished(Instant now) const;

 private:
  void move_due(Instant now);

  RetryDelays delays_;
  std::deque<api::ObjectKey> queue_;
  std::map<api::ObjectKey, Instant> dirty_;       ///< to be worked on, since
  std::map<api::ObjectKey, Instant> processing_;  ///< in work, since
  std::map<api::ObjectKey, Instant> waiting_;     ///< due at
  std::set<std::pair<Instant, api::ObjectKey>> by_time_;
  std::map<api::ObjectKey, unsigned> failures_;
  std::uint64_t adds_ = 0;
  std::uint64_t retries_ = 0;
  bool shutting_down_ = false;
};

}  // namespace mooring::queue
