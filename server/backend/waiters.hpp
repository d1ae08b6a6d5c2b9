// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/backend/backend.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace mooring::backend {

/// Takes an answer, once.
class Completion {
 public:
  virtual ~Completion() = default;
  virtual void complete(Result<Answer> answer) = 0;
};

/// Who waits for which answer. One thread's. Ids grow, and all waits of a time have the same
/// time-out, so the first entry is the one that is overdue first.
class Waiters {
 public:
  using Time = std::chrono::steady_clock::time_point;

  struct Overdue {
    std::uint64_t id;
    std::unique_ptr<Completion> completion;
  };

  /// An id that nobody waits for.
  std::uint64_t next_id() { return ++last_id_; }

  std::uint64_t add(Time deadline, std::unique_ptr<Completion> completion);
  /// Nullptr if nobody waits for this id (any more).
  std::unique_ptr<Completion> take(std::uint64_t id);
  std::optional<Overdue> take_overdue(Time now);
  void fail_all(const Error& error);

  /// When the next one is overdue.
  std::optional<Time> next_deadline() const;

  std::size_t size() const { return waiting_.size(); }

 private:
  struct Waiting {
    Time deadline;
    std::unique_ptr<Completion> completion;
  };

  std::map<std::uint64_t, Waiting> waiting_;
  std::uint64_t last_id_ = 0;
};

}  // namespace mooring::backend
