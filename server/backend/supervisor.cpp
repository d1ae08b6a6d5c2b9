// SPDX-License-Identifier: Apache-2.0
#include "server/backend/supervisor.hpp"

#include "core/time/duration.hpp"

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;

constexpr time::Backoff backoff{.initial = 200ms, .factor = 2, .cap = 30s, .jitter = 0};
// Whoever was up this long has overcome what made it fail before.
constexpr auto recovered_after = 60s;

}  // namespace

Supervisor::Action Supervisor::step(const Event& event, Time now) {
  return std::visit([&](const auto& e) { return on(e, now); }, event);
}

Supervisor::Action Supervisor::on(const Begin& /*event*/, Time now) {
  if (phase_ != Phase::idle) {
    return Action::none;
  }
  if (start_ == Start::on_demand) {
    phase_ = Phase::asleep;
    return Action::none;
  }
  return open(now);
}

Supervisor::Action Supervisor::open(Time now) {
  phase_ = Phase::starting;
  wake_ = now + start_timeout_;
  return Action::open;
}

Supervisor::Action Supervisor::on(const Answered& /*event*/, Time now) {
  if (phase_ == Phase::starting) {
    phase_ = Phase::up;
    wake_.reset();
    up_since_ = now;
    was_up_ = true;
    was_woken_ = false;
    message_.clear();
  }
  return Action::none;
}

Supervisor::Action Supervisor::on(const Ended& event, Time now) {
  if (phase_ == Phase::stopping) {
    phase_ = Phase::done;
    return Action::none;
  }
  if (phase_ == Phase::dozing) {
    phase_ = Phase::asleep;
    return Action::none;
  }
  if (phase_ == Phase::up && now - up_since_ >= recovered_after) {
    failures_ = 0;
  }
  if (phase_ == Phase::starting || phase_ == Phase::up || phase_ == Phase::closing) {
    // What made us close it says more than how it ended.
    if (phase_ != Phase::closing) {
      message_ = event.why;
    }
    phase_ = Phase::waiting;
    was_woken_ = false;
    wake_ = now + backoff.delay(failures_, 0);
    ++failures_;
  }
  return Action::none;
}

Supervisor::Action Supervisor::on(const Again& event, Time now) {
  return phase_ == Phase::starting ? open(now) : on(Ended{event.why}, now);
}

Supervisor::Action Supervisor::on(const Tick& /*event*/, Time now) {
  if (!wake_ || now < *wake_) {
    return Action::none;
  }
  if (phase_ == Phase::waiting && start_ == Start::on_demand) {
    phase_ = Phase::asleep;
    wake_.reset();
    return Action::none;
  }
  if (phase_ == Phase::waiting) {
    ++restarts_;
    return open(now);
  }
  if (phase_ == Phase::starting) {
    phase_ = Phase::closing;
    wake_.reset();
    message_ = "did not answer its first requests within " + time::print_duration(start_timeout_) +
               " (stdio.startTimeout)";
    return Action::close;
  }
  return Action::none;
}

Supervisor::Action Supervisor::on(const Idle& /*event*/, Time now) {
  if (phase_ != Phase::up) {
    return Action::none;
  }
  if (now - up_since_ >= recovered_after) {
    failures_ = 0;
  }
  phase_ = Phase::dozing;
  return Action::close;
}

Supervisor::Action Supervisor::on(const Wanted& /*event*/, Time now) {
  if (phase_ != Phase::asleep) {
    return Action::none;
  }
  was_woken_ = true;
  return open(now);
}

Supervisor::Action Supervisor::on(const Stop& /*event*/, Time /*now*/) {
  wake_.reset();
  if (phase_ == Phase::starting || phase_ == Phase::up) {
    phase_ = Phase::stopping;
    return Action::close;
  }
  if (phase_ != Phase::stopping) {
    const bool is_closing = phase_ == Phase::closing || phase_ == Phase::dozing;
    phase_ = is_closing ? Phase::stopping : Phase::done;
  }
  return Action::none;
}

bool Supervisor::may_hold() const {
  return phase_ == Phase::asleep || phase_ == Phase::dozing ||
         (phase_ == Phase::starting && was_woken_);
}

Status Supervisor::status() const {
  const bool sleeps = phase_ == Phase::asleep || phase_ == Phase::dozing;
  const bool failed = phase_ == Phase::waiting || phase_ == Phase::closing;
  return {
      .state = phase_ == Phase::up ? State::up
               : failed            ? State::failed
               : sleeps            ? State::idle
                                   : State::starting,
      .was_up = was_up_,
      .message = message_};
}

}  // namespace mooring::backend
