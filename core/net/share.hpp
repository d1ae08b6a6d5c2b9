// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>

namespace mooring::net {

/// What one holds of a memory that all connections share. What is small is not counted, as every
/// connection has room for it: so those who fill the memory stop nobody else's small requests.
class Share {
 public:
  static constexpr std::size_t small = 8 << 10;

  Share(std::atomic<std::size_t>& total, std::size_t limit) : total_(total), limit_(limit) {}

  ~Share() { release(); }

  Share(const Share&) = delete;
  Share& operator=(const Share&) = delete;

  /// False if there is not so much left.
  bool grow_to(std::size_t bytes) {
    if (bytes <= held_ || bytes <= small) {
      return true;
    }
    const std::size_t more = bytes - held_;
    if (total_.fetch_add(more) + more > limit_) {
      total_ -= more;
      return false;
    }
    held_ = bytes;
    return true;
  }

  void release() {
    total_ -= held_;
    held_ = 0;
  }

 private:
  std::atomic<std::size_t>& total_;
  const std::size_t limit_;
  std::size_t held_ = 0;
};

}  // namespace mooring::net
