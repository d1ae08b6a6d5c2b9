// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/call.hpp"
#include "server/era/era.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
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
  bool has_chosen_level = true;
  bool can_be_asked = false;
  bool wants_progress = false;
  std::string session;                 ///< empty: of none
  std::vector<std::string> questions;  ///< raw ids of those that are open
};

/// Who waits for which answer, and whose words those are that name nobody: a legacy server's
/// questions, and log messages. One thread's.
class Waiters {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// For a new run of the server.
  void expect(era::Generation generation) { generation_ = generation; }

  void add(std::uint64_t id, Time deadline, Waiting waiting);
  /// Nullptr if nobody waits for this id (any more).
  Waiting* find(std::uint64_t id);
  /// It is answered. Its sink, nullptr if nobody waits.
  std::shared_ptr<Sink> take(std::uint64_t id);
  /// Nobody waits for it any more, but the server may be at work for it until it answers, or until
  /// then. False if nobody waited.
  bool give_up(std::uint64_t id, Time until);

  /// The call that words without a name can only be of; nothing: they could be several persons'.
  /// It is the one call at work: who waits for its client's answer says nothing meanwhile.
  std::optional<std::uint64_t> speaker(Time now);
  /// It asks its client, and waits until `deadline`.
  void ask(std::uint64_t id, std::string question, Time now, Time deadline);
  /// It goes on once all it asked is answered. False if this question is not open.
  bool answer(std::uint64_t id, const std::string& question, Time deadline);

  /// Those that wait for their clients, the oldest first.
  const std::set<std::uint64_t>& asking() const { return asking_; }

  struct Overdue {
    std::uint64_t id;
    std::shared_ptr<Sink> sink;
  };

  /// The server may be at work for it until then.
  std::optional<Overdue> take_overdue(Time now, Time until);
  /// All but those that are spared.
  void fail_all(
      const Error& error,
      const std::function<bool(std::uint64_t)>& is_spared =
          [](std::uint64_t /*id*/) { return false; }
  );

  /// When the next one is overdue.
  std::optional<Time> next_deadline() const;

  std::size_t size() const { return waiting_.size(); }

  /// Of clients.
  std::size_t calls() const { return waiting_.size() - ours_; }

 private:
  struct Entry {
    Time deadline;
    Waiting waiting;
  };

  using Entries = std::unordered_map<std::uint64_t, Entry>;

  // A call that nobody waits for, and the server may still be at work for.
  struct Late {
    std::uint64_t id;
    Time until;
    std::string session;
  };

  std::shared_ptr<Sink> take(Entries::iterator entry);
  std::shared_ptr<Sink> give_up(Entries::iterator entry, Time until);
  void postpone(std::uint64_t id, Time deadline);
  bool may_be_of_late(const std::string& session, Time now);

  era::Generation generation_ = era::Generation::legacy;
  Entries waiting_;
  std::size_t ours_ = 0;  // of waiting_
  std::set<std::pair<Time, std::uint64_t>> deadlines_;
  std::set<std::uint64_t> speaking_;  // clients' calls at work whose words may name nobody
  std::set<std::uint64_t> asking_;    // those that wait for their clients
  std::uint64_t last_asking_ = 0;
  Time last_asked_;
  std::vector<Late> late_;
  Time crowded_until_;  // too many are late to be told apart
};

}  // namespace mooring::backend
