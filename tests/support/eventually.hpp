// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace mooring::tests {

/// Waits until the condition holds; false after a patience that no healthy run needs.
inline bool eventually(
    const std::function<bool()>& condition, std::chrono::seconds patience = std::chrono::seconds(30)
) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

}  // namespace mooring::tests
