// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/teller.hpp"

#include "server/pipeline/page_client.hpp"
#include "tests/server/pipeline/scripted_client.hpp"
#include "tests/support/stream_reader.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using pipeline::Streams;
using pipeline::Teller;
using tests::ScriptedClient;

namespace {

struct TellerHouse {
  asio::io_context context{1};
  Streams streams{1};
  ScriptedClient client{context};

  void run(asio::awaitable<void> what) {
    asio::co_spawn(context, std::move(what), asio::detached);
    context.restart();
    context.run();
  }
};

Teller::History history(TellerHouse& house, bool is_primed) {
  return {house.streams, "s", is_primed};
}

}  // namespace

TEST_CASE("teller: nothing is begun until something is told, and then once") {
  TellerHouse house;
  Teller teller(&house.client, std::nullopt);
  CHECK(teller.can_tell());
  CHECK_FALSE(teller.has_begun());
  house.run(teller.tell("a"));
  house.run(teller.tell("b"));
  house.run(teller.keep_alive());

  CHECK(teller.has_begun());
  REQUIRE(house.client.heads.size() == 1);
  CHECK(
      house.client.said == "event: message\ndata: a\n\nevent: message\ndata: b\n\n: keep-alive\n\n"
  );
}

TEST_CASE("teller: who takes no stream is told nothing") {
  TellerHouse house;
  Teller teller(nullptr, history(house, true));
  house.run(teller.tell("a"));
  house.run(teller.keep_alive());

  CHECK_FALSE(teller.can_tell());
  CHECK_FALSE(teller.has_begun());
}

TEST_CASE("teller: a stream that can be resumed begins with its id, where that is understood") {
  for (const bool is_primed : {true, false}) {
    TellerHouse house;
    Teller teller(&house.client, history(house, is_primed));
    house.run(teller.tell("a"));
    tests::StreamReader reader;
    reader.read(house.client.said);

    CHECK(house.client.said.starts_with("id: 0000000000000001-0\n") == is_primed);
    CHECK(reader.events == std::vector<tests::ReadEvent>{{"0000000000000001-1", "message", "a"}});
  }
}

TEST_CASE("teller: what is told to a client that is gone can be read when it comes back") {
  TellerHouse house;
  {
    Teller teller(&house.client, history(house, true));
    house.run(teller.tell("a"));
    house.client.leave();
    house.run(teller.tell("b"));
    house.run(teller.keep_alive());
  }
  ScriptedClient again(house.context);
  house.run([](TellerHouse& in, ScriptedClient& client) -> asio::awaitable<void> {
    co_await in.streams.follow({1, 1}, "s", Streams::Time::max(), client, pipeline::stream_head());
  }(house, again));
  tests::StreamReader reader;
  reader.read(again.said);

  // It has ended, as the teller is done.
  CHECK(reader.events == std::vector<tests::ReadEvent>{{"0000000000000001-2", "message", "b"}});
  CHECK(reader.comments == 0);
}

TEST_CASE("page client: a stream says to the page that it may read it, once") {
  TellerHouse house;
  const std::vector<http::HeaderView> said = {{"Vary", "Origin"}, {"X-Mine", "1"}};
  pipeline::PageClient page(house.client, said);
  http::Reply head;
  head.headers = {{"X-Mine", "2"}};
  head.body = "first";
  house.run([](pipeline::PageClient& client, const http::Reply& begun) -> asio::awaitable<void> {
    co_await client.begin(begun);
    co_await client.write(" second");
  }(page, head));
  page.release_body();
  bool is_told = false;
  page.on_gone([&is_told] { is_told = true; });
  house.client.leave();

  REQUIRE(house.client.heads.size() == 1);
  CHECK(
      house.client.heads.front().headers ==
      std::vector<std::pair<std::string, std::string>>{{"X-Mine", "2"}, {"Vary", "Origin"}}
  );
  CHECK(house.client.said == "first second");
  CHECK(house.client.body_is_released);
  CHECK(is_told);
  CHECK(page.is_gone());
}
