// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace mooring::child {

/// How many lines of a command's standard error are passed on: a burst, and so many a second.
class Ration {
 public:
  using Clock = std::chrono::steady_clock;

  static constexpr double burst = 200;
  static constexpr double per_second = 50;

  bool take(Clock::time_point now) {
    const double passed = std::chrono::duration<double>(now - since_).count();
    left_ = std::min(burst, left_ + passed * per_second);
    since_ = now;
    if (left_ < 1) {
      return false;
    }
    left_ -= 1;
    return true;
  }

 private:
  double left_ = burst;
  Clock::time_point since_ = {};
};

}  // namespace mooring::child
