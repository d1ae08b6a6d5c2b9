// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"
#include "core/net/http_wire.hpp"
#include "core/net/share.hpp"

#include <boost/beast/core/flat_buffer.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

/// One connection of the server, and the client of the request it is at; private to core/net.
namespace mooring::net {

class Exchange;

/// Waits for the socket to become readable while a request is under way. It may outlive the
/// exchange, for only the next bytes end the wait; then it looks at nothing.
struct Watch {
  Exchange* exchange = nullptr;
  bool is_waiting = false;
};

// What a connection waits for. Its deadline is looked at by the worker's sweep, not by a timer of
// its own: a coarse clock costs nothing a request.
enum class Phase { idle, reading, working, writing, lingering };

struct Connection {
  Connection(asio::ip::tcp::socket s, DateClock& d) : socket(std::move(s)), date(d) {}

  void enter(Phase next) {
    phase = next;
    since = std::chrono::steady_clock::now();
    too_slow = false;
  }

  asio::ip::tcp::socket socket;
  DateClock& date;
  boost::beast::flat_buffer buffer;  ///< read, and not yet part of a request
  Phase phase = Phase::idle;
  std::chrono::steady_clock::time_point since;
  bool too_slow = false;
  std::string remote;
  bool is_near = false;          ///< of this machine
  std::shared_ptr<Watch> watch;  ///< made when first needed
};

/// Writes a reply whole, by one system call. False if that failed.
asio::awaitable<bool> write_whole(
    Connection& connection, const http::Reply& reply, bool keep_alive, bool head_only
);

/// A request's way to its reply.
class Exchange final : public Client {
 public:
  struct Rules {
    const std::atomic<bool>& draining;
    std::chrono::seconds write_timeout;
  };

  Exchange(Connection& connection, Parser& parser, Share& share, Rules rules);
  ~Exchange() override;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  asio::any_io_executor executor() override { return connection_.socket.get_executor(); }

  void on_gone(std::function<void()> gone) override;

  bool is_gone() const override { return is_gone_; }

  void on_lost(std::function<void()> lost) override { lost_ = std::move(lost); }

  void release_body() override;

  asio::awaitable<bool> begin(const http::Reply& head) override;
  asio::awaitable<bool> write(std::string_view piece) override;

  void break_off() override { is_broken_off_ = true; }

  /// What is left to do when the handler is done: writes the reply, or the end of its stream. False
  /// if the connection ends with it.
  asio::awaitable<bool> finish(const http::Reply& reply);

 private:
  asio::awaitable<bool> finish_whole(const http::Reply& reply);
  asio::awaitable<bool> finish_stream();
  asio::awaitable<bool> send(std::string_view before, std::string_view piece);
  bool is_kept() const;
  void watch();
  void look();

  Connection& connection_;
  Parser& parser_;
  Share& share_;
  const Rules rules_;
  const bool head_only_;
  const bool wants_more_;  ///< the client may send further requests on this connection
  const bool is_chunked_;  ///< if it is a stream; that of an older client ends by closing
  bool is_stream_ = false;
  bool stays_open_ = false;  ///< as its head says: the next request may be on its way already
  bool is_gone_ = false;
  bool is_broken_off_ = false;
  std::function<void()> gone_;
  std::function<void()> lost_;
};

}  // namespace mooring::net
