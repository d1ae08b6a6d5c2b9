// SPDX-License-Identifier: Apache-2.0
#include "core/log/writer.hpp"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace mooring::log {
namespace {

// Until all is written or nothing can be.
void write_whole(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t size = ::write(descriptor, bytes.data(), bytes.size());
    if (size >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Somebody who shares it has made it non-blocking.
      pollfd writable{descriptor, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

}  // namespace

Writer::Writer(int descriptor, Told dropped) : descriptor_(descriptor), told_(std::move(dropped)) {
  // Signals are for threads that wait for them. This one may start before those block them.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([this] { run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Writer::add(std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    // After a dropped one all are, until there is room again: their number stands in their place.
    if (dropped_ > 0 || waiting_.size() + line.size() >= room) {
      ++dropped_;
      return;
    }
    waiting_ += line;
    waiting_ += '\n';
    taken_in_ += line.size() + 1;
  }
  added_.notify_one();
}

bool Writer::flush(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  const std::uint64_t end = taken_in_;
  return written_.wait_for(lock, patience, [&] { return dealt_with_ >= end; });
}

void Writer::run() {
  std::string batch;
  std::unique_lock lock(mutex_);
  for (;;) {
    added_.wait(lock, [this] { return !waiting_.empty(); });
    batch.clear();
    batch.swap(waiting_);
    const std::size_t dropped = std::exchange(dropped_, 0);
    const std::uint64_t end = taken_in_;
    lock.unlock();
    if (dropped > 0) {
      batch += told_(dropped) + "\n";
    }
    write_whole(descriptor_, batch);
    lock.lock();
    dealt_with_ = end;
    written_.notify_all();
  }
}

}  // namespace mooring::log
