// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/switchboard.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::pipeline;
using namespace std::chrono_literals;

namespace {

constexpr Switchboard::Time start{};

// A call that only keeps count of being given up.
class Given final : public backend::Call {
 public:
  explicit Given(int& cancelled) : cancelled_(cancelled) {}

  void reply(const std::string& /*question_id*/, const backend::Answer& /*answer*/) override {}

  void cancel() override { ++cancelled_; }

 private:
  int& cancelled_;
};

struct SwitchDesk {
  asio::io_context context{1};
  std::shared_ptr<Words> words = std::make_shared<Words>(context.get_executor());
  Switchboard board{42};
  int cancelled = 0;
  metrics::Registry registry;
  metrics::Counter dropped = registry.counter("dropped", "What was dropped.");

  Ongoing ongoing() {
    Ongoing made;
    made.relay = std::make_shared<Relay>(dropped);
    made.relay->attach(words);
    made.call = std::make_shared<Given>(cancelled);
    return made;
  }
};

}  // namespace

TEST_CASE("switchboard: a cancellation finds the call of its session, while it is under way") {
  SwitchDesk desk;
  {
    const auto line = desk.board.connect("s1", "7", desk.words);
    CHECK_FALSE(desk.board.cancel("s2", "7"));
    CHECK_FALSE(desk.board.cancel("s1", "\"7\""));
    CHECK(desk.words->size() == 0);
    CHECK(desk.board.cancel("s1", "7"));
    CHECK(desk.words->size() == 1);
  }
  CHECK_FALSE(desk.board.cancel("s1", "7"));

  CHECK(desk.words->size() == 1);
}

TEST_CASE("switchboard: a question is answered once, and by whom it was put to") {
  SwitchDesk desk;
  const auto question = desk.board.ask("s1", desk.words);
  const auto number = question.number();
  std::uint64_t other = 0;
  {
    const auto forgotten = desk.board.ask("s1", desk.words);
    other = forgotten.number();
  }
  CHECK(number != other);

  desk.board.reply("s2", number, {false, "{}"});
  desk.board.reply("s1", 4711, {false, "{}"});
  CHECK(desk.words->size() == 0);
  desk.board.reply("s1", number, {false, "{}"});
  desk.board.reply("s1", number, {false, "{}"});
  CHECK(desk.words->size() == 1);
  desk.board.reply("s1", other, {false, "{}"});

  CHECK(desk.words->size() == 1);
}

TEST_CASE("switchboard: what is parked is taken once, with what was said meanwhile") {
  SwitchDesk desk;
  Ongoing parked = desk.ongoing();
  const auto relay = parked.relay;
  const auto number = desk.board.park(std::move(parked), start, start + 10min);
  REQUIRE(number);
  relay->on_event(Result<backend::Answer>(backend::Answer{false, "{}"}));
  CHECK(desk.words->size() == 0);

  const auto taken = desk.board.take_parked(*number);

  REQUIRE(taken);
  CHECK_FALSE(desk.board.take_parked(*number));
  taken->relay->attach(desk.words);
  CHECK(desk.words->size() == 1);
  CHECK(desk.cancelled == 0);
}

TEST_CASE("switchboard: nobody comes back for ever: whose time is over is given up") {
  SwitchDesk desk;
  const auto first = desk.board.park(desk.ongoing(), start, start + 1min);
  const auto second = desk.board.park(desk.ongoing(), start + 30s, start + 90s);
  CHECK(desk.cancelled == 0);

  desk.board.park(desk.ongoing(), start + 1min, start + 2min);

  CHECK(desk.cancelled == 1);
  CHECK_FALSE(desk.board.take_parked(*first));
  CHECK(desk.board.take_parked(*second));
  desk.board.clear();
  CHECK(desk.cancelled == 2);
}

TEST_CASE("switchboard: what is parked is given up in time, though nobody else parks") {
  SwitchDesk desk;
  const auto now = std::chrono::steady_clock::now();
  const auto number = desk.board.park(desk.ongoing(), now, now + 20ms);
  desk.board.watch(desk.context.get_executor());
  desk.board.watch(desk.context.get_executor());

  desk.context.run();

  CHECK(desk.cancelled == 1);
  CHECK_FALSE(desk.board.take_parked(*number));
  desk.board.park(desk.ongoing(), now, now);
  desk.board.watch(desk.context.get_executor());
  desk.context.restart();
  desk.context.run();
  CHECK(desk.cancelled == 2);
}

TEST_CASE("switchboard: the end of a session is the end of its calls and questions") {
  SwitchDesk desk;
  const auto others = std::make_shared<Words>(desk.context.get_executor());
  const auto line = desk.board.connect("s1", "7", desk.words);
  const auto other_line = desk.board.connect("s11", "7", others);
  const auto question = desk.board.ask("s1", desk.words);
  const auto other_question = desk.board.ask("s11", others);

  desk.board.end_session("s1");
  desk.board.reply("s1", question.number(), {false, "{}"});
  desk.board.reply("s11", other_question.number(), {false, "{}"});

  CHECK(desk.words->size() == 1);
  CHECK(others->size() == 1);
}

TEST_CASE("switchboard: what waits is bounded") {
  SwitchDesk desk;
  for (std::size_t i = 0; i < Switchboard::most_parked; ++i) {
    REQUIRE(desk.board.park(desk.ongoing(), start, start + 1min));
  }

  CHECK_FALSE(desk.board.park(desk.ongoing(), start, start + 1min));
  CHECK(desk.board.park(desk.ongoing(), start + 1min, start + 2min));
}

TEST_CASE("switchboard: an id that is used again is the newer call's, also when the older one ends"
) {
  SwitchDesk desk;
  const auto newer = std::make_shared<Words>(desk.context.get_executor());
  auto first = std::make_unique<Switchboard::Line>(desk.board.connect("s1", "7", desk.words));
  const auto second = desk.board.connect("s1", "7", newer);
  first.reset();

  desk.board.cancel("s1", "7");

  CHECK(newer->size() == 1);
  CHECK(desk.words->size() == 0);
}
