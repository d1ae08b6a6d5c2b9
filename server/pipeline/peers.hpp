// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/fetch.hpp"
#include "server/hop/replica.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace mooring::pipeline {

struct PeerLimits {
  std::chrono::milliseconds patience{2'000};  ///< then what was found last has to do
  std::chrono::milliseconds kept{1'000};
};

/// Which other replicas there are. A look-up cannot be ended once it is under way, and clients can
/// make requests that need one without end: so there is one at a time for all who wait for it, and
/// its answer is kept for a moment. Safe to use from every thread.
class Peers {
 public:
  using LookUp = std::function<asio::awaitable<std::vector<asio::ip::tcp::endpoint>>(
      std::string host, unsigned short port, std::chrono::milliseconds timeout
  )>;

  explicit Peers(hop::Place place, PeerLimits limits = {}, LookUp look_up = net::look_up);

  /// All but this process, `also` (encoded; may be empty) first, each once.
  asio::awaitable<std::vector<hop::Replica>> find(std::string also) const;

 private:
  struct State;

  static asio::awaitable<void> look(std::shared_ptr<State> state);
  asio::awaitable<std::vector<hop::Replica>> found() const;

  const hop::Replica self_;
  const PeerLimits limits_;
  const std::shared_ptr<State> state_;  // a look-up may outlive us
};

}  // namespace mooring::pipeline
