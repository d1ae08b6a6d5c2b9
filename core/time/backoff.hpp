// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <chrono>

namespace mooring::time {

/// Exponential back-off with jitter: attempt 0 waits `initial`, each further one `factor` times as
/// long, at most `cap`; then up to `jitter` times the wait is added, by `random` in [0,1).
struct Backoff {
  std::chrono::milliseconds initial{800};
  double factor = 2.0;
  std::chrono::milliseconds cap{30'000};
  double jitter = 1.0;

  std::chrono::milliseconds delay(unsigned attempt, double random) const {
    double wait = static_cast<double>(initial.count());
    for (unsigned i = 0; i < attempt && wait < static_cast<double>(cap.count()); ++i) {
      wait *= factor;
    }
    wait = std::min(wait, static_cast<double>(cap.count()));
    return std::chrono::milliseconds(static_cast<long long>(wait * (1 + random * jitter)));
  }
};

}  // namespace mooring::time
