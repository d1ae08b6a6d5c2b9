// SPDX-License-Identifier: Apache-2.0
#include "server/child/process.hpp"

#include "tests/support/processes.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <sys/wait.h>

using namespace mooring;

namespace {

std::shared_ptr<child::Process> start(asio::io_context& context) {
  auto pair = child::stdio_pair();
  REQUIRE(pair.has_value());
  auto spawned = child::spawn({{"sleep", "1000"}, "", {}}, pair->second);
  REQUIRE(spawned.has_value());
  return child::Process::watch(context, *spawned);
}

void end(asio::io_context& context, const std::shared_ptr<child::Process>& process) {
  bool is_done = false;
  asio::co_spawn(
      context,
      process->end(std::chrono::milliseconds(0)),
      [&is_done](const std::exception_ptr&, int) { is_done = true; }
  );
  context.restart();
  while (!is_done) {
    REQUIRE(context.run_one_for(std::chrono::seconds(20)) == 1);
  }
}

bool is_there(pid_t pid) {
  return kill(pid, 0) == 0;
}

}  // namespace

TEST_CASE("process: a guardian that is not waited for is reaped when another comes") {
  asio::io_context context{1};
  const auto stuck = start(context);
  kill(stuck->guardian(), SIGSTOP);
  end(context, stuck);
  REQUIRE(is_there(stuck->guardian()));

  kill(stuck->guardian(), SIGCONT);
  siginfo_t ended{};
  REQUIRE(waitid(P_PID, static_cast<id_t>(stuck->guardian()), &ended, WEXITED | WNOWAIT) == 0);
  end(context, start(context));

  CHECK_FALSE(is_there(stuck->guardian()));
}
