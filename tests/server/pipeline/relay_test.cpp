// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/relay.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::pipeline;

namespace {

struct RelayHouse {
  asio::io_context context{1};
  metrics::Registry registry;
  metrics::Counter dropped = registry.counter("dropped", "What was dropped.");
  std::shared_ptr<Words> words = std::make_shared<Words>(context.get_executor());
  Relay relay{dropped};

  std::vector<backend::Event> heard() {
    std::vector<backend::Event> events;
    asio::co_spawn(context, take(events), asio::detached);
    context.restart();
    context.run();
    return events;
  }

 private:
  asio::awaitable<void> take(std::vector<backend::Event>& events) {
    while (words->size() > 0) {
      auto word = co_await words->next(std::chrono::seconds(60));
      events.push_back(std::get<backend::Event>(std::move(*word)));
    }
  }
};

backend::Notice notice(std::size_t bytes) {
  return {backend::Notice::Kind::progress, std::string(bytes, 'x')};
}

backend::Question question(std::size_t bytes) {
  return {"7", "roots/list", std::string(bytes, 'x')};
}

}  // namespace

TEST_CASE("relay: what nobody attends to is kept, and comes in its order") {
  RelayHouse house;
  house.relay.on_event(notice(1));
  house.relay.on_event(question(2));
  house.relay.attach(house.words);
  house.relay.on_event(notice(3));
  house.relay.on_event(Result<backend::Answer>(backend::Answer{false, "{}"}));
  const auto heard = house.heard();

  REQUIRE(heard.size() == 4);
  CHECK(std::get<backend::Notice>(heard[0]).params.size() == 1);
  CHECK(std::get<backend::Question>(heard[1]).method == "roots/list");
  CHECK(std::get<backend::Notice>(heard[2]).params.size() == 3);
  CHECK(std::holds_alternative<Result<backend::Answer>>(heard[3]));
  CHECK(house.dropped.value() == 0);
}

TEST_CASE("relay: notices beyond the room are dropped and counted, the answer never") {
  for (const bool is_attended : {true, false}) {
    CAPTURE(is_attended);
    RelayHouse house;
    house.relay.attach(is_attended ? house.words : nullptr);
    for (int i = 0; i < 10; ++i) {
      house.relay.on_event(notice(300'000));
    }
    house.relay.on_event(notice(64 << 20));
    house.relay.on_event(Result<backend::Answer>(backend::Answer{false, std::string(2 << 20, 'a')})
    );
    house.relay.attach(house.words);
    CHECK(house.words->bytes() <= Relay::most_bytes);
    CHECK(house.heard().size() == 4);
    CHECK(house.dropped.value() == 8);
    CHECK(house.words->bytes() == 0);

    house.relay.on_event(notice(300'000));
    CHECK(house.heard().size() == 1);
  }
}

TEST_CASE("relay: many small notices are bounded too") {
  RelayHouse house;
  for (int i = 0; i < 100'000; ++i) {
    house.relay.on_event(notice(0));
  }
  house.relay.attach(house.words);

  CHECK(house.words->size() < 10'000);
  CHECK(house.dropped.value() == 100'000 - static_cast<double>(house.words->size()));
}

TEST_CASE("relay: a question beyond the room is one that no client supports, so it is answered") {
  RelayHouse house;
  house.relay.attach(house.words);
  house.relay.on_event(question(2 << 20));
  const auto heard = house.heard();

  REQUIRE(heard.size() == 1);
  const auto& asked = std::get<backend::Question>(heard.front());
  CHECK(asked.id == "7");
  CHECK_FALSE(input::is_question(asked.method));
  CHECK(asked.params.empty());
  CHECK(house.dropped.value() == 1);
}

TEST_CASE("relay: a backend that only asks does not fill the memory either") {
  RelayHouse house;
  house.relay.attach(house.words);
  for (int i = 0; i < 100'000; ++i) {
    house.relay.on_event(question(1'000));
  }

  CHECK(house.words->bytes() <= 2 * Relay::most_bytes);
  CHECK(house.words->size() < 20'000);
}
