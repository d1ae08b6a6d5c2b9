// SPDX-License-Identifier: Apache-2.0
#include "server/backend/supervisor.hpp"

#include <doctest/doctest.h>

using namespace mooring::backend;
using namespace std::chrono_literals;
using Action = Supervisor::Action;

namespace {

const Supervisor::Time start{};

Supervisor::Ended ended(std::string why = "command exited with status 1") {
  return {std::move(why)};
}

}  // namespace

TEST_CASE("supervisor: a server that answers is up until it ends") {
  Supervisor supervisor(30s);
  CHECK(supervisor.step(Supervisor::Begin{}, start) == Action::open);
  CHECK(supervisor.status() == Status{State::starting, false, ""});

  CHECK(supervisor.step(Supervisor::Answered{}, start + 1s) == Action::none);
  CHECK(supervisor.status() == Status{State::up, true, ""});
  CHECK_FALSE(supervisor.wake().has_value());

  CHECK(supervisor.step(ended("gone"), start + 2s) == Action::none);
  CHECK(supervisor.status() == Status{State::failed, true, "gone"});
}

TEST_CASE("supervisor: each further failure waits twice as long, up to half a minute") {
  Supervisor supervisor(30s);
  supervisor.step(Supervisor::Begin{}, start);
  auto now = start;
  const std::chrono::milliseconds waits[] = {
      200ms, 400ms, 800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30s, 30s};

  for (const auto wait : waits) {
    CAPTURE(wait.count());
    CHECK(supervisor.step(ended(), now) == Action::none);
    REQUIRE(supervisor.wake().has_value());
    CHECK(*supervisor.wake() == now + wait);
    CHECK(supervisor.step(Supervisor::Tick{}, now + wait - 1ms) == Action::none);
    now += wait;
    CHECK(supervisor.step(Supervisor::Tick{}, now) == Action::open);
  }
  CHECK(supervisor.restarts() == 10);
}

TEST_CASE("supervisor: a minute up forgets the failures before, less does not") {
  struct Case {
    std::chrono::milliseconds up;
    std::chrono::milliseconds wait;
  };

  for (const auto& [up, wait] : {Case{59s, 400ms}, Case{60s, 200ms}}) {
    Supervisor supervisor(30s);
    supervisor.step(Supervisor::Begin{}, start);
    supervisor.step(ended(), start);
    supervisor.step(Supervisor::Tick{}, start + 200ms);
    supervisor.step(Supervisor::Answered{}, start + 1s);
    supervisor.step(ended(), start + 1s + up);

    CHECK(*supervisor.wake() == start + 1s + up + wait);
  }
}

TEST_CASE("supervisor: a start that takes too long is closed, and says so although it then ends") {
  Supervisor supervisor(5s);
  supervisor.step(Supervisor::Begin{}, start);

  CHECK(supervisor.step(Supervisor::Tick{}, start + 4999ms) == Action::none);
  CHECK(supervisor.step(Supervisor::Tick{}, start + 5s) == Action::close);
  CHECK(supervisor.step(Supervisor::Answered{}, start + 5s) == Action::none);
  CHECK(supervisor.step(ended("command was ended by signal 15"), start + 6s) == Action::none);

  CHECK(supervisor.status().state == State::failed);
  CHECK(
      supervisor.status().message ==
      "did not answer its first requests within 5s (stdio.startTimeout)"
  );
  CHECK(supervisor.step(Supervisor::Tick{}, start + 6200ms) == Action::open);
}

TEST_CASE("supervisor: a start that is begun anew has its whole time, and is no failure") {
  Supervisor supervisor(30s);
  supervisor.step(Supervisor::Begin{}, start);

  CHECK(supervisor.step(Supervisor::Again{"slow"}, start + 20s) == Action::open);
  CHECK(supervisor.status() == Status{State::starting, false, ""});
  CHECK(supervisor.wake() == start + 50s);
  CHECK(supervisor.restarts() == 0);
}

TEST_CASE("supervisor: what has been closed is not begun anew, whatever it was closed for before") {
  Supervisor stopped(30s);
  stopped.step(Supervisor::Begin{}, start);
  CHECK(stopped.step(Supervisor::Stop{}, start) == Action::close);
  CHECK(stopped.step(Supervisor::Again{"slow"}, start) == Action::none);
  CHECK(stopped.is_done());

  Supervisor late(30s);
  late.step(Supervisor::Begin{}, start);
  CHECK(late.step(Supervisor::Tick{}, start + 30s) == Action::close);
  CHECK(late.step(Supervisor::Again{"slow"}, start + 30s) == Action::none);
  CHECK(late.status().state == State::failed);
}

