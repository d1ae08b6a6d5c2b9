// SPDX-License-Identifier: Apache-2.0
#include "server/child/guard.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace mooring::child {
namespace {

using Clock = std::chrono::steady_clock;

// How often SIGKILL is repeated: who forks meanwhile leaves children that have not got it.
constexpr int kill_interval_ms = 20;
constexpr int look_interval_ms = 200;

// An old kernel lacks close_range.
void close_from(unsigned first, unsigned last) {
  if (syscall(SYS_close_range, first, last, 0U) != 0) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned fd = first; fd <= last && fd < limit.rlim_cur; ++fd) {
      close(static_cast<int>(fd));
    }
  }
}

// All descriptors but one: above all the other guardians' channels, whose end tells of our owner's.
void close_all_but(int kept) {
  const auto fd = static_cast<unsigned>(kept);
  if (fd > 0) {
    close_from(0, fd - 1);
  }
  close_from(fd + 1, UINT_MAX);
}

// The pids in /proc/thread-self/children (proc(5)), which stand there with a blank after each.
class Children {
 public:
  Children() : file_(open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC)) {}

  ~Children() { close(file_); }

  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;

  // False if the kernel does not tell (CONFIG_PROC_CHILDREN).
  bool are_told() const { return file_ >= 0; }

  // 0: no more.
  pid_t next() {
    pid_t pid = 0;
    for (char c = next_char(); c != '\0'; c = next_char()) {
      if (c == ' ' && pid != 0) {
        return pid;
      }
      pid = c >= '0' && c <= '9' ? pid * 10 + (c - '0') : pid;
    }
    return pid;
  }

 private:
  char next_char() {
    if (at_ == filled_) {
      filled_ = std::max<ssize_t>(0, read(file_, buffer_.data(), buffer_.size()));
      at_ = 0;
    }
    return at_ < filled_ ? buffer_[static_cast<std::size_t>(at_++)] : '\0';
  }

  int file_;
  std::array<char, 1024> buffer_{};
  ssize_t at_ = 0;
  ssize_t filled_ = 0;
};

class Guardian {
 public:
  Guardian(int channel, int child_ends, pid_t command)
      : channel_{channel, POLLIN, 0}, child_ends_{child_ends, POLLIN, 0}, command_(command) {}

  [[noreturn]] void live() {
    while (reap()) {
      if (phase_ != Phase::watching) {
        signal_all(phase_ == Phase::killing ? SIGKILL : SIGTERM);
      }
      wait();
      if (phase_ == Phase::ending && Clock::now() >= deadline_) {
        phase_ = Phase::killing;
      }
    }
    _exit(0);
  }

 private:
  enum class Phase { watching, ending, killing };

  // False if nothing is left.
  bool reap() {
    int status = 0;
    pid_t pid = 0;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid == command_) {
        command_ended_ = true;
        send(channel_.fd, &status, sizeof status, MSG_NOSIGNAL | MSG_DONTWAIT);
      }
      std::replace(asked_.begin(), asked_.end(), pid, 0);
    }
    return pid == 0 || errno != ECHILD;
  }

  void wait() {
    // Without a descriptor for it (none was left), ends are looked for now and then.
    std::array<pollfd, 2> watched{channel_, child_ends_};
    poll(watched.data(), watched.size(), patience());
    signalfd_siginfo ignored{};
    [[maybe_unused]] const auto got = read(child_ends_.fd, &ignored, sizeof ignored);
    if (watched[0].revents != 0) {
      take_order();
    }
  }

  int patience() const {
    if (phase_ == Phase::watching) {
      return child_ends_.fd < 0 ? look_interval_ms : -1;
    }
    if (phase_ == Phase::killing) {
      return kill_interval_ms;
    }
    // Nothing tells of an adoption.
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, look_interval_ms));
  }

  void take_order() {
    int grace_ms = 0;
    if (recv(channel_.fd, &grace_ms, sizeof grace_ms, MSG_DONTWAIT) != sizeof grace_ms) {
      // The owner is gone. What is left has no more to say to anybody.
      channel_.events = 0;
      channel_.fd = -1;
      phase_ = Phase::killing;
    } else if (phase_ == Phase::watching) {
      phase_ = Phase::ending;
      deadline_ = Clock::now() + std::chrono::milliseconds(grace_ms);
    }
  }

  // The command's group, and what has left it and lost its parent, which may come by and by. The
  // number of a group may be somebody else's once its leader is reaped and it has no member.
  void signal_all(int signal) {
    Children children;
    bool group_lives = !command_ended_ || (!children.are_told() && !group_ended_);
    while (const pid_t pid = children.next()) {
      if (getpgid(pid) == command_) {
        group_lives = true;
      } else if (is_due(pid, signal)) {
        kill(pid, signal);
      }
    }
    if (group_lives && is_due(-command_, signal) && kill(-command_, signal) != 0 &&
        errno == ESRCH) {
      group_ended_ = command_ended_;
    }
  }

  // Each is asked once: many take a second SIGTERM for an order to drop everything.
  bool is_due(pid_t whom, int signal) {
    if (signal == SIGKILL) {
      return true;
    }
    const auto free = std::find(asked_.begin(), asked_.end(), 0);
    if (free == asked_.end() || std::find(asked_.begin(), asked_.end(), whom) != asked_.end()) {
      return false;
    }
    *free = whom;
    return true;
  }

  pollfd channel_;
  pollfd child_ends_;
  const pid_t command_;
  bool command_ended_ = false;
  bool group_ended_ = false;
  std::array<pid_t, 256> asked_{};  // 0: free
  Phase phase_ = Phase::watching;
  Clock::time_point deadline_;
};

}  // namespace

void guard(int channel, pid_t command) {
  close_all_but(channel);
  prctl(PR_SET_NAME, "guardian");
  sigset_t child_end;
  sigemptyset(&child_end);
  sigaddset(&child_end, SIGCHLD);
  Guardian(channel, signalfd(-1, &child_end, SFD_NONBLOCK | SFD_CLOEXEC), command).live();
}

News hear_guardian(int channel, bool wait) {
  int word = 0;
  ssize_t got = 0;
  do {
    got = recv(channel, &word, sizeof word, wait ? 0 : MSG_DONTWAIT);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof word) {
    return {News::Kind::word, word};
  }
  const bool later = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  return {later ? News::Kind::none : News::Kind::nothing_left, 0};
}

void order_end(int channel, std::chrono::milliseconds grace) {
  const int grace_ms = static_cast<int>(std::clamp<std::int64_t>(grace.count(), 0, INT_MAX));
  send(channel, &grace_ms, sizeof grace_ms, MSG_NOSIGNAL | MSG_DONTWAIT);
}

}  // namespace mooring::child
