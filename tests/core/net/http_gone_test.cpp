// SPDX-License-Identifier: Apache-2.0
#include "tests/core/net/stream_handler.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <optional>

using namespace mooring;
using namespace std::chrono_literals;
using tests::RawClient;
using tests::StreamServer;

namespace {

std::string get_of(const std::string& target) {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

}  // namespace

TEST_CASE("client gone: it is seen in the midst of silence, whether the reply has begun or not") {
  for (const char* target : {"/quiet", "/stream"}) {
    CAPTURE(target);
    StreamServer test;
    std::optional<RawClient> client(test.server.port());
    client->send(get_of(target));
    REQUIRE(tests::eventually([&] { return test.handler.begun == 1; }));

    client.reset();

    CHECK(tests::eventually([&] { return test.handler.gone == 1; }));
    CHECK(tests::eventually([&] { return test.handler.open == 0 && test.handler.done == 1; }));
    CHECK(test.handler.gone == 1);
  }
}

TEST_CASE("client gone: closing only the sending side counts") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(get_of("/stream"));
  REQUIRE(client.receive_head().status == 200);

  client.finish_sending();

  CHECK(tests::eventually([&] { return test.handler.gone == 1; }));
  CHECK(client.receive_chunk() == "first");
  // Not the end of the body: nothing more comes.
  CHECK(client.receive_rest() == "");
}

TEST_CASE("client gone: who has finished sending gets an answer that there is, or nothing at all") {
  StreamServer test;
  RawClient heard(test.server.port()), cut_short(test.server.port()), calm(test.server.port());
  heard.send(get_of("/stubborn"));
  cut_short.send(get_of("/quiet"));
  heard.finish_sending();
  cut_short.finish_sending();
  calm.send(get_of("/whole"));
  calm.finish_sending();

  CHECK(heard.receive().body == "at the end");
  CHECK(cut_short.receive_rest() == "");
  CHECK(calm.receive().body == "whole");
}

TEST_CASE("client gone: it is seen behind requests that were sent ahead") {
  StreamServer test;
  std::optional<RawClient> client(test.server.port());
  client->send(get_of("/stream"));
  REQUIRE(client->receive_head().status == 200);
  for (int i = 0; i < 20; ++i) {
    client->send(get_of("/whole"));
  }

  client.reset();

  CHECK(tests::eventually([&] { return test.handler.gone == 1; }));
}

TEST_CASE("client gone: who has sent more ahead than is read is missed by the next piece") {
  StreamServer test;
  std::optional<RawClient> client(test.server.port());
  client->send(get_of("/stream"));
  REQUIRE(client->receive_head().status == 200);
  client->send(
      "POST /whole HTTP/1.1\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'b')
  );
  client.reset();

  test.handler.allowed = 1'000'000;

  CHECK(tests::eventually([&] { return test.handler.done == 1 && test.handler.open == 0; }));
}

TEST_CASE("client gone: nobody is told who does not ask, and the next write fails") {
  StreamServer test;
  test.handler.watches = false;
  std::optional<RawClient> client(test.server.port());
  client->send(get_of("/stream"));
  REQUIRE(client->receive_head().status == 200);
  client.reset();

  test.handler.allowed = 1'000'000;

  CHECK(tests::eventually([&] { return test.handler.done == 1 && test.handler.open == 0; }));
  CHECK(test.handler.gone == 0);
}

TEST_CASE("client gone: one wait on the socket serves request after request") {
  StreamServer test;
  test.handler.enough = true;
  RawClient client(test.server.port());
  for (int i = 0; i < 100; ++i) {
    CHECK(client.ask(get_of("/quiet")).body == "at the end");
  }
  std::string ahead;
  for (int i = 0; i < 100; ++i) {
    ahead += get_of("/quiet");
  }
  client.send(ahead);
  for (int i = 0; i < 100; ++i) {
    CHECK(client.receive().body == "at the end");
  }
  CHECK(test.handler.gone == 0);

  test.handler.enough = false;
  client.send(get_of("/quiet"));
  REQUIRE(tests::eventually([&] { return test.handler.begun == 201; }));
  client.finish_sending();

  CHECK(tests::eventually([&] { return test.handler.gone == 1; }));
}

TEST_CASE("client gone: a server may be stopped with clients watched in every state") {
  for (int i = 0; i < 10; ++i) {
    StreamServer test;
    RawClient streaming(test.server.port()), waiting(test.server.port()), idle(test.server.port());
    std::optional<RawClient> leaving(test.server.port());
    streaming.send(get_of("/stream"));
    waiting.send(get_of("/quiet"));
    leaving->send(get_of("/stream"));
    REQUIRE(tests::eventually([&] { return test.handler.begun == 3 && test.handler.open == 4; }));

    leaving.reset();
    test.server.stop();
  }
}
