// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "server/child/fd.hpp"
#include "server/child/last_words.hpp"
#include "server/child/lines.hpp"
#include "server/child/mask.hpp"
#include "server/child/ration.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace mooring::child {

/// Reads a child's standard error line by line; long lines are cut. It is always read: a child that
/// waited for us to take what it says would do nothing else. Of a flood a part is passed on, and
/// what was left out is told once a second.
class StderrReader : public std::enable_shared_from_this<StderrReader> {
 public:
  struct Ears {
    std::function<void(std::string_view)> line;
    std::function<void(std::size_t)> left_out;
  };

  static std::shared_ptr<StderrReader> start(
      asio::io_context& context, Fd pipe, Mask mask, Ears ears
  );

  /// The line that tells most about the child's end, masked and not long.
  std::string last() const;

  /// After the child's end: waits for the last line, but not long for others who hold the pipe.
  asio::awaitable<void> finish(std::chrono::milliseconds patience);

 private:
  StderrReader(asio::io_context& context, Fd pipe, Mask mask, Ears ears);
  asio::awaitable<void> read(std::shared_ptr<StderrReader> self);
  void take(std::string_view line);
  void leave_out();
  void tell_left_out();

  asio::posix::stream_descriptor pipe_;
  const Mask mask_;
  Ears ears_;
  Lines lines_;
  LastWords last_words_;
  Ration ration_;
  std::size_t left_out_ = 0;
  asio::steady_timer until_told_;
  bool is_done_ = false;
  asio::steady_timer done_;
};

}  // namespace mooring::child
