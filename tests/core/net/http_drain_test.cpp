// SPDX-License-Identifier: Apache-2.0
#include "tests/core/net/test_server.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using tests::RawClient;
using tests::TestServer;

namespace {

constexpr const char* get_x = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* get_wait = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";

}  // namespace

TEST_CASE(
    "drain: what is in flight is answered and closes, what is idle closes after the quiet time"
) {
  TestServer test;
  RawClient busy(test.server.port()), idle(test.server.port());
  REQUIRE(idle.ask(get_x).status == 200);
  busy.send(get_wait);
  REQUIRE(tests::eventually([&] { return test.handler.waiting == 1; }));

  test.server.begin_drain();
  test.handler.release();
  const std::size_t left = test.server.finish_drain(100ms, 20s);

  CHECK(left == 0);
  const auto reply = busy.receive();
  CHECK(reply.status == 200);
  CHECK(reply.has("Connection: close"));
  CHECK(busy.closed_by_peer());
  CHECK(idle.closed_by_peer());
}

TEST_CASE("drain: a request on its way is still served, as its last") {
  TestServer test;
  RawClient open(test.server.port());
  REQUIRE(open.ask(get_x).status == 200);

  test.server.begin_drain();
  const auto on_old = open.ask(get_x);
  RawClient late(test.server.port());
  const auto on_new = late.ask(get_x);

  CHECK(on_old.status == 200);
  CHECK(on_old.has("Connection: close"));
  CHECK(on_new.status == 200);
  CHECK(on_new.has("Connection: close"));
  CHECK(open.closed_by_peer());
  CHECK(test.server.finish_drain(50ms, 20s) == 0);
}

TEST_CASE("drain: an idle client of this machine is not waited for as long as others") {
  TestServer test;
  RawClient idle(test.server.port());
  REQUIRE(idle.ask(get_x).status == 200);

  test.server.begin_drain();

  CHECK(test.server.finish_drain(60s, 30s) == 0);
  CHECK(idle.closed_by_peer());
}

TEST_CASE("drain: what is not done by the deadline is counted, and cut by stop") {
  TestServer test;
  RawClient busy(test.server.port());
  busy.send(get_wait);
  REQUIRE(tests::eventually([&] { return test.handler.waiting == 1; }));

  test.server.begin_drain();

  CHECK(test.server.finish_drain(50ms, 200ms) == 1);
  test.server.stop();
}

TEST_CASE("drain: a server may be stopped with connections in every state") {
  for (int i = 0; i < 10; ++i) {
    TestServer test;
    RawClient idle(test.server.port()), half(test.server.port()), busy(test.server.port());
    half.send("POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nhalf");
    busy.send(get_wait);
    REQUIRE(tests::eventually([&] { return test.handler.opened == 3 && test.handler.waiting == 1; })
    );

    test.server.stop();
    test.server.stop();
  }
}
