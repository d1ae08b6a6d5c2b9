// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "server/child/fd.hpp"
#include "server/child/last_words.hpp"
#include "server/child/lines.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mooring::child {

/// Reads a child's standard error line by line; long lines are cut.
class StderrReader : public std::enable_shared_from_this<StderrReader> {
 public:
  using OnLine = std::function<void(std::string_view)>;

  static std::shared_ptr<StderrReader> start(asio::io_context& context, Fd pipe, OnLine on_line);

  /// The line that tells most about the child's end.
  const std::string& last() const { return last_words_.most_telling(); }

  /// After the child's end: waits for the last line, but not long for others who hold the pipe.
  asio::awaitable<void> finish(std::chrono::milliseconds patience);

 private:
  StderrReader(asio::io_context& context, Fd pipe, OnLine on_line);
  asio::awaitable<void> read(std::shared_ptr<StderrReader> self);
  void take(std::string_view line);

  asio::posix::stream_descriptor pipe_;
  OnLine on_line_;
  Lines lines_;
  LastWords last_words_;
  bool is_done_ = false;
  asio::steady_timer done_;
};

}  // namespace mooring::child
