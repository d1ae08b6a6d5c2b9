// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/http_server.hpp"
#include "tests/support/eventually.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>

namespace mooring::tests {

/// Tells a request back; `/wait` answers only after release(), as `/release` does, which has no use
/// for the body meanwhile; `/throw` is a defect.
class EchoHandler : public net::Handler {
 public:
  std::atomic<int> open{0};
  std::atomic<int> opened{0};
  std::atomic<int> waiting{0};
  std::atomic<int> lost{0};

  void release() { released_ = true; }

  asio::awaitable<http::Reply> handle(const http::Request& asked, net::Client& client) override {
    http::Request request = asked;
    if (request.path() == "/throw") {
      throw std::runtime_error("defect");
    }
    if (request.path() == "/empty") {
      co_return http::json_reply(204, "");
    }
    if (request.path() == "/large") {
      client.on_lost([this] { ++lost; });
      co_return http::text_reply(200, std::string(32 << 20, 'x'));
    }
    if (request.path() == "/release") {
      client.release_body();
      request.body = {};
    }
    if (request.path() == "/wait" || request.path() == "/release") {
      ++waiting;
      asio::steady_timer timer(co_await asio::this_coro::executor);
      while (!released_) {
        timer.expires_after(std::chrono::milliseconds(2));
        co_await timer.async_wait(asio::use_awaitable);
      }
    }
    http::Reply reply = http::text_reply(
        200,
        std::string(request.method) + " " + std::string(request.target) + " " +
            std::string(request.header("x-tag")) + " " + std::string(request.remote) + "\n" +
            std::string(request.body)
    );
    reply.headers.emplace_back("X-Handled", "yes");
    co_return reply;
  }

  http::Reply refuse(int status, const std::string& why) override {
    return http::text_reply(status, why);
  }

  void connection_opened() override { ++open, ++opened; }

  void connection_closed() override { --open; }

 private:
  std::atomic<bool> released_{false};
};

/// A started server on a free port of loopback.
template <class Handler>
struct ServerOf {
  explicit ServerOf(net::HttpServerOptions options = {}) : server(on_loopback(options), handler) {
    const auto started = server.start();
    REQUIRE_MESSAGE(started, started.error().message);
  }

  static net::HttpServerOptions on_loopback(net::HttpServerOptions options) {
    options.address = "127.0.0.1";
    return options;
  }

  Handler handler;
  net::HttpServer server;
};

using TestServer = ServerOf<EchoHandler>;

}  // namespace mooring::tests
