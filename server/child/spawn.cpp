// SPDX-License-Identifier: Apache-2.0
#include "server/child/spawn.hpp"

#include "core/text/ascii.hpp"
#include "server/child/descriptors.hpp"
#include "server/child/guard.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace mooring::child {
namespace {

// Reported through a pipe that exec closes: at what step the child gave up, and errno.
struct Report {
  enum Step : int { prepare, directory, program } step;

  int error;
};

// Everything the child needs, made before the fork: after it only async-signal-safe calls are
// allowed, for another thread may have held any lock.
struct Plan {
  std::vector<char*> argv;
  std::vector<char*> envp;
  const char* directory = nullptr;
  int stdio = -1;
  int errors = -1;
  int report = -1;
  int channel = -1;
  rlimit descriptors{};
};

std::string errno_text(int error) {
  return std::strerror(error);
}

tl::unexpected<Error> failed(const std::string& what, int error = errno) {
  return fail(Errc::unavailable, what + ": " + errno_text(error));
}

// Descriptors 0 to 2 may be free in this process; what is to become one of them must not be one.
Result<Fd> above_stdio(Fd fd) {
  if (fd.get() > 2) {
    return fd;
  }
  Fd moved(fcntl(fd.get(), F_DUPFD_CLOEXEC, 3));
  if (!moved) {
    return failed("cannot duplicate a descriptor");
  }
  return moved;
}

Result<std::pair<Fd, Fd>> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return failed("cannot make a pipe");
  }
  Fd in(ends[0]);
  Fd out(ends[1]);
  MOORING_TRY(Fd read_end, above_stdio(std::move(in)));
  MOORING_TRY(Fd write_end, above_stdio(std::move(out)));
  return std::pair(std::move(read_end), std::move(write_end));
}

Result<std::pair<Fd, Fd>> socket_pair(int type) {
  int ends[2];
  if (socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, ends) != 0) {
    return failed("cannot make a socket pair");
  }
  return std::pair(Fd(ends[0]), Fd(ends[1]));
}

std::vector<std::string> environment(const std::map<std::string, std::string>& added) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!added.contains(std::string(text.substr(0, text.find('='))))) {
      entries.emplace_back(text);
    }
  }
  for (const auto& [name, value] : added) {
    entries.push_back(name + "=" + value);
  }
  return entries;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const std::string& text : texts) {
    all.push_back(const_cast<char*>(text.c_str()));
  }
  all.push_back(nullptr);
  return all;
}

[[noreturn]] void give_up(const Plan& plan, Report::Step step) {
  const Report report{step, errno};
  [[maybe_unused]] const auto written = write(plan.report, &report, sizeof report);
  _exit(127);
}

[[noreturn]] void become_command(const Plan& plan, pid_t guardian) {
  setpgid(0, 0);
  // The guardian may have ended before the request for its death signal was made.
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != guardian) {
    give_up(plan, Report::prepare);
  }
  if (dup2(plan.stdio, 0) < 0 || dup2(plan.stdio, 1) < 0 || dup2(plan.errors, 2) < 0) {
    give_up(plan, Report::prepare);
  }
  // Libraries open descriptors without the flag; this catches all. An old kernel lacks the call:
  // then the flags that are set must do.
  syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  setrlimit(RLIMIT_NOFILE, &plan.descriptors);
  if (plan.directory != nullptr && chdir(plan.directory) != 0) {
    give_up(plan, Report::directory);
  }

  // By the system call, for glibc refuses the two signals it keeps for itself, and whoever started
  // us by posix_spawn (make does) left these ignored. All zero is SIG_DFL, no flags, no mask.
  constexpr unsigned long by_default[4] = {};
  for (int signal = 1; signal < NSIG; ++signal) {
    syscall(SYS_rt_sigaction, signal, by_default, nullptr, (NSIG - 1) / 8);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvpe(plan.argv[0], plan.argv.data(), plan.envp.data());
  give_up(plan, Report::program);
}

