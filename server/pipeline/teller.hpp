// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"
#include "server/pipeline/streams.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mooring::pipeline {

/// The head of a reply that is an event stream.
http::Reply stream_head();

/// A reply that is one JSON document, unless something has to be told before it: then it is an
/// event stream.
class Teller {
 public:
  /// How a legacy stream can be resumed.
  struct History {
    Streams& streams;
    std::string session;
    bool is_primed = false;  ///< 2025-11-25: begins with an event that has an id and no data
  };

  /// A client that takes no event stream is nullptr: it is told nothing before the reply.
  Teller(net::Client* client, std::optional<History> history);
  ~Teller();
  Teller(const Teller&) = delete;
  Teller& operator=(const Teller&) = delete;

  bool can_tell() const { return client_ != nullptr; }

  bool has_begun() const { return has_begun_; }

  asio::awaitable<void> tell(std::string_view message);
  /// Shows, to all that lies between, that there is still something to come.
  asio::awaitable<void> keep_alive();

 private:
  asio::awaitable<void> begin();

  net::Client* const client_;
  std::optional<History> history_;
  events::EventId id_;
  bool has_begun_ = false;
};

}  // namespace mooring::pipeline
