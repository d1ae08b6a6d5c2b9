// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/streams.hpp"

#include "server/pipeline/teller.hpp"
#include "tests/server/pipeline/scripted_client.hpp"
#include "tests/support/stream_reader.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace mooring;
using pipeline::Streams;
using tests::ScriptedClient;

namespace {

using Texts = std::vector<std::string>;

Texts texts(const ScriptedClient& client) {
  tests::StreamReader reader;
  reader.read(client.said);
  Texts made;
  for (const auto& event : reader.events) {
    made.push_back(event.data);
  }
  return made;
}

struct StreamsHouse {
  asio::io_context context{1};
  Streams streams{1};

  /// One that reads a stream from there on; `ended` says how that went, once it has.
  struct Reader {
    explicit Reader(asio::io_context& context) : client(context) {}

    ScriptedClient client;
    std::optional<Result<void>> ended;
    Streams::Time ended_at;
  };

  std::unique_ptr<Reader> follow(
      events::EventId after,
      const std::string& session = "s",
      Streams::Time until = Streams::Time::max()
  ) {
    auto reader = std::make_unique<Reader>(context);
    asio::co_spawn(
        context,
        streams.follow(after, session, until, reader->client, pipeline::stream_head()),
        [to = reader.get()](std::exception_ptr, Result<void> ended) {
          to->ended = ended;
          to->ended_at = std::chrono::steady_clock::now();
        }
    );
    settle();
    return reader;
  }

  /// Until all wait.
  void settle() {
    context.restart();
    context.poll();
  }
};

}  // namespace

TEST_CASE("streams: who follows reads what was missed, then what comes, to the end") {
  StreamsHouse house;
  const auto id = house.streams.open("s");
  house.streams.append(id.stream, "a");
  house.streams.append(id.stream, "b");
  const auto reader = house.follow({id.stream, 1});
  CHECK(texts(reader->client) == Texts{"b"});
  REQUIRE(reader->client.heads.size() == 1);
  CHECK(reader->client.heads.front().content_type == "text/event-stream");

  house.streams.append(id.stream, "c");
  house.settle();
  CHECK(texts(reader->client) == Texts{"b", "c"});
  CHECK_FALSE(reader->ended);
  house.streams.append(id.stream, "d");
  house.streams.finish(id.stream);
  house.settle();

  CHECK(texts(reader->client) == Texts{"b", "c", "d"});
  REQUIRE(reader->ended);
  CHECK(*reader->ended);
}

TEST_CASE("streams: what cannot be followed is refused before anything is sent") {
  StreamsHouse house;
  const auto id = house.streams.open("s");
  house.streams.append(id.stream, "a");

  for (const auto& [after, session, code] :
       {std::tuple(id, "another", Errc::not_found),
        std::tuple(events::EventId{77, 0}, "s", Errc::not_found),
        std::tuple(events::EventId{id.stream, 5}, "s", Errc::invalid)}) {
    const auto reader = house.follow(after, session);
    REQUIRE(reader->ended);
    REQUIRE_FALSE(*reader->ended);
    CHECK(reader->ended->error().code == code);
    CHECK(reader->client.heads.empty());
  }
}

TEST_CASE("streams: a second reader ends the first, and each event is told once") {
  StreamsHouse house;
  const auto id = house.streams.open("s");
  const auto first = house.follow(id);
  house.streams.append(id.stream, "a");
  house.settle();
  const auto second = house.follow({id.stream, 1});
  house.streams.append(id.stream, "b");
  house.settle();

  CHECK(first->ended);
  CHECK(texts(first->client) == Texts{"a"});
  CHECK_FALSE(second->ended);
  CHECK(texts(second->client) == Texts{"b"});
  second->client.leave();
  house.settle();
  CHECK(second->ended);
}

TEST_CASE("streams: a reader that leaves ends at once, and another goes on where it was") {
  StreamsHouse house;
  const auto id = house.streams.open("s");
  const auto first = house.follow(id);
  first->client.leave();
  house.settle();
  CHECK(first->ended);
  house.streams.append(id.stream, "a");
  const auto second = house.follow(id);

  CHECK(texts(second->client) == Texts{"a"});
  second->client.leave();
  house.settle();
}

TEST_CASE("streams: all readers end when the session or all is over") {
  StreamsHouse house;
  const auto of_s = house.streams.open("s");
  const auto of_t = house.streams.open("t");
  const auto s = house.follow(of_s);
  const auto t = house.follow(of_t, "t");
  house.streams.forget("s");
  house.settle();
  CHECK(s->ended);
  CHECK_FALSE(t->ended);
  house.streams.close();
  house.settle();

  CHECK(t->ended);
}

TEST_CASE("streams: a reader ends when its session's time is over, and is told what came before") {
  StreamsHouse house;
  const auto id = house.streams.open("s");
  house.streams.append(id.stream, "a");
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(500);
  const auto reader = house.follow(id, "s", until);
  house.context.restart();
  house.context.run_for(std::chrono::seconds(20));

  REQUIRE(reader->ended);
  CHECK(reader->ended_at >= until);
  CHECK(texts(reader->client) == Texts{"a"});
}

TEST_CASE("streams: one that says more than there is room for ends no other's") {
  StreamsHouse house;
  const auto quiet = house.streams.open("s");
  const auto loud = house.streams.open("t");
  house.streams.append(quiet.stream, "a");
  const auto reader = house.follow(quiet);
  for (int i = 0; i < 5; ++i) {
    house.streams.append(loud.stream, std::string(20 << 20, 'x'));
    house.streams.finish(house.streams.open("t").stream);
  }
  house.streams.append(house.streams.open("t").stream, std::string(70 << 20, 'x'));
  house.settle();
  CHECK_FALSE(reader->ended);
  reader->client.leave();
  house.settle();
  house.streams.append(quiet.stream, "b");

  const auto again = house.follow({quiet.stream, 1});
  CHECK(texts(again->client) == Texts{"b"});
  again->client.leave();
  house.settle();
}
