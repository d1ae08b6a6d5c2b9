// SPDX-License-Identifier: Apache-2.0
#include "server/child/lines.hpp"

#include <algorithm>
#include <cstring>

namespace mooring::child {
namespace {

constexpr std::size_t smallest_read = 4 << 10;
constexpr std::size_t usual_size = 64 << 10;
// A buffer that one long line has blown up is given back.
constexpr std::size_t kept_size = 1 << 20;

}  // namespace

Lines::Space Lines::space() {
  compact();
  if (buffer_.size() - filled_ < smallest_read) {
    buffer_.resize(std::max({usual_size, buffer_.size() * 2, filled_ + smallest_read}));
  }
  return {buffer_.data() + filled_, buffer_.size() - filled_};
}

void Lines::compact() {
  if (taken_ == filled_) {
    taken_ = scanned_ = filled_ = 0;
    if (buffer_.size() > kept_size) {
      std::string().swap(buffer_);
    }
  } else if (taken_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + taken_, filled_ - taken_);
    filled_ -= taken_;
    scanned_ -= taken_;
    taken_ = 0;
  }
}

std::optional<std::string_view> Lines::next() {
  while (!overflowed_) {
    const char* from = buffer_.data() + scanned_;
    const auto* found = static_cast<const char*>(
        filled_ == scanned_ ? nullptr : std::memchr(from, '\n', filled_ - scanned_)
    );
    if (dropping_) {
      taken_ = scanned_ =
          found == nullptr ? filled_ : static_cast<std::size_t>(found - buffer_.data()) + 1;
      dropping_ = found == nullptr;
      if (dropping_) {
        return std::nullopt;
      }
      continue;
    }
    const std::size_t length =
        (found == nullptr ? filled_ : static_cast<std::size_t>(found - buffer_.data())) - taken_;
    if (length <= longest_) {
      if (found == nullptr) {
        scanned_ = filled_;
        return std::nullopt;
      }
      return take(length, length + 1);
    }
    if (too_long_ == TooLong::cut) {
      dropping_ = true;
      return take(longest_, longest_);
    }
    overflowed_ = true;
  }
  return std::nullopt;
}

std::optional<std::string_view> Lines::take(std::size_t length, std::size_t with_break) {
  std::string_view line(buffer_.data() + taken_, length);
  taken_ += with_break;
  scanned_ = taken_;
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return line;
}

std::string_view Lines::rest() const {
  return dropping_ || overflowed_ ? std::string_view()
                                  : std::string_view(buffer_).substr(taken_, filled_ - taken_);
}

}  // namespace mooring::child
