// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::child {

/// Cuts a stream of bytes into lines, in one bounded buffer. Read into `space()`, tell how much by
/// `added`, then take lines until there is none; a line is valid until the next call.
class Lines {
 public:
  enum class TooLong {
    refuse,  ///< `overflowed()` becomes true; there is nothing more to take
    cut,     ///< its head is a line, the rest is dropped
  };

  Lines(std::size_t longest, TooLong too_long) : longest_(longest), too_long_(too_long) {}

  struct Space {
    char* data;
    std::size_t size;
  };

  Space space();

  void added(std::size_t bytes) { filled_ += bytes; }

  /// Without its line break (`\n` or `\r\n`).
  std::optional<std::string_view> next();
  /// What stands after the last line break, at the end of the stream.
  std::string_view rest() const;

  bool overflowed() const { return overflowed_; }

 private:
  std::optional<std::string_view> take(std::size_t length, std::size_t with_break);
  void compact();

  std::size_t longest_;
  TooLong too_long_;
  std::string buffer_;
  std::size_t taken_ = 0;    // before it: lines already given
  std::size_t scanned_ = 0;  // before it: no line break after `taken_`
  std::size_t filled_ = 0;   // after it: free space
  bool overflowed_ = false;
  bool dropping_ = false;
};

}  // namespace mooring::child
