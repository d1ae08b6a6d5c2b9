// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/net/client.hpp"
#include "core/net/fetch.hpp"
#include "server/hop/replica.hpp"
#include "server/hop/ticket.hpp"
#include "server/pipeline/peers.hpp"
#include "server/rpc/message.hpp"
#include "server/seal/holder.hpp"

#include <tl/expected.hpp>

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::pipeline {

/// A request that goes to another replica as it came.
struct Letter {
  const http::Request& request;
  net::Client* client = nullptr;          ///< nullptr: the answer is wanted whole
  const rpc::Message* message = nullptr;  ///< the one that is meant, if the request is a batch
};

/// The ways to the other replicas. Safe to use from every thread.
class Hops {
 public:
  /// Without a place there are no others.
  Hops(std::optional<hop::Place> place, const seal::Holder& keys, metrics::Registry& registry);

  /// What is of this replica is sealed with this; empty if there are no others.
  const std::string& self() const { return self_; }

  /// How a request came; the reply to one that claims to come from a replica and does not.
  tl::expected<hop::Arrival, http::Reply> admit(const http::Request& request) const;

  /// The owner's answer; if it has gone out to the client piece by piece, it is ignored. Nothing if
  /// the owner is gone. The letter's client is asked for its end from now on.
  asio::awaitable<std::optional<http::Reply>> pass_on(hop::Replica to, Letter letter);

  /// The same of whichever replica has it, one after the other, `first` (encoded) before the rest.
  asio::awaitable<std::optional<http::Reply>> search(Letter letter, std::string first);

  /// Tells all replicas that are found, and `also` (encoded) if it is not among them. Waits until
  /// they have heard, or their time is over.
  asio::awaitable<void> tell(Letter letter, std::string also);

  /// Ends the streams that are passed on, as the server ends: they would go on for ever.
  void end_streams();

  /// At once; each holds a connection and a buffer of 16 KiB.
  static constexpr int most_under_way = 2'000;

 private:
  class Way;

  struct Stream {
    asio::any_io_executor executor;
    std::weak_ptr<net::Fetch> fetch;
  };

  struct Written {
    std::string ticket;
    std::string body;
  };

  struct Round;
  class Told;

  /// What it points to is the letter's, or is written here.
  Result<net::Fetch::Request> prepare(
      const hop::Ticket& ticket, const Letter& letter, Written& written
  ) const;
  asio::awaitable<http::Reply> bring(
      net::Fetch& fetch, const net::Fetch::Head& head, net::Client* client
  );
  asio::awaitable<void> tell_one(std::shared_ptr<Round> round, hop::Replica to, Letter letter);

  const std::optional<hop::Place> place_;
  const std::string self_;
  std::optional<Peers> peers_;
  const seal::Holder& keys_;
  std::atomic<int> under_way_{0};
  std::mutex mutex_;
  std::list<Stream> streams_;
  std::atomic<bool> is_ending_{false};
  metrics::Gauge under_way_gauge_;
  metrics::Counter answered_;
  metrics::Counter gone_;
  metrics::Counter refused_;
  metrics::Counter forged_;
  metrics::Counter told_;
  metrics::Counter not_told_;
};

}  // namespace mooring::pipeline
