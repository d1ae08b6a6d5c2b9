// SPDX-License-Identifier: Apache-2.0
#include "server/child/spawn.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <sys/socket.h>
#include <sys/wait.h>

using namespace mooring;

namespace {

std::string read_all(int fd) {
  std::string all;
  char buffer[512];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) {
    all.append(buffer, static_cast<std::size_t>(got));
  }
  return all;
}

struct Run {
  std::string out;
  std::string errors;
  std::string how;
};

Run run(const child::Command& command) {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  auto spawned = child::spawn(command, pair->second);
  const std::string problem = spawned ? "" : spawned.error().message;
  CAPTURE(problem);
  REQUIRE(spawned.has_value());
  pair->second.reset();
  shutdown(pair->first.get(), SHUT_WR);
  Run run{read_all(pair->first.get()), read_all(spawned->stderr_pipe.get()), ""};
  int status = 0;
  REQUIRE(waitpid(spawned->pid, &status, 0) == spawned->pid);
  run.how = child::describe_exit(status);
  return run;
}

child::Command shell(const std::string& script) {
  return {{"sh", "-c", script}, "", {}};
}

}  // namespace

TEST_CASE("spawn: a command has the socket as its standard input and output, and its errors apart"
) {
  const Run ran = run(shell("cat; echo out; echo bad >&2; exit 5"));

  CHECK(ran.out == "out\n");
  CHECK(ran.errors == "bad\n");
  CHECK(ran.how == "exited with status 5");
}

TEST_CASE("spawn: its directory, its variables and ours") {
  setenv("MOORING_TEST_OURS", "kept", 1);
  setenv("MOORING_TEST_REPLACED", "old", 1);
  child::Command command = shell("pwd; echo $MOORING_TEST_OURS $MOORING_TEST_REPLACED");
  command.directory = "/usr";
  command.env = {{"MOORING_TEST_REPLACED", "new"}};

  CHECK(run(command).out == "/usr\nkept new\n");
}

TEST_CASE("spawn: a group of its own, no signal blocked or ignored") {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  sigset_t before;
  pthread_sigmask(SIG_BLOCK, &blocked, &before);
  const auto handler = std::signal(SIGPIPE, SIG_IGN);
  const Run ran =
      run(shell("grep -E 'Sig(Blk|Ign):' /proc/self/status; test $(ps -o pgid= -p $$ 2>/dev/null "
                "|| echo $$) = $$ && echo own"));
  std::signal(SIGPIPE, handler);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);

  CHECK(ran.out == "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\nown\n");
}

TEST_CASE("spawn: a signal that ends it is named") {
  CHECK(run(shell("kill -TERM $$")).how == "was ended by signal 15 (SIGTERM)");
}

TEST_CASE("spawn: what cannot be started leaves nothing behind and says why") {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());

  const auto spawned = child::spawn({{"/no/such/program"}, "", {}}, pair->second);

  REQUIRE_FALSE(spawned.has_value());
  CHECK(spawned.error().message.starts_with(
      "command cannot be started: \"/no/such/program\": No such file"
  ));
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}
