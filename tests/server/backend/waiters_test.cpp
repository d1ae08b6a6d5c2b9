// SPDX-License-Identifier: Apache-2.0
#include "server/backend/waiters.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::backend;
using namespace std::chrono_literals;

namespace {

const Waiters::Time noon{1h};
const auto far = noon + 1h;

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
  CHECK(waiters.speaker(noon) == Speaker());
  waiters.add(1, far, call());
  CHECK(waiters.speaker(noon) == Speaker(1));
  waiters.add(2, far, call());
  CHECK(waiters.speaker(noon) == Speaker());
  CHECK(waiters.take(1) != nullptr);
  CHECK(waiters.speaker(noon) == Speaker(2));
}

TEST_CASE("waiters: of a modern server only calls that want to hear are told") {
  Waiters waiters;
  waiters.expect(era::Generation::modern);
  waiters.add(1, far, call());
  CHECK(waiters.speaker(noon) == Speaker());
  Waiting curious = call();
  curious.log_level = LogLevel::info;
  waiters.add(2, far, std::move(curious));
  CHECK(waiters.speaker(noon) == Speaker(2));
}

TEST_CASE("waiters: what is asked or told in one breath is of the call that asked first") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", noon, far);
  CHECK(waiters.speaker(noon + 10ms) == Speaker(1));

  waiters.add(2, far, call());
  CHECK(waiters.speaker(noon + 19ms) == Speaker());
  CHECK(waiters.speaker(noon + 20ms) == Speaker(2));
}

TEST_CASE("waiters: of calls that wait for their clients only one alone may speak") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", noon, far);
  CHECK(waiters.speaker(noon + 1min) == Speaker(1));
  waiters.add(2, far, call());
  waiters.ask(2, "q2", noon + 1min, far);
  CHECK(waiters.speaker(noon + 2min) == Speaker());

  CHECK_FALSE(waiters.answer(2, "q1", far));
  CHECK(waiters.answer(2, "q2", far));
  CHECK_FALSE(waiters.answer(2, "q2", far));
  CHECK(waiters.speaker(noon + 2min) == Speaker(2));
}

TEST_CASE("waiters: who asked several things waits until all are answered") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", noon, far);
  waiters.ask(1, "q2", noon, far);
  waiters.add(2, far, call());
  CHECK(waiters.answer(1, "q1", far));
  CHECK(waiters.speaker(noon + 1s) == Speaker(2));
  CHECK(waiters.answer(1, "q2", far));
  CHECK(waiters.speaker(noon + 1s) == Speaker());
}

TEST_CASE("waiters: a call that was given up may still speak, until it answers or its time is over"
) {
  for (const bool answers : {true, false}) {
    CAPTURE(answers);
    Waiters waiters;
    waiters.add(1, noon, call());
    waiters.add(2, far, call());
    CHECK(waiters.take_overdue(noon, noon + 30s)->id == 1);
    CHECK(waiters.speaker(noon + 1s) == Speaker());
    if (answers) {
      CHECK(waiters.take(1) == nullptr);
    }
    CHECK(waiters.speaker(noon + (answers ? 2s : 30s)) == Speaker(2));
  }
}

TEST_CASE("waiters: what is late of a session may be taken for its next call's, not for another's"
) {
  Waiters waiters;
  waiters.add(1, far, call("mine"));
  CHECK(waiters.give_up(1, noon + 30s));
  CHECK_FALSE(waiters.give_up(1, noon + 30s));
  waiters.add(2, far, call("mine"));
  CHECK(waiters.speaker(noon) == Speaker(2));
  waiters.take(2);
  waiters.add(3, far, call("yours"));
  CHECK(waiters.speaker(noon) == Speaker());
}

TEST_CASE("waiters: who was given up while it waited for its client says nothing more") {
  Waiters waiters;
  waiters.add(1, far, call());
  waiters.ask(1, "q1", noon, far);
  waiters.give_up(1, noon + 30s);
  waiters.add(2, far, call());
  CHECK(waiters.speaker(noon + 1s) == Speaker(2));
}

TEST_CASE("waiters: where too many are late nobody speaks for their time") {
  Waiters waiters;
  for (std::uint64_t id = 1; id <= 257; ++id) {
    waiters.add(id, far, call("mine"));
    waiters.give_up(id, noon + 30s);
  }
  waiters.add(1000, far, call("mine"));
  CHECK(waiters.speaker(noon + 29s) == Speaker());
  CHECK(waiters.speaker(noon + 30s) == Speaker(1000));
}

TEST_CASE("waiters: what we ask ourselves is not counted among the calls of clients") {
  Waiters waiters;
  Waiting ours = call();
  ours.is_ours = true;
  waiters.add(1, noon, ours);
  waiters.add(2, far, ours);
  waiters.add(3, far, call());
  CHECK(waiters.size() == 3);
  CHECK(waiters.calls() == 1);
  CHECK(waiters.take_overdue(noon, far)->id == 1);
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
  CHECK(waiters.speaker(noon) == Speaker(3));
}
