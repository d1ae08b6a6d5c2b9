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
  static std::shared_ptr<Process> watch(asio::io_context& context, pid_t pid, Fd pidfd);

  /// Its wait status, once it has ended.
  const std::optional<int>& status() const { return status_; }

  /// Waits for its end or a `wake`, at most `patience`. One waits at a time.
  asio::awaitable<void> changed_within(std::chrono::milliseconds patience);

  void wake() { changed_.cancel(); }

  /// Leaves nothing of its process group behind: SIGTERM, and SIGKILL for what is still there after
  /// `grace`. Returns the wait status.
  asio::awaitable<int> end(std::chrono::milliseconds grace);

 private:
  Process(asio::io_context& context, pid_t pid, Fd pidfd);
  bool group_is_empty() const;
  void signal_group(int signal) const;

  pid_t pid_;
  asio::posix::stream_descriptor pidfd_;
  asio::steady_timer changed_;
  std::optional<int> status_;
};

}  // namespace mooring::child
