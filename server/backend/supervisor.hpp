// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/backoff.hpp"
#include "server/backend/backend.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

namespace mooring::backend {

/// When a stdio server is started, given up and started again. Decides only: what happens is told
/// to it, what it returns is to be done.
///
///   starting ──answered──▶ up
///      │ ▲                  │
///   ended│ │back-off over   │ended
///      ▼ │                  ▼
///      failed ◀─────────────┘          a start that takes too long is closed, and then ends
class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  struct Begin {};

  struct Answered {};  ///< it has introduced itself and listed its tools

  struct Ended {
    std::string why;
  };

  struct Tick {};  ///< the time of `wake()` has come

  struct Stop {};

  using Event = std::variant<Begin, Answered, Ended, Tick, Stop>;

  enum class Action {
    none,
    open,   ///< start it; then Answered or Ended
    close,  ///< end it, `message()` says why; then Ended
  };

  explicit Supervisor(std::chrono::milliseconds start_timeout) : start_timeout_(start_timeout) {}

  Action step(const Event& event, Time now);

  /// When to come back with a Tick.
  std::optional<Time> wake() const { return wake_; }

  Status status() const;

  /// Stopped, and nothing is open.
  bool is_done() const { return phase_ == Phase::done; }

  unsigned restarts() const { return restarts_; }

 private:
  enum class Phase { idle, starting, up, closing, waiting, stopping, done };

  Action on(const Begin& event, Time now);
  Action on(const Answered& event, Time now);
  Action on(const Ended& event, Time now);
  Action on(const Tick& event, Time now);
  Action on(const Stop& event, Time now);
  Action open(Time now);

  const std::chrono::milliseconds start_timeout_;
  Phase phase_ = Phase::idle;
  std::optional<Time> wake_;
  Time up_since_;
  unsigned failures_ = 0;
  unsigned restarts_ = 0;
  bool was_up_ = false;
  std::string message_;
};

}  // namespace mooring::backend
