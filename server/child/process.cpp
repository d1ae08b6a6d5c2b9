// SPDX-License-Identifier: Apache-2.0
#include "server/child/process.hpp"

#include "server/child/guard.hpp"

#include <csignal>
#include <mutex>
#include <sys/wait.h>
#include <vector>

namespace mooring::child {
namespace {

using asio::redirect_error;
using asio::use_awaitable;

// What not even SIGKILL ends at once (a read from a dead disk) is not waited for longer than this.
constexpr std::chrono::seconds after_kill{2};

// The guardians of what was not waited for. They end some day, and are reaped as others come.
class Late {
 public:
  void add(pid_t guardian) {
    const std::lock_guard lock(mutex_);
    guardians_.push_back(guardian);
  }

  void reap() {
    const std::lock_guard lock(mutex_);
    std::erase_if(guardians_, [](pid_t guardian) {
      return waitpid(guardian, nullptr, WNOHANG) != 0;
    });
  }

 private:
  std::mutex mutex_;
  std::vector<pid_t> guardians_;
};

Late& late() {
  static Late all;
  return all;
}

}  // namespace

Process::Process(asio::io_context& context, Spawned& spawned)
    : pid_(spawned.pid),
      guardian_(spawned.guardian),
      channel_(context, spawned.channel.release()),
      changed_(context) {}

std::shared_ptr<Process> Process::watch(asio::io_context& context, Spawned& spawned) {
  late().reap();
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
    late().add(guardian_);
  }
  co_return status_.value_or(SIGKILL);
}

}  // namespace mooring::child