// Out of our session, and of reach of what is sent to our process group.
[[noreturn]] void become_guardian(const Plan& plan) {
  setsid();
  const pid_t self = getpid();
  if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
    give_up(plan, Report::prepare);
  }
  const pid_t command = _Fork();  // fork() takes locks
  if (command < 0) {
    give_up(plan, Report::prepare);
  }
  if (command == 0) {
    become_command(plan, self);
  }
  setpgid(command, command);  // the child does the same: whoever comes first
  send(plan.channel, &command, sizeof command, MSG_NOSIGNAL);
  guard(plan.channel, command);
}

// No handler of ours may run in the fork: it would write to pipes that it shares with us.
pid_t fork_guardian(const Plan& plan) {
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t guardian = fork();
  if (guardian == 0) {
    become_guardian(plan);
  }
  const int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return guardian;
}

std::string hint_of(const std::string& program) {
  return program.find(' ') == std::string::npos
             ? " (neither a path nor a program in PATH)"
             : " (no shell takes it apart: each argument is an entry of its own)";
}

std::string describe(const Report& report, const Command& command) {
  switch (report.step) {
    case Report::program:
      return text::quoted(command.argv[0]) + ": " + errno_text(report.error) +
             (report.error != ENOENT ? "" : hint_of(command.argv.front()));
    case Report::directory:
      return "directory " + text::quoted(command.directory) + ": " + errno_text(report.error);
    case Report::prepare:
      break;
  }
  return errno_text(report.error);
}

// Empty if exec succeeded: it closed the pipe.
std::string read_report(const Fd& pipe, const Command& command) {
  Report report{};
  ssize_t got = 0;
  do {
    got = read(pipe.get(), &report, sizeof report);
  } while (got < 0 && errno == EINTR);
  return got == static_cast<ssize_t>(sizeof report) ? describe(report, command) : std::string();
}

}  // namespace

Result<std::pair<Fd, Fd>> stdio_pair() {
  return socket_pair(SOCK_STREAM);
}

Result<Spawned> spawn(const Command& command, const Fd& stdio) {
  const std::vector<std::string> entries = environment(command.env);
  MOORING_TRY(Fd stdio_copy, above_stdio(Fd(fcntl(stdio.get(), F_DUPFD_CLOEXEC, 3))));
  MOORING_TRY(auto errors, make_pipe());
  MOORING_TRY(auto report, make_pipe());
  MOORING_TRY(auto channel, socket_pair(SOCK_SEQPACKET));
  const Plan plan{
      .argv = pointers(command.argv),
      .envp = pointers(entries),
      .directory = command.directory.empty() ? nullptr : command.directory.c_str(),
      .stdio = stdio_copy.get(),
      .errors = errors.second.get(),
      .report = report.second.get(),
      .channel = channel.second.get(),
      .descriptors = descriptors_of_commands()};
  const pid_t guardian = fork_guardian(plan);
  if (guardian < 0) {
    return failed("cannot fork");
  }
  report.second.reset();
  channel.second.reset();
  std::string why = read_report(report.first, command);
  const News pid = hear_guardian(channel.first.get(), true);
  if (why.empty() && pid.kind != News::Kind::word) {
    why = "its guardian was ended";
  }
  if (!why.empty()) {
    channel.first.reset();
    waitpid(guardian, nullptr, 0);
    return fail(Errc::unavailable, "command cannot be started: " + std::move(why));
  }
  return Spawned{pid.word, guardian, std::move(channel.first), std::move(errors.first)};
}

std::string describe_exit(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int signal = WTERMSIG(wait_status);
    const char* name = sigabbrev_np(signal);
    return "was ended by signal " + std::to_string(signal) +
           (name == nullptr ? "" : " (SIG" + std::string(name) + ")");
  }
  return "exited with status " + std::to_string(WEXITSTATUS(wait_status));
}

}  // namespace mooring::child
