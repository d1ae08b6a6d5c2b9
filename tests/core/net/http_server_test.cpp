// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_server.hpp"

#include "tests/core/net/test_server.hpp"
#include "tests/support/random.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

using namespace mooring;
using tests::RawClient;
using tests::TestServer;

namespace {

std::string get(const std::string& target, const std::string& fields = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
}

std::string post(const std::string& body, const std::string& fields = "") {
  return "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + fields + "\r\n" + body;
}

}  // namespace

TEST_CASE("http server: a connection serves one request after another") {
  TestServer test;
  RawClient client(test.server.port());

  const auto first = client.ask(get("/a?b=c", "X-Tag:  blue \r\n"));
  const auto second = client.ask(post("{\"x\":1}"));

  CHECK(first.status == 200);
  CHECK(first.body == "GET /a?b=c blue 127.0.0.1\n");
  CHECK(first.has("X-Handled: yes"));
  CHECK(first.has("Content-Type: text/plain; charset=utf-8"));
  CHECK(first.head.find("\r\nDate: ") != std::string::npos);
  CHECK(first.head.find("Connection: close") == std::string::npos);
  CHECK(second.body == "POST /echo  127.0.0.1\n{\"x\":1}");
  CHECK(test.handler.opened == 1);
}

TEST_CASE("http server: requests sent without waiting are answered in order") {
  TestServer test;
  RawClient client(test.server.port());
  std::string requests;
  for (int i = 0; i < 200; ++i) {
    requests += i % 2 == 0 ? get("/" + std::to_string(i)) : post(std::string(500, 'b'));
  }

  REQUIRE(client.send(requests));

  for (int i = 0; i < 200; ++i) {
    const auto reply = client.receive();
    CAPTURE(i);
    REQUIRE(reply.status == 200);
    CHECK(reply.body.starts_with(i % 2 == 0 ? "GET /" + std::to_string(i) + " " : "POST /echo"));
  }
}

TEST_CASE("http server: a request may arrive byte by byte") {
  TestServer test;
  RawClient client(test.server.port());

  for (const char c : post("body")) {
    REQUIRE(client.send(std::string(1, c)));
  }

  CHECK(client.receive().body == "POST /echo  127.0.0.1\nbody");
}

TEST_CASE("http server: a chunked body arrives whole, and its trailer is none of the head") {
  TestServer test;
  RawClient client(test.server.port());

  const auto reply = client.ask(
      "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n5;x=y\r\ndefgh\r\n0\r\nX-Tag: late\r\n\r\n"
  );

  CHECK(reply.body == "POST /echo  127.0.0.1\nabcdefgh");
}

TEST_CASE("http server: HEAD has the head of GET and no body") {
  TestServer test;
  RawClient client(test.server.port());

  client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto head = client.receive(true);
  const auto next = client.ask(get("/next"));

  CHECK(head.status == 200);
  CHECK(head.has("Content-Length: " + std::to_string(std::string("HEAD /x  127.0.0.1\n").size())));
  CHECK(next.body == "GET /next  127.0.0.1\n");
}

TEST_CASE("http server: 204 has neither body nor length") {
  TestServer test;
  RawClient client(test.server.port());

  const auto reply = client.ask(get("/empty"));

  CHECK(reply.status == 204);
  CHECK(reply.head.find("Content-Length") == std::string::npos);
  CHECK(reply.head.find("Content-Type") == std::string::npos);
  CHECK(client.ask(get("/next")).status == 200);
}

TEST_CASE("http server: a client that asks to close, or speaks HTTP/1.0, is closed after the answer"
) {
  TestServer test;
  for (const std::string& request :
       {get("/x", "Connection: close\r\n"), std::string("GET /x HTTP/1.0\r\n\r\n")}) {
    RawClient client(test.server.port());
    const auto reply = client.ask(request);
    CHECK(reply.status == 200);
    CHECK(reply.has("Connection: close"));
    CHECK(client.closed_by_peer());
  }
}

TEST_CASE("http server: leave to send the body is given when it is asked for") {
  TestServer test;
  RawClient client(test.server.port());

  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n"
  );
  const auto leave = client.receive();
  const auto reply = client.ask("body");

  CHECK(leave.status == 100);
  CHECK(reply.status == 200);
  CHECK(reply.body.ends_with("\nbody"));
}

TEST_CASE("http server: a defect of the handler costs only its connection") {
  TestServer test;
  RawClient client(test.server.port());
  RawClient other(test.server.port());

  client.send(get("/throw"));

  CHECK(client.closed_by_peer());
  CHECK(other.ask(get("/x")).status == 200);
}

TEST_CASE("http server: clients that go away in the middle leave nothing open") {
  TestServer test;
  for (int i = 0; i < 20; ++i) {
    RawClient(test.server.port()).send("POST /echo HTTP/1.1\r\nContent-Length: 100\r\n\r\nhalf");
    RawClient(test.server.port()).send(get("/large"));
  }

  CHECK(tests::eventually([&] { return test.handler.opened == 40 && test.handler.open == 0; }));
}

TEST_CASE("http server: several threads serve several clients") {
  net::HttpServerOptions options;
  options.threads = 4;
  TestServer test(options);
  std::atomic<int> good{0};
  std::vector<std::thread> clients;
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      RawClient client(test.server.port());
      for (int i = 0; i < 50; ++i) {
        const std::string body = std::to_string(c * 1000 + i);
        good += client.ask(post(body)).body.ends_with("\n" + body) ? 1 : 0;
      }
    });
  }
  for (std::thread& client : clients) {
    client.join();
  }

  CHECK(good == 400);
}

TEST_CASE("http server: a port that somebody has is told with what to do") {
  for (const unsigned threads : {1U, 3U}) {
    net::HttpServerOptions options;
    options.threads = threads;
    TestServer test(options);
    options.address = "127.0.0.1";
    options.port = test.server.port();
    tests::EchoHandler handler;
    net::HttpServer second(options, handler);

    const auto started = second.start();

    REQUIRE_FALSE(started);
    CHECK(started.error().code == Errc::unavailable);
    CHECK(
        started.error().message == "cannot listen on 127.0.0.1:" + std::to_string(options.port) +
                                       ": Address already in use: another program listens there; "
                                       "stop it or choose another port"
    );
  }
}

TEST_CASE("http server: an address that is none is told") {
  net::HttpServerOptions options;
  options.address = "localhost";
  tests::EchoHandler handler;
  net::HttpServer server(options, handler);

  const auto started = server.start();

  REQUIRE_FALSE(started);
  CHECK(started.error().code == Errc::invalid);
  CHECK(started.error().message.starts_with("cannot listen on \"localhost\": not an IP address"));
}

TEST_CASE("http server: mutated requests are answered or refused, and the server lives on") {
  TestServer test;
  tests::Random random(10);
  const std::string seed = post("{\"jsonrpc\":\"2.0\"}", "Accept: */*\r\n") + get("/after");
  for (int i = 0; i < 400; ++i) {
    RawClient client(test.server.port());
    client.send(random.mutate(
        seed,
        {"\r\n",
         "\n",
         "Transfer-Encoding: chunked\r\n",
         "Content-Length: 5\r\n",
         ":",
         " ",
         "HTTP/1.1",
         "\t",
         "%00"}
    ));
    client.finish_sending();
    while (client.receive().status != 0) {
    }
  }

  CHECK(RawClient(test.server.port()).ask(get("/x")).status == 200);
  CHECK(tests::eventually([&] { return test.handler.open == 0; }));
}
