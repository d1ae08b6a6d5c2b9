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
///
/// It is a breaker: while failed nothing is let through, one start at a time tries whether it goes
/// again, and each further failure waits twice as long. What nobody has called for a while sleeps
/// until it is wanted, and one that is started on demand sleeps from the first:
///
///   up ──idle──▶ asleep ──wanted──▶ starting
class Supervisor {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  struct Begin {};

  struct Answered {};  ///< it has introduced itself and listed its tools

  struct Ended {
    std::string why;
  };

  struct Again {  ///< it ended as its start was cut short, to be begun anew: that is no failure
    std::string why;
  };

  struct Tick {};  ///< the time of `wake()` has come

  struct Idle {};  ///< nobody has called for a while

  struct Wanted {};  ///< somebody calls, and it is not up

  struct Stop {};

  using Event = std::variant<Begin, Answered, Ended, Again, Tick, Idle, Wanted, Stop>;

  enum class Start { always, on_demand };

  enum class Action {
    none,
    open,   ///< start it; then Answered or Ended
    close,  ///< end it, `message()` says why; then Ended
  };

  explicit Supervisor(std::chrono::milliseconds start_timeout, Start start = Start::always)
      : start_timeout_(start_timeout), start_(start) {}

  Action step(const Event& event, Time now);

  /// When to come back with a Tick.
  std::optional<Time> wake() const { return wake_; }

  Status status() const;

  /// Whether calls may wait for it to come up: it sleeps, or has been woken and has not failed.
  bool may_hold() const;

  /// Stopped, and nothing is open.
  bool is_done() const { return phase_ == Phase::done; }

  unsigned restarts() const { return restarts_; }

 private:
  enum class Phase { idle, starting, up, closing, waiting, dozing, asleep, stopping, done };

  Action on(const Begin& event, Time now);
  Action on(const Answered& event, Time now);
  Action on(const Ended& event, Time now);
  Action on(const Again& event, Time now);
  Action on(const Tick& event, Time now);
  Action on(const Idle& event, Time now);
  Action on(const Wanted& event, Time now);
  Action on(const Stop& event, Time now);
  Action open(Time now);

  const std::chrono::milliseconds start_timeout_;
  const Start start_;
  Phase phase_ = Phase::idle;
  std::optional<Time> wake_;
  Time up_since_;
  unsigned failures_ = 0;
  unsigned restarts_ = 0;
  bool was_up_ = false;
  bool was_woken_ = false;
  std::string message_;
};

}  // namespace mooring::backend
