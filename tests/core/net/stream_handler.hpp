// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/core/net/test_server.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mooring::tests {

/// Streams "piece 0", "piece 1" and so on, as many as the test has allowed, until it says that it
/// is enough. `/quiet` waits in the same way and answers whole,
/// or with nothing if the client has left, as does `/stubborn`, which always has an answer;
/// `/flood` sends 64 KiB pieces as fast as they are taken, `/throw` breaks off after its first
/// piece, as does `/half`, which says so; `/whole` answers at once, and
/// `/half-whole` after it has said so too.
class StreamHandler : public net::Handler {
 public:
  std::atomic<int> open{0};
  std::atomic<int> begun{0};
  std::atomic<int> gone{0};
  std::atomic<int> done{0};
  std::atomic<int> allowed{0};
  std::atomic<bool> enough{false};
  std::atomic<std::size_t> flooded{0};
  std::atomic<bool> watches{true};

  asio::awaitable<http::Reply> handle(const http::Request& request, net::Client& client) override {
    if (request.path() == "/whole" || request.path() == "/half-whole") {
      if (request.path() != "/whole") {
        client.break_off();
      }
      co_return http::text_reply(200, "whole");
    }
    bool is_gone = false;
    if (watches) {
      client.on_gone([this, &is_gone] {
        is_gone = true;
        ++gone;
      });
    }
    ++begun;
    if (request.path() == "/quiet" || request.path() == "/stubborn") {
      co_await until(client, is_gone, [this] { return enough.load(); });
    } else if (request.path() == "/flood") {
      co_await flood(client);
    } else {
      co_await stream(client, is_gone, request.path());
    }
    ++done;
    if (is_gone && request.path() == "/quiet") {
      http::Reply nothing;
      nothing.status = 202;
      co_return nothing;
    }
    co_return http::text_reply(200, "at the end");
  }

  http::Reply refuse(int status, const std::string& why) override {
    return http::text_reply(status, why);
  }

  void connection_opened() override { ++open; }

  void connection_closed() override { --open; }

 private:
  static http::Reply head(std::string first) {
    http::Reply made;
    made.content_type = "text/event-stream";
    made.headers.emplace_back("Cache-Control", "no-store");
    made.body = std::move(first);
    return made;
  }

  static asio::awaitable<void> until(
      net::Client& client, const bool& is_gone, std::function<bool()> condition
  ) {
    asio::steady_timer timer(client.executor());
    while (!is_gone && !condition()) {
      timer.expires_after(std::chrono::milliseconds(2));
      co_await timer.async_wait(asio::use_awaitable);
    }
  }

  asio::awaitable<void> stream(net::Client& client, const bool& is_gone, std::string_view path) {
    bool goes_on = co_await client.begin(head("first"));
    if (path == "/throw") {
      throw std::runtime_error("defect");
    }
    if (path == "/half") {
      client.break_off();
      co_return;
    }
    for (int written = 0; goes_on; ++written) {
      co_await until(client, is_gone, [&] { return allowed > written || enough; });
      if (is_gone || allowed <= written) {
        break;
      }
      goes_on = co_await client.write("piece " + std::to_string(written));
    }
  }

  asio::awaitable<void> flood(net::Client& client) {
    const std::string piece(64 << 10, 'x');
    bool goes_on = co_await client.begin(head(""));
    while (goes_on && !enough) {
      goes_on = co_await client.write(piece);
      flooded += goes_on ? piece.size() : 0;
    }
  }
};

using StreamServer = ServerOf<StreamHandler>;

}  // namespace mooring::tests
