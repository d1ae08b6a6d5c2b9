// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/call.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace mooring::backend {

/// A request that has been written and not been answered.
struct Waiting {
  std::shared_ptr<Sink> sink;
  bool is_ours = false;  ///< no client's: handshake, lists
  std::optional<LogLevel> log_level;
  bool can_be_asked = false;
  bool wants_progress = false;
  std::vector<std::string> questions;  ///< raw ids of those that are open
};

/// Who waits for which answer. One thread's.
class Waiters {
 public:
  using Time = std::chrono::steady_clock::time_point;

  void add(std::uint64_t id, Time deadline, Waiting waiting);
  /// Nullptr if nobody waits for this id (any more).
  Waiting* find(std::uint64_t id);
  /// Its sink, nullptr if nobody waits; it is forgotten.
  std::shared_ptr<Sink> take(std::uint64_t id);
  /// The one client's call that is under way, if there is exactly one.
  std::optional<std::uint64_t> only_call() const;
  /// The one among them that wants log messages, if there is exactly one.
  std::optional<std::uint64_t> only_curious_call() const;
  /// Gives a call that is waited for more time.
  void postpone(std::uint64_t id, Time deadline);

  struct Overdue {
    std::uint64_t id;
    std::shared_ptr<Sink> sink;
  };

  std::optional<Overdue> take_overdue(Time now);
  void fail_all(const Error& error);

  /// When the next one is overdue.
  std::optional<Time> next_deadline() const;

  std::size_t size() const { return waiting_.size(); }

 private:
  struct Entry {
    Time deadline;
    Waiting waiting;
  };

  using Entries = std::unordered_map<std::uint64_t, Entry>;

  std::shared_ptr<Sink> take(Entries::iterator entry);

  Entries waiting_;
  std::set<std::pair<Time, std::uint64_t>> deadlines_;
  std::set<std::uint64_t> calls_;    // clients'
  std::set<std::uint64_t> curious_;  // those of them that want log messages
};

}  // namespace mooring::backend