TEST_CASE("supervisor: a stop closes what is open and is done when that has ended") {
  Supervisor supervisor(5s);
  supervisor.step(Supervisor::Begin{}, start);
  supervisor.step(Supervisor::Answered{}, start);

  CHECK(supervisor.step(Supervisor::Stop{}, start + 1s) == Action::close);
  CHECK_FALSE(supervisor.is_done());
  CHECK(supervisor.step(Supervisor::Stop{}, start + 1s) == Action::none);
  CHECK_FALSE(supervisor.is_done());
  supervisor.step(ended(), start + 2s);
  CHECK(supervisor.is_done());
  CHECK_FALSE(supervisor.wake().has_value());
}

TEST_CASE("supervisor: a stop while nothing is open is done at once") {
  Supervisor waiting(5s);
  waiting.step(Supervisor::Begin{}, start);
  waiting.step(ended(), start);
  Supervisor idle(5s);

  CHECK(waiting.step(Supervisor::Stop{}, start) == Action::none);
  CHECK(idle.step(Supervisor::Stop{}, start) == Action::none);

  CHECK(waiting.is_done());
  CHECK(idle.is_done());
  CHECK(waiting.step(Supervisor::Tick{}, start + 1h) == Action::none);
}

TEST_CASE("supervisor: a stop while it closes waits for the end") {
  Supervisor supervisor(5s);
  supervisor.step(Supervisor::Begin{}, start);
  supervisor.step(Supervisor::Tick{}, start + 5s);

  CHECK(supervisor.step(Supervisor::Stop{}, start + 6s) == Action::none);
  CHECK_FALSE(supervisor.is_done());
  supervisor.step(ended(), start + 7s);

  CHECK(supervisor.is_done());
}

TEST_CASE("supervisor: who is not called sleeps, and is woken by the next call") {
  Supervisor supervisor(5s);
  CHECK(supervisor.step(Supervisor::Idle{}, start) == Action::none);
  supervisor.step(Supervisor::Begin{}, start);
  CHECK_FALSE(supervisor.may_hold());
  CHECK(supervisor.step(Supervisor::Idle{}, start) == Action::none);
  supervisor.step(Supervisor::Answered{}, start);

  CHECK(supervisor.step(Supervisor::Idle{}, start + 1h) == Action::close);
  CHECK(supervisor.status() == Status{State::idle, true, ""});
  CHECK(supervisor.may_hold());
  CHECK(supervisor.step(Supervisor::Wanted{}, start + 1h) == Action::none);  // not before its end
  CHECK(supervisor.step(ended(), start + 1h) == Action::none);
  CHECK(supervisor.status() == Status{State::idle, true, ""});
  CHECK_FALSE(supervisor.wake());

  CHECK(supervisor.step(Supervisor::Wanted{}, start + 2h) == Action::open);
  CHECK(supervisor.step(Supervisor::Wanted{}, start + 2h) == Action::none);
  CHECK(supervisor.may_hold());
  supervisor.step(Supervisor::Answered{}, start + 2h);
  CHECK(supervisor.status() == Status{State::up, true, ""});
  CHECK(supervisor.restarts() == 0);
}

TEST_CASE("supervisor: on demand, one call starts it, and after a failure none until it is time") {
  Supervisor supervisor(5s, Supervisor::Start::on_demand);
  CHECK(supervisor.step(Supervisor::Begin{}, start) == Action::none);
  auto now = start;
  for (const auto wait : {200ms, 400ms, 800ms}) {
    CAPTURE(wait.count());
    CHECK(supervisor.step(Supervisor::Wanted{}, now) == Action::open);
    CHECK(supervisor.step(Supervisor::Wanted{}, now) == Action::none);
    supervisor.step(ended("no licence"), now);
    CHECK(supervisor.status() == Status{State::failed, false, "no licence"});
    CHECK_FALSE(supervisor.may_hold());
    CHECK(supervisor.step(Supervisor::Wanted{}, now + wait - 1ms) == Action::none);
    now += wait;
    CHECK(supervisor.step(Supervisor::Tick{}, now) == Action::none);
    CHECK_FALSE(supervisor.wake());
  }
}

TEST_CASE("supervisor: a stop while it falls asleep waits for the end") {
  Supervisor supervisor(5s);
  supervisor.step(Supervisor::Begin{}, start);
  supervisor.step(Supervisor::Answered{}, start);
  supervisor.step(Supervisor::Idle{}, start);
  CHECK(supervisor.step(Supervisor::Stop{}, start) == Action::none);
  CHECK_FALSE(supervisor.is_done());
  supervisor.step(ended(), start);
  CHECK(supervisor.is_done());

  Supervisor asleep(5s, Supervisor::Start::on_demand);
  asleep.step(Supervisor::Begin{}, start);
  asleep.step(Supervisor::Stop{}, start);
  CHECK(asleep.is_done());
}
