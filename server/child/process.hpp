// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "server/child/spawn.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <memory>
#include <optional>

namespace mooring::child {

/// A started command: knows when it has ended, and ends it. Lives on one io_context's thread.
class Process : public std::enable_shared_from_this<Process> {
 public:
  static std::shared_ptr<Process> watch(asio::io_context& context, Spawned& spawned);

  /// Our child that has it as a child.
  pid_t guardian() const { return guardian_; }

  /// Its wait status, once it has ended.
  const std::optional<int>& status() const { return status_; }

  /// Waits for its end or a `wake`, at most `patience`. One waits at a time.
  asio::awaitable<void> changed_within(std::chrono::milliseconds patience);

  void wake() { changed_.cancel(); }

  /// Leaves nothing behind, not of its process group nor of what has left that: SIGTERM, and
  /// SIGKILL for what is still there after `grace`. Returns the wait status.
  asio::awaitable<int> end(std::chrono::milliseconds grace);

 private:
  Process(asio::io_context& context, Spawned& spawned);
  void listen();
  void take_news();

  const pid_t pid_;
  const pid_t guardian_;
  asio::posix::stream_descriptor channel_;
  asio::steady_timer changed_;
  std::optional<int> status_;
  bool is_gone_ = false;  // the guardian, and with it all that it guarded
};

}  // namespace mooring::child
