// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_client.hpp"

#include "tests/core/net/test_server.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using tests::TestServer;

namespace {

net::ClientRequest to(unsigned short port, const std::string& target) {
  net::ClientRequest request;
  request.url = "http://127.0.0.1:" + std::to_string(port) + target;
  return request;
}

}  // namespace

TEST_CASE("http client: method, headers and body go out, status, headers and body come back") {
  TestServer test;
  auto request = to(test.server.port(), "/echo?x=y");
  request.method = "POST";
  request.headers = {{"X-Tag", "blue"}};
  request.body = "{}";

  const auto response = net::exchange(request);

  REQUIRE_MESSAGE(response, response.error().message);
  CHECK(response->status == 200);
  CHECK(response->body == "POST /echo?x=y blue 127.0.0.1\n{}");
  CHECK(response->header("x-handled") == "yes");
  CHECK(response->header("absent") == "");
}

TEST_CASE("http client: a name is looked up, and HEAD waits for no body") {
  TestServer test;
  net::ClientRequest request;
  request.method = "HEAD";
  request.url = "http://localhost:" + std::to_string(test.server.port()) + "/x";

  const auto response = net::exchange(request);

  REQUIRE_MESSAGE(response, response.error().message);
  CHECK(response->status == 200);
  CHECK(response->body.empty());
}

TEST_CASE("http client: nobody there") {
  asio::io_context context;
  asio::ip::tcp::socket bound(context, {asio::ip::address_v4::loopback(), 0});

  const auto response = net::exchange(to(bound.local_endpoint().port(), "/"));

  REQUIRE_FALSE(response);
  CHECK(response.error().code == Errc::unavailable);
  CHECK(response.error().message.find("cannot connect 127.0.0.1:") == 0);
  CHECK(response.error().message.find("Connection refused") != std::string::npos);
}

TEST_CASE("http client: no answer within the deadline") {
  asio::io_context context;
  asio::ip::tcp::acceptor silent(context, {asio::ip::address_v4::loopback(), 0});
  auto request = to(silent.local_endpoint().port(), "/");
  request.timeout = 100ms;

  const auto response = net::exchange(request);

  REQUIRE_FALSE(response);
  CHECK(response.error().code == Errc::timeout);
  CHECK(response.error().message.find("within 100 ms (read)") != std::string::npos);
}

TEST_CASE("http client: an answer that is too large is not taken in") {
  TestServer test;
  auto request = to(test.server.port(), "/large");
  request.max_response_bytes = 1000;

  const auto response = net::exchange(request);

  REQUIRE_FALSE_MESSAGE(response, response->status << " " << response->body.size());
  CHECK(response.error().code == Errc::invalid);
  CHECK(response.error().message.find("is larger than 1000 bytes") != std::string::npos);
}

TEST_CASE("http client: URLs it cannot ask") {
  for (const char* url : {"", "https://a", "127.0.0.1:80", "http://"}) {
    net::ClientRequest request;
    request.url = url;
    const auto response = net::exchange(request);
    REQUIRE_FALSE(response);
    CHECK(response.error().code == Errc::invalid);
    CHECK(response.error().message.ends_with("is not an http:// URL"));
  }
}
