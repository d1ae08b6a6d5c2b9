// SPDX-License-Identifier: Apache-2.0
#include "server/child/process.hpp"

#include "server/child/guard.hpp"

#include <csignal>
#include <sys/wait.h>

namespace mooring::child {
namespace {

using asio::redirect_error;
using asio::use_awaitable;

// What not even SIGKILL ends at once (a read from a dead disk) is not waited for longer than this.
constexpr std::chrono::seconds after_kill{2};

}  // namespace

Process::Process(asio::io_context& context, Spawned& spawned)
    : pid_(spawned.pid),
      guardian_(spawned.guardian),
      channel_(context, spawned.channel.release()),
      changed_(context) {}

std::shared_ptr<Process> Process::watch(asio::io_context& context, Spawned& spawned) {
  std::shared_ptr<Process> process(new Process(context, spawned));
  process->listen();
  return process;
}

void Process::listen() {
  channel_.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [self = shared_from_this()](error_code error) {
        if (!error) {
          self->take_news();
        }
      }
  );
}

void Process::take_news() {
  const News news = hear_guardian(channel_.native_handle(), false);
  if (news.kind == News::Kind::nothing_left) {
    is_gone_ = true;
    waitpid(guardian_, nullptr, 0);
    if (!status_) {
      // Somebody has killed the guardian: that kills the command, but not the others of its group.
      kill(-pid_, SIGKILL);
      status_ = SIGKILL;
    }
    changed_.cancel();
    return;
  }
  if (news.kind == News::Kind::word) {
    status_ = news.word;
    changed_.cancel();
  }
  listen();
}

asio::awaitable<void> Process::changed_within(std::chrono::milliseconds patience) {
  if (!status_) {
    changed_.expires_after(patience);
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
  }
}

asio::awaitable<int> Process::end(std::chrono::milliseconds grace) {
  order_end(channel_.native_handle(), grace);
  const auto deadline = std::chrono::steady_clock::now() + grace + after_kill;
  while (!is_gone_ && std::chrono::steady_clock::now() < deadline) {
    changed_.expires_at(deadline);
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
  }
  if (!is_gone_) {
    channel_.cancel();
  }
  co_return status_.value_or(SIGKILL);
}

}  // namespace mooring::child
