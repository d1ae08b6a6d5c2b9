// SPDX-License-Identifier: Apache-2.0
#include "server/backend/waiters.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using namespace std::chrono_literals;

namespace {

const Waiters::Time t0{1h};
const auto far = t0 + 1h;

class Deaf final : public Sink {
 public:
  void on_event(Event /*event*/) override {}
};

Waiting call(std::string session = "") {
  Waiting waiting;
  waiting.sink = std::make_shared<Deaf>();
  waiting.session = std::move(session);
  return waiting;
}

using Speaker = std::optional<std::uint64_t>;

}  // namespace

TEST_CASE("waiters: the one call at work speaks, of several none") {
  Waiters waiters;
  CHECK(waiters.speaker(t0) == Speaker());
  waiters.add(1, far, call());
  CHECK(waiters.speaker(t0) == Speaker(1));
  waiters.add(2, far, call());
  CHECK(waiters.speaker(t0) == Speaker());
  CHECK(waiters.take(1) != nullptr);
  CHECK(waiters.speaker(t0) == Speaker(2));
}

TEST_CASE("waiters: of a modern server only calls that want to hear are told") {
  Waiters waiters;
  waiters.expect(era::Generation::modern);
  waiters.add(1, far, call());
  CHECK(waiters.speaker(t0) == Speaker());
  Waiting curious = call();
  curious.log_level = LogLevel::info;
  waiters.add(2, far, std::move(curious));
  CHECK(waiters.speaker(t0) == Speaker(2));
}

TEST_CASE("waiters: what is asked or told in one breath is of the call that asked first") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", t0, far);
  CHECK(waiters.speaker(t0 + 10ms) == Speaker(1));

  waiters.add(2, far, call());
  CHECK(waiters.speaker(t0 + 19ms) == Speaker());
  CHECK(waiters.speaker(t0 + 20ms) == Speaker(2));
}

TEST_CASE("waiters: of calls that wait for their clients only one alone may speak") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", t0, far);
  CHECK(waiters.speaker(t0 + 1min) == Speaker(1));
  waiters.add(2, far, call());
  waiters.ask(2, "q2", t0 + 1min, far);
  CHECK(waiters.speaker(t0 + 2min) == Speaker());

  CHECK_FALSE(waiters.answer(2, "q1", far));
  CHECK(waiters.answer(2, "q2", far));
  CHECK_FALSE(waiters.answer(2, "q2", far));
  CHECK(waiters.speaker(t0 + 2min) == Speaker(2));
}

TEST_CASE("waiters: who asked several things waits until all are answered") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", t0, far);
  waiters.ask(1, "q2", t0, far);
  waiters.add(2, far, call());
  CHECK(waiters.answer(1, "q1", far));
  CHECK(waiters.speaker(t0 + 1s) == Speaker(2));
  CHECK(waiters.answer(1, "q2", far));
  CHECK(waiters.speaker(t0 + 1s) == Speaker());
}

TEST_CASE("waiters: a call that was given up may still speak, until it answers or its time is over"
) {
  for (const bool answers : {true, false}) {
    CAPTURE(answers);
    Waiters waiters;
    waiters.add(1, t0, call());
    waiters.add(2, far, call());
    CHECK(waiters.take_overdue(t0, t0 + 30s)->id == 1);
    CHECK(waiters.speaker(t0 + 1s) == Speaker());
    if (answers) {
      CHECK(waiters.take(1) == nullptr);
    }
    CHECK(waiters.speaker(t0 + (answers ? 2s : 30s)) == Speaker(2));
  }
}

TEST_CASE("waiters: what is late of a session may be taken for its next call's, not for another's"
) {
  Waiters waiters;
  waiters.add(1, far, call("mine"));
  CHECK(waiters.give_up(1, t0 + 30s));
  CHECK_FALSE(waiters.give_up(1, t0 + 30s));
  waiters.add(2, far, call("mine"));
  CHECK(waiters.speaker(t0) == Speaker(2));
  waiters.take(2);
  waiters.add(3, far, call("yours"));
  CHECK(waiters.speaker(t0) == Speaker());
}

TEST_CASE("waiters: who was given up while it waited for its client says nothing more") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", t0, far);
  waiters.give_up(1, t0 + 30s);
  waiters.add(2, far, call());
  CHECK(waiters.speaker(t0 + 1s) == Speaker(2));
}

TEST_CASE("waiters: where too many are late nobody speaks for their time") {
  Waiters waiters;
  for (std::uint64_t id = 1; id <= 257; ++id) {
    waiters.add(id, far, call("mine"));
    waiters.give_up(id, t0 + 30s);
  }
  waiters.add(1000, far, call("mine"));
  CHECK(waiters.speaker(t0 + 29s) == Speaker());
  CHECK(waiters.speaker(t0 + 30s) == Speaker(1000));
}

TEST_CASE("waiters: what we ask ourselves is not counted among the calls of clients") {
  Waiters waiters;
  Waiting ours = call();
  ours.is_ours = true;
  waiters.add(1, t0, ours);
  waiters.add(2, far, ours);
  waiters.add(3, far, call());
  CHECK(waiters.size() == 3);
  CHECK(waiters.calls() == 1);
  CHECK(waiters.take_overdue(t0, far)->id == 1);
  waiters.take(3);
  CHECK(waiters.size() == 1);
  CHECK(waiters.calls() == 0);
  waiters.fail_all({Errc::unavailable, "gone"});
  CHECK(waiters.calls() == 0);
}

TEST_CASE("waiters: with the end of the server all is over") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.give_up(1, far);
  waiters.add(2, far, call());
  waiters.fail_all({Errc::unavailable, "gone"});
  CHECK(waiters.size() == 0);
  CHECK_FALSE(waiters.next_deadline());
  waiters.add(3, far, call());
  CHECK(waiters.speaker(t0) == Speaker(3));
}
