// SPDX-License-Identifier: Apache-2.0
#include "tests/core/net/stream_handler.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sys/resource.h>
#include <vector>

using namespace mooring;
using namespace std::chrono_literals;
using tests::RawClient;
using tests::StreamServer;

namespace {

constexpr const char* get_stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* get_whole = "GET /whole HTTP/1.1\r\nHost: a\r\n\r\n";

void allow_descriptors(rlim_t count) {
  rlimit limit{};
  REQUIRE(getrlimit(RLIMIT_NOFILE, &limit) == 0);
  limit.rlim_cur = std::max(limit.rlim_cur, count);
  REQUIRE(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

}  // namespace

TEST_CASE("http stream: the head and each piece arrive when they are written") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(get_stream);

  const auto head = client.receive_head();
  CHECK(head.status == 200);
  CHECK(head.has("Content-Type: text/event-stream"));
  CHECK(head.has("Cache-Control: no-store"));
  CHECK(head.has("Transfer-Encoding: chunked"));
  CHECK(head.head.find("Content-Length") == std::string::npos);
  CHECK(head.head.find("Connection: close") == std::string::npos);
  CHECK(client.receive_chunk() == "first");
  for (int i = 0; i < 3; ++i) {
    ++test.handler.allowed;
    CHECK(client.receive_chunk() == "piece " + std::to_string(i));
  }
  test.handler.enough = true;
  CHECK(client.receive_chunk() == "");
}

TEST_CASE("http stream: the connection serves further requests after it, asked for before or after"
) {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(std::string(get_stream) + get_whole);
  CHECK(client.receive_head().status == 200);
  CHECK(client.receive_chunk() == "first");
  client.send(get_whole);
  test.handler.enough = true;

  CHECK(client.receive_chunk() == "");
  CHECK(client.receive().body == "whole");
  CHECK(client.receive().body == "whole");
  CHECK(client.ask(get_whole).body == "whole");
  client.send(get_stream);
  CHECK(client.receive_head().status == 200);
  CHECK(client.receive_chunk() == "first");
  CHECK(client.receive_chunk() == "");
  CHECK(test.handler.gone == 0);
}

TEST_CASE("http stream: more requests ahead than are read ahead are answered after it") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(get_stream);
  REQUIRE(client.receive_head().status == 200);
  constexpr int requests = 2000;
  for (int i = 0; i < requests; ++i) {
    client.send(get_whole);
  }
  test.handler.allowed = 1;

  CHECK(client.receive_chunk() == "first");
  CHECK(client.receive_chunk() == "piece 0");
  test.handler.enough = true;
  CHECK(client.receive_chunk() == "");
  int answered = 0;
  for (int i = 0; i < requests; ++i) {
    answered += client.receive().body == "whole" ? 1 : 0;
  }
  CHECK(answered == requests);
}

TEST_CASE("http stream: to HTTP/1.0 it ends with the connection, whatever that asks for") {
  StreamServer test;
  test.handler.allowed = 2;
  test.handler.enough = true;
  RawClient client(test.server.port());
  client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  const auto head = client.receive_head();

  CHECK(head.status == 200);
  CHECK(head.has("Connection: close"));
  CHECK(head.head.find("Transfer-Encoding") == std::string::npos);
  CHECK(client.receive_rest() == "firstpiece 0piece 1");
}

TEST_CASE("http stream: HEAD has the head of GET and no body") {
  StreamServer test;
  test.handler.allowed = 2;
  test.handler.enough = true;
  RawClient client(test.server.port());
  client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(client.receive_head().has("Transfer-Encoding: chunked"));
  CHECK(client.ask(get_whole).body == "whole");
}

TEST_CASE("http stream: one that breaks off by a defect does not look complete") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send("GET /throw HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(client.receive_head().status == 200);
  CHECK(client.receive_rest() == "5\r\nfirst\r\n");
  CHECK(tests::eventually([&] { return test.handler.open == 0; }));
}

