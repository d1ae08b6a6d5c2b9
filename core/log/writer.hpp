// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace mooring::log {

/// Writes lines to a descriptor from a thread of its own: whoever has something to say never waits
/// for whoever does not read it. What there is no room for is dropped, and told once there is.
class Writer {
 public:
  static constexpr std::size_t room = 1 << 20;
  /// The line that stands where so many were dropped.
  using Told = std::function<std::string(std::size_t)>;

  Writer(int descriptor, Told dropped);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  /// Its thread may wait for a reader that never comes.
  ~Writer() = delete;

  void add(std::string_view line);

  /// Waits until all that was added before is written; false if that takes longer.
  bool flush(std::chrono::milliseconds patience);

 private:
  [[noreturn]] void run();

  const int descriptor_;
  const Told told_;
  std::mutex mutex_;
  std::condition_variable added_;
  std::condition_variable written_;
  std::string waiting_;
  std::size_t dropped_ = 0;
  // Bytes from the first on.
  std::uint64_t taken_in_ = 0;
  std::uint64_t dealt_with_ = 0;
};

}  // namespace mooring::log
