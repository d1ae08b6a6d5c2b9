// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "core/net/asio.hpp"
#include "core/result/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mooring::net {

/// One request to another server, on a connection of its own, whose answer is read as it comes. For
/// one coroutine, on the executor's one thread.
class Fetch {
 public:
  /// What it points to must live until begin() is done.
  struct Request {
    asio::ip::tcp::endpoint to;
    std::string_view method;
    std::string_view target;
    /// Sent as they are, but for those that are of one connection only (RFC 9110 section 7.6.1) or
    /// say how long the body is.
    std::vector<http::HeaderView> headers;
    std::string_view body;
    std::chrono::milliseconds connect_timeout{2'000};
    /// For all of it; none: an answer may take as long as the other side lives.
    std::optional<std::chrono::milliseconds> timeout = std::nullopt;
  };

  struct Head {
    int status = 0;
    std::vector<std::pair<std::string, std::string>> headers;  ///< names in lower case
    std::optional<std::uint64_t> content_length;

    std::string_view header(std::string_view lower_case_name) const;
  };

  explicit Fetch(const asio::any_io_executor& executor);
  ~Fetch();
  Fetch(const Fetch&) = delete;
  Fetch& operator=(const Fetch&) = delete;

  /// Errors: unavailable (refused, not reached in time, or it ended before it answered).
  asio::awaitable<Result<Head>> begin(const Request& request);
  /// The next bytes of the body, valid until the next call; empty: there are no more. No further
  /// ones are read meanwhile, so that who reads slowly slows the sender down. Errors: unavailable
  /// (it ended in the middle).
  asio::awaitable<Result<std::string_view>> read();
  /// What waits fails at once.
  void close();

 private:
  struct Wire;
  std::unique_ptr<Wire> wire_;
};

/// The addresses behind a name; none if they cannot be had in time. An address needs no look-up.
asio::awaitable<std::vector<asio::ip::tcp::endpoint>> look_up(
    std::string host, unsigned short port, std::chrono::milliseconds timeout
);

}  // namespace mooring::net
