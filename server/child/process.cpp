// SPDX-License-Identifier: Apache-2.0
#include "server/child/process.hpp"

#include <csignal>
#include <sys/wait.h>

namespace mooring::child {
namespace {

using Clock = std::chrono::steady_clock;
using asio::redirect_error;
using asio::use_awaitable;

// How often the rest of a group is looked at after its leader has ended: nothing announces that.
constexpr std::chrono::milliseconds group_interval{20};

}  // namespace

Process::Process(asio::io_context& context, pid_t pid, Fd pidfd)
    : pid_(pid), pidfd_(context, pidfd.release()), changed_(context) {}

std::shared_ptr<Process> Process::watch(asio::io_context& context, pid_t pid, Fd pidfd) {
  std::shared_ptr<Process> process(new Process(context, pid, std::move(pidfd)));
  process->pidfd_.async_wait(
      asio::posix::stream_descriptor::wait_read,
      [process](error_code error) {
        int status = 0;
        if (!error && waitpid(process->pid_, &status, 0) == process->pid_) {
          process->status_ = status;
          process->changed_.cancel();
        }
      }
  );
  return process;
}

asio::awaitable<void> Process::changed_within(std::chrono::milliseconds patience) {
  if (!status_) {
    changed_.expires_after(patience);
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
  }
}

asio::awaitable<int> Process::end(std::chrono::milliseconds grace) {
  const auto deadline = Clock::now() + grace;
  signal_group(SIGTERM);
  while (!group_is_empty() && Clock::now() < deadline) {
    changed_.expires_after(status_ ? group_interval : grace);
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
  }
  if (!group_is_empty()) {
    signal_group(SIGKILL);
  }
  while (!status_) {
    co_await changed_within(grace);
  }
  co_return *status_;
}

bool Process::group_is_empty() const {
  return status_ && kill(-pid_, 0) != 0;
}

// A reaped leader's number stays taken as long as its group has members.
void Process::signal_group(int signal) const {
  kill(-pid_, signal);
}

}  // namespace mooring::child