TEST_CASE("http stream: one that is broken off does not look complete, whoever did it") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send("GET /half HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(client.receive_head().status == 200);
  CHECK(client.receive_rest() == "5\r\nfirst\r\n");
}

TEST_CASE("http stream: what was not begun is not broken off") {
  StreamServer test;
  RawClient client(test.server.port());

  CHECK(client.ask("GET /half-whole HTTP/1.1\r\nHost: a\r\n\r\n").body == "whole");
  CHECK(client.ask(get_whole).body == "whole");
}

TEST_CASE("http stream: a client that asks to close is closed after the last piece") {
  StreamServer test;
  test.handler.enough = true;
  RawClient client(test.server.port());
  client.send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");

  CHECK(client.receive_head().has("Connection: close"));
  CHECK(client.receive_chunk() == "first");
  CHECK(client.receive_chunk() == "");
  CHECK(client.closed_by_peer());
}

TEST_CASE("http stream: a reader that does not read is cut, and little is held for it") {
  net::HttpServerOptions options;
  options.write_timeout = 1s;
  StreamServer test(options);
  RawClient client(test.server.port());
  client.send("GET /flood HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(tests::eventually([&] { return test.handler.done == 1 && test.handler.open == 0; }));
  // What the kernel's buffers hold on both sides.
  CHECK(test.handler.flooded < (32 << 20));
}

TEST_CASE("http stream: one that is quiet for longer than all time limits goes on") {
  net::HttpServerOptions options;
  options.write_timeout = options.read_timeout = options.idle_timeout = 1s;
  StreamServer test(options);
  RawClient quiet(test.server.port()), idle(test.server.port());
  quiet.send(get_stream);
  REQUIRE(quiet.receive_head().status == 200);

  REQUIRE(idle.closed_by_peer());
  test.handler.allowed = 1;
  test.handler.enough = true;

  CHECK(quiet.receive_chunk() == "first");
  CHECK(quiet.receive_chunk() == "piece 0");
  CHECK(quiet.receive_chunk() == "");
}

TEST_CASE("http stream: a drain waits for it, and closes its connection") {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(get_stream);
  REQUIRE(client.receive_head().status == 200);

  test.server.begin_drain();
  CHECK(test.server.finish_drain(10ms, 200ms) == 1);
  RawClient late(test.server.port());
  late.send(get_stream);
  CHECK(late.receive_head().has("Connection: close"));
  test.handler.enough = true;

  CHECK(test.server.finish_drain(10ms, 20s) == 0);
  CHECK(client.receive_chunk() == "first");
  CHECK(client.receive_chunk() == "");
  CHECK(client.closed_by_peer());
}

TEST_CASE("http stream: a connection that its head has left open takes one more request in a drain"
) {
  StreamServer test;
  RawClient client(test.server.port());
  client.send(get_stream);
  REQUIRE(client.receive_head().status == 200);

  test.server.begin_drain();
  test.handler.enough = true;
  CHECK(client.receive_chunk() == "first");
  CHECK(client.receive_chunk() == "");
  const auto next = client.ask("GET /whole HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(next.status == 200);
  CHECK(next.has("Connection: close"));
  CHECK(test.server.finish_drain(10s, 20s) == 0);
}

TEST_CASE("http stream: a thousand at once, then a stop in the midst of them") {
  constexpr int streams = 1000;
  allow_descriptors(2 * streams + 100);
  StreamServer test;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < streams; ++i) {
    clients.push_back(std::make_unique<RawClient>(test.server.port()));
    REQUIRE(clients.back()->send(get_stream));
  }
  REQUIRE(tests::eventually([&] { return test.handler.begun == streams; }));

  test.handler.allowed = 3;

  int good = 0;
  for (auto& client : clients) {
    good += client->receive_head().status == 200 && client->receive_chunk() == "first" &&
                    client->receive_chunk() == "piece 0" && client->receive_chunk() == "piece 1" &&
                    client->receive_chunk() == "piece 2"
                ? 1
                : 0;
  }
  CHECK(good == streams);
  test.server.stop();
}
