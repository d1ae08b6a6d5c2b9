// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "core/net/asio.hpp"

#include <functional>
#include <string_view>

namespace mooring::net {

/// The client of one request, until its reply is complete. All of it on the connection's thread.
class Client {
 public:
  virtual ~Client() = default;

  virtual asio::any_io_executor executor() = 0;

  /// `gone` is called at most once, from the event loop and while handle() runs: when the client
  /// has closed, be it only its sending side, or the server has cut it as too slow. Not when stop()
  /// ends everything: then the coroutine ends where it waits. The last `gone` set counts. A request
  /// that never calls this pays nothing for it.
  virtual void on_gone(std::function<void()> gone) = 0;
  /// As far as is known: by a write that failed, or by what on_gone looks for. It may be the write
  /// that tells first.
  virtual bool is_gone() const = 0;

  /// `lost` is called if the reply that handle() returns cannot be written: then nobody knows what
  /// it says. It may come after handle() has returned. The last `lost` set counts.
  virtual void on_lost(std::function<void()> lost) = 0;

  /// The request's body is not looked at any more, and nothing that points into it: the memory goes
  /// back. For what goes on for long.
  virtual void release_body() {}

  /// Sends the head of a streamed reply at once, its body (if any) as the first piece with it. From
  /// then on the reply that handle() returns is ignored: the body ends when handle() returns, and
  /// is cut off if it throws. False if the client is gone.
  virtual asio::awaitable<bool> begin(const http::Reply& head) = 0;
  /// Sends a piece of the body, which must live until then; one at a time, by one system call.
  /// False if the client is gone or did not take it within the time for writing.
  virtual asio::awaitable<bool> write(std::string_view piece) = 0;

  /// What was begun will not become whole: it is cut off when handle() returns, so that nobody
  /// takes it for complete. A reply that was not begun is written as ever.
  virtual void break_off() {}
};

}  // namespace mooring::net
