// SPDX-License-Identifier: Apache-2.0
#include "core/net/fetch.hpp"

#include "tests/core/net/stream_handler.hpp"
#include "tests/core/net/test_server.hpp"
#include "tests/support/eventually.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using tests::StreamServer;
using tests::TestServer;

namespace {

net::Fetch::Request request_to(unsigned short port, std::string_view target) {
  net::Fetch::Request request;
  request.to = {asio::ip::address_v4::loopback(), port};
  request.method = "GET";
  request.target = target;
  request.headers = {{"Host", "there"}};
  return request;
}

struct Fetched {
  Result<net::Fetch::Head> head = fail(Errc::internal, "not begun");
  std::vector<std::string> pieces;
  std::string failure;

  std::string body() const {
    std::string all;
    for (const std::string& piece : pieces) {
      all += piece;
    }
    return all;
  }
};

asio::awaitable<void> run(net::Fetch& fetch, const net::Fetch::Request& request, Fetched& fetched) {
  fetched.head = co_await fetch.begin(request);
  while (fetched.head) {
    const auto piece = co_await fetch.read();
    if (!piece || piece->empty()) {
      fetched.failure = piece ? "" : piece.error().message;
      break;
    }
    fetched.pieces.emplace_back(*piece);
  }
}

Fetched fetch(const net::Fetch::Request& request) {
  Fetched fetched;
  asio::io_context context(1);
  net::Fetch one(context.get_executor());
  asio::co_spawn(context, run(one, request, fetched), asio::detached);
  context.run();
  return fetched;
}

}  // namespace

TEST_CASE("fetch: the request goes out as it came, but for what is of one connection") {
  TestServer test;
  auto request = request_to(test.server.port(), "/echo?x=y");
  request.method = "POST";
  request.headers = {
      {"Host", "elsewhere"},
      {"X-Tag", "blue"},
      {"Content-Length", "999"},
      {"Connection", "x-other"},
      {"X-Other", "not this"},
      {"Transfer-Encoding", "chunked"}};
  request.body = "{}";

  const Fetched fetched = fetch(request);

  REQUIRE_MESSAGE(fetched.head, fetched.head.error().message);
  CHECK(fetched.head->status == 200);
  CHECK(fetched.head->header("x-handled") == "yes");
  CHECK(fetched.head->content_length == fetched.body().size());
  CHECK(fetched.body() == "POST /echo?x=y blue 127.0.0.1\n{}");
}

TEST_CASE("fetch: a stream is read as it comes") {
  StreamServer test;
  Fetched fetched;
  asio::io_context context(1);
  net::Fetch one(context.get_executor());
  const auto request = request_to(test.server.port(), "/stream");
  asio::co_spawn(context, run(one, request, fetched), asio::detached);

  while (fetched.body() != "first") {
    REQUIRE(context.run_one_for(20s) == 1);
  }
  CHECK_FALSE(fetched.head->content_length);
  test.handler.allowed = 1;
  while (fetched.body() != "firstpiece 0") {
    REQUIRE(context.run_one_for(20s) == 1);
  }
  test.handler.enough = true;
  context.run();

  CHECK(fetched.failure.empty());
}

TEST_CASE("fetch: closing ends what waits, and the other side hears of it") {
  StreamServer test;
  Fetched fetched;
  asio::io_context context(1);
  net::Fetch one(context.get_executor());
  const auto request = request_to(test.server.port(), "/quiet");
  asio::co_spawn(context, run(one, request, fetched), asio::detached);
  REQUIRE(tests::eventually([&] {
    context.run_one_for(5ms);
    return test.handler.begun == 1;
  }));

  one.close();
  context.run();

  CHECK_FALSE(fetched.head);
  CHECK(tests::eventually([&] { return test.handler.gone == 1; }));
}

TEST_CASE("fetch: an answer that breaks off is an error, not an end") {
  StreamServer test;

  const Fetched fetched = fetch(request_to(test.server.port(), "/throw"));

  CHECK(fetched.body() == "first");
  CHECK(fetched.failure.starts_with("the answer broke off"));
}

TEST_CASE("fetch: nobody there is told at once, and silence when its time is over") {
  asio::io_context context;
  asio::ip::tcp::socket bound(context, {asio::ip::address_v4::loopback(), 0});
  const Fetched refused = fetch(request_to(bound.local_endpoint().port(), "/"));
  REQUIRE_FALSE(refused.head);
  CHECK(refused.head.error().code == Errc::unavailable);
  CHECK(refused.head.error().message.starts_with("cannot connect to 127.0.0.1:"));

  TestServer test;
  auto request = request_to(test.server.port(), "/wait");
  request.timeout = 500ms;
  const Fetched silent = fetch(request);
  test.handler.release();

  REQUIRE_FALSE(silent.head);
  CHECK(silent.head.error().message.starts_with("cannot hear from 127.0.0.1:"));
}

TEST_CASE("look up: an address is itself, a name has addresses, and what is none has none") {
  asio::io_context context(1);
  std::vector<std::vector<asio::ip::tcp::endpoint>> found;
  const auto keep = [&found](std::exception_ptr, std::vector<asio::ip::tcp::endpoint> addresses) {
    found.push_back(std::move(addresses));
  };
  // A label of 64 letters is no name for anybody: no resolver is asked, be it one that knows all.
  const std::string none(64, 'a');
  for (const std::string& host : {std::string("127.0.0.1"), std::string("localhost"), none}) {
    asio::co_spawn(context, net::look_up(host, 80, 20s), keep);
    context.run();
    context.restart();
  }

  REQUIRE(found.size() == 3);
  CHECK(found[0].size() == 1);
  CHECK(found[0].front().port() == 80);
  CHECK_FALSE(found[1].empty());
  CHECK(found[2].empty());
}
