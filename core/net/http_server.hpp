// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "core/net/asio.hpp"
#include "core/net/client.hpp"
#include "core/result/result.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace mooring::net {

/// Answers requests. Called on the connection's thread; several at once on different threads.
class Handler {
 public:
  virtual ~Handler() = default;
  /// The request's views and the client stay valid until the reply has been written. What is
  /// returned is the reply, unless one was begun at the client.
  virtual asio::awaitable<http::Reply> handle(const http::Request& request, Client& client) = 0;
  /// A request that could not be read whole: 400, 408, 413, 431 or 503, and why.
  virtual http::Reply refuse(int status, const std::string& why) = 0;

  virtual void connection_opened() {}

  virtual void connection_closed() {}
};

struct HttpServerOptions {
  std::string address = "0.0.0.0";
  unsigned short port = 0;  ///< 0: a free one
  unsigned threads = 1;
  std::size_t max_body_bytes = 1 << 20;
  /// Of all bodies that have not arrived whole or are being answered, but for those of at most 8
  /// KiB; at least `max_body_bytes`.
  std::size_t max_buffered_bytes = 64 << 20;
  std::size_t max_header_bytes = 16 << 10;
  std::size_t max_connections = 10'000;   ///< further ones are accepted and closed at once
  std::chrono::seconds idle_timeout{75};  ///< between requests
  std::chrono::seconds read_timeout{15};  ///< from a request's first byte to its last
  std::chrono::seconds write_timeout{30};
};

/// HTTP/1.1 on a thread a core, each with its own io_context and SO_REUSEPORT acceptor; a
/// connection stays on its thread.
class HttpServer {
 public:
  HttpServer(const HttpServerOptions& options, Handler& handler);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Binds and starts the threads. Errors name address and port and what to do.
  Result<void> start();
  unsigned short port() const;

  /// From now on each reply closes its connection; new connections are still served, for they may
  /// already be on their way.
  void begin_drain();
  /// Waits until no connection is left, those that stay idle for `quiet` being closed (of this
  /// machine's clients after 2 s at most), or until `deadline`. Returns how many are left then:
  /// stop() cuts them.
  std::size_t finish_drain(std::chrono::milliseconds quiet, std::chrono::milliseconds deadline);
  /// Ends everything at once. Called by the destructor.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mooring::net
