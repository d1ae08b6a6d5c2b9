// SPDX-License-Identifier: Apache-2.0
#include "server/child/spawn.hpp"

#include "server/child/descriptors.hpp"
#include "server/child/guard.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/processes.hpp"

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

// The guardian has said so, and ended.
bool nothing_is_left(const child::Spawned& spawned) {
  const auto last = child::hear_guardian(spawned.channel.get(), true);
  return last.kind == child::News::Kind::nothing_left &&
         waitpid(spawned.guardian, nullptr, 0) == spawned.guardian;
}

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
  const child::News status = child::hear_guardian(spawned->channel.get(), true);
  REQUIRE(status.kind == child::News::Kind::word);
  run.how = child::describe_exit(status.word);
  CHECK(nothing_is_left(*spawned));
  return run;
}

child::Command shell(const std::string& script) {
  return {{"sh", "-c", script}, "", {}};
}

// A daemon out of the group, without its parent, deaf to SIGTERM if `deaf`; and the shell itself.
struct Family {
  child::Spawned spawned;
  child::Fd output;
  pid_t daemon = 0;
};

Family start_family(const std::string& deaf = "") {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  auto spawned = child::spawn(
      shell("(setsid sh -c '" + deaf + " echo $$; exec sleep 1000' &); exec sleep 1000"),
      pair->second
  );
  REQUIRE(spawned.has_value());
  char line[32] = {};
  REQUIRE(read(pair->first.get(), line, sizeof line - 1) > 0);
  Family family{std::move(*spawned), std::move(pair->first), std::stoi(line)};
  REQUIRE(getpgid(family.daemon) != family.spawned.pid);
  REQUIRE_FALSE(tests::has_ended(family.daemon));
  return family;
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

TEST_CASE("spawn: this process may have more descriptors than before, its commands may not") {
  const rlimit before = child::descriptors_of_commands();
  const rlimit few{200, before.rlim_max};
  REQUIRE(setrlimit(RLIMIT_NOFILE, &few) == 0);

  child::allow_more_descriptors();

  rlimit now{};
  getrlimit(RLIMIT_NOFILE, &now);
  CHECK(now.rlim_cur == std::min<rlim_t>(before.rlim_max, 1 << 20));
  CHECK(run(shell("ulimit -n")).out == "200\n");
  CHECK(child::descriptors_of_commands().rlim_cur == 200);
  setrlimit(RLIMIT_NOFILE, &before);
  child::allow_more_descriptors();
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

TEST_CASE("spawn: an order to end reaches those who have left the group and lost their parent") {
  const Family family = start_family();

  child::order_end(family.spawned.channel.get(), std::chrono::minutes(10));

  const auto status = child::hear_guardian(family.spawned.channel.get(), true);
  REQUIRE(status.kind == child::News::Kind::word);
  CHECK(child::describe_exit(status.word) == "was ended by signal 15 (SIGTERM)");
  CHECK(nothing_is_left(family.spawned));
  CHECK(tests::has_ended(family.daemon));
}

TEST_CASE("spawn: it reaches those too who lose their parent by it") {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  auto spawned = child::spawn(shell("setsid sh -c 'echo; exec sleep 1000' & wait"), pair->second);
  REQUIRE(spawned.has_value());
  char byte = 0;
  REQUIRE(read(pair->first.get(), &byte, 1) == 1);

  child::order_end(spawned->channel.get(), std::chrono::minutes(10));

  REQUIRE(child::hear_guardian(spawned->channel.get(), true).kind == child::News::Kind::word);
  CHECK(nothing_is_left(*spawned));
}

TEST_CASE("spawn: who is ended and cleans up is asked once") {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  // It ends when another child of the guardian's has ended after it was asked.
  auto spawned = child::spawn(
      shell("n=0; trap 'n=$((n+1)); (setsid true &)' TERM; echo; "
            "while [ $n = 0 ]; do sleep 0.01; done; sleep 0.1; echo asked $n"),
      pair->second
  );
  REQUIRE(spawned.has_value());
  pair->second.reset();
  char byte = 0;
  REQUIRE(read(pair->first.get(), &byte, 1) == 1);

  child::order_end(spawned->channel.get(), std::chrono::minutes(10));

  CHECK(read_all(pair->first.get()) == "asked 1\n");
  REQUIRE(child::hear_guardian(spawned->channel.get(), true).kind == child::News::Kind::word);
  CHECK(nothing_is_left(*spawned));
}

TEST_CASE("spawn: who does not end by SIGTERM is killed when the grace is over") {
  const Family family = start_family("trap \"\" TERM;");

  child::order_end(family.spawned.channel.get(), std::chrono::milliseconds(100));

  REQUIRE(child::hear_guardian(family.spawned.channel.get(), true).kind == child::News::Kind::word);
  CHECK(nothing_is_left(family.spawned));
  CHECK(tests::has_ended(family.daemon));
}

TEST_CASE("spawn: nothing outlives the owner's end of the channel") {
  Family family = start_family("trap \"\" TERM;");

  family.spawned.channel.reset();

  REQUIRE(waitpid(family.spawned.guardian, nullptr, 0) == family.spawned.guardian);
  CHECK(tests::has_ended(family.spawned.pid));
  CHECK(tests::has_ended(family.daemon));
}

TEST_CASE("spawn: a chain of those who fork and end is caught up with") {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  // Each link of it lives for a moment, and its successor is in a session of its own.
  auto spawned = child::spawn(
      shell(
          "f='setsid sh -c \"$0\" \"$0\" & sleep 0.01'; sh -c \"$f\" \"$f\"; echo; exec sleep 1000"
      ),
      pair->second
  );
  REQUIRE(spawned.has_value());
  char byte = 0;
  REQUIRE(read(pair->first.get(), &byte, 1) == 1);

  spawned->channel.reset();

  CHECK(waitpid(spawned->guardian, nullptr, 0) == spawned->guardian);
}

TEST_CASE("spawn: a command does not outlive its guardian") {
  const Family family = start_family();

  kill(family.spawned.guardian, SIGKILL);
  waitpid(family.spawned.guardian, nullptr, 0);

  CHECK(tests::eventually([&] { return tests::has_ended(family.spawned.pid); }));
  kill(family.daemon, SIGKILL);
}
