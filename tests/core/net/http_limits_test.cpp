// SPDX-License-Identifier: Apache-2.0
#include "tests/core/net/test_server.hpp"
#include "tests/support/raw_client.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using tests::RawClient;
using tests::TestServer;

namespace {

struct Case {
  const char* name;
  std::string request;
  int status;
  const char* why;
};

const char* const not_http = "not an HTTP/1.1 request; this port speaks plain HTTP, without TLS";
const char* const other_coding =
    "Transfer-Encoding must be \"chunked\" alone, without Content-Length";
const char* const only_chunked = "of transfer codings this server knows \"chunked\" alone";
const char* const too_long = "the header fields are larger than this server accepts";
const char* const too_large = "the body is larger than this server accepts";

}  // namespace

TEST_CASE("http server: what cannot be read is refused with the reason, and the connection closed"
) {
  net::HttpServerOptions options;
  options.max_body_bytes = 1000;
  options.max_header_bytes = 4096;
  TestServer test(options);
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  for (const Case& one : std::vector<Case>{
           {"no HTTP", "\x16\x03\x01 TLS hello\r\n\r\n", 400, not_http},
           {"other version", "GET / HTTP/2.0\r\n\r\n", 400, not_http},
           {"blank in a name", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, not_http},
           {"length that is none", post + "Content-Length: x\r\n\r\n", 400, not_http},
           {"two lengths",
            post + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
            400,
            not_http},
           {"length and chunks",
            post + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            other_coding},
           {"another coding",
            post + "Transfer-Encoding: xchunked\r\n\r\nGET / HTTP/1.1\r\n\r\n",
            400,
            other_coding},
           {"a coding after chunked",
            post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
            400,
            other_coding},
           {"a coding before chunked",
            post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
            501,
            only_chunked},
           {"another coding, before its body",
            post + "Transfer-Encoding: gzip, chunked\r\n\r\n",
            501,
            only_chunked},
           {"another coding, whatever its body",
            post + "Transfer-Encoding: gzip, chunked\r\n\r\n\x1f\x8b",
            501,
            only_chunked},
           {"chunk that is none", post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, not_http},
           {"long field",
            "GET / HTTP/1.1\r\nX: " + std::string(8000, 'x') + "\r\n\r\n",
            431,
            too_long},
           {"long target", "GET /" + std::string(8000, 'x') + " HTTP/1.1\r\n\r\n", 431, too_long},
           {"announced body", post + "Content-Length: 1001\r\n\r\n", 413, too_large},
           {"sent body",
            post + "Content-Length: 100000\r\n\r\n" + std::string(100'000, 'b'),
            413,
            too_large},
           {"chunked body",
            post + "Transfer-Encoding: chunked\r\n\r\n7d0\r\n" + std::string(2000, 'b') +
                "\r\n0\r\n\r\n",
            413,
            too_large}}) {
    CAPTURE(one.name);
    RawClient client(test.server.port());
    const auto reply = client.ask(one.request);
    CHECK(reply.status == one.status);
    CHECK(reply.body == one.why);
    CHECK(reply.has("Connection: close"));
    CHECK(client.closed_by_peer());
  }
}

TEST_CASE("http server: a body and head at their limits are served") {
  net::HttpServerOptions options;
  options.max_body_bytes = 100'000;
  TestServer test(options);
  RawClient client(test.server.port());

  const auto reply = client.ask(
      "POST / HTTP/1.1\r\nHost: a\r\nX-Tag: " + std::string(15'000, 't') +
      "\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'b')
  );

  CHECK(reply.status == 200);
  CHECK(reply.body.ends_with(std::string(100'000, 'b')));
}

TEST_CASE("http server: bodies beyond the room for all of them are refused until there is some") {
  net::HttpServerOptions options;
  options.max_body_bytes = 100'000;
  options.max_buffered_bytes = 100'000;
  TestServer test(options);
  const auto post = [](const std::string& path, std::size_t sent) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" +
           std::string(sent, 'b');
  };
  RawClient first(test.server.port());
  first.send(post("/wait", 90'000));
  REQUIRE(tests::eventually([&] { return test.handler.waiting == 1; }));

  const auto reply = RawClient(test.server.port()).ask(post("/", 60'000));

  CHECK(reply.status == 503);
  CHECK(reply.has("Retry-After: 1"));
  CHECK(reply.has("Connection: close"));
  CHECK(RawClient(test.server.port()).ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  test.handler.release();
  CHECK(first.receive().status == 200);
  CHECK(tests::eventually([&] {
    return RawClient(test.server.port()).ask(post("/", 90'000)).status == 200;
  }));
}

TEST_CASE("http server: a request that takes too long is answered 408") {
  net::HttpServerOptions options;
  options.read_timeout = 1s;
  TestServer test(options);
  RawClient client(test.server.port());

  const auto reply = client.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf");

  CHECK(reply.status == 408);
  CHECK(reply.has("Connection: close"));
  CHECK(tests::eventually([&] { return test.handler.open == 0; }));
}

TEST_CASE("http server: a connection without a request is closed without a word") {
  net::HttpServerOptions options;
  options.idle_timeout = 1s;
  TestServer test(options);
  RawClient client(test.server.port());

  CHECK(client.closed_by_peer());
}

TEST_CASE("http server: a client that does not read its answer is cut") {
  net::HttpServerOptions options;
  options.write_timeout = 1s;
  TestServer test(options);
  RawClient client(test.server.port());

  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");

  CHECK(tests::eventually([&] { return test.handler.opened == 1 && test.handler.open == 0; }));
  CHECK(test.handler.lost == 1);
}

TEST_CASE("http server: connections beyond the limit are closed, and there is room again afterwards"
) {
  net::HttpServerOptions options;
  options.max_connections = 2;
  TestServer test(options);
  {
    RawClient first(test.server.port()), second(test.server.port());
    CHECK(first.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
    CHECK(second.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);

    RawClient third(test.server.port());
    CHECK(third.closed_by_peer());
    CHECK(first.ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
  }

  REQUIRE(tests::eventually([&] { return test.handler.open == 0; }));
  CHECK(RawClient(test.server.port()).ask("GET / HTTP/1.1\r\nHost: a\r\n\r\n").status == 200);
}

TEST_CASE("http server: those who fill the room for bodies stop no small request") {
  net::HttpServerOptions options;
  options.max_body_bytes = 100'000;
  options.max_buffered_bytes = 100'000;
  TestServer test(options);
  const auto post = [](const std::string& path, std::size_t size) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(size) +
           "\r\n\r\n" + std::string(size, 'b');
  };
  RawClient first(test.server.port());
  first.send(post("/wait", 99'000));
  REQUIRE(tests::eventually([&] { return test.handler.waiting == 1; }));

  CHECK(RawClient(test.server.port()).ask(post("/", 9'000)).status == 503);
  CHECK(RawClient(test.server.port()).ask(post("/", 8'000)).status == 200);
  test.handler.release();
  CHECK(first.receive().status == 200);
}

TEST_CASE("http server: a body that its handler has done with makes room while the reply goes on") {
  net::HttpServerOptions options;
  options.max_body_bytes = 100'000;
  options.max_buffered_bytes = 100'000;
  TestServer test(options);
  const auto post = [](const std::string& path) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Length: 90000\r\n\r\n" +
           std::string(90'000, 'b');
  };
  RawClient first(test.server.port());
  first.send(post("/release"));
  REQUIRE(tests::eventually([&] { return test.handler.waiting == 1; }));

  CHECK(RawClient(test.server.port()).ask(post("/")).status == 200);
  test.handler.release();
  const auto reply = first.receive();
  CHECK(reply.status == 200);
  CHECK(reply.body == "POST /release  127.0.0.1\n");
}
