// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/http_server.hpp"
#include "server/backend/backend.hpp"
#include "server/gate/gate.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/conversation.hpp"
#include "server/pipeline/hops.hpp"
#include "server/pipeline/hub.hpp"
#include "server/pipeline/record.hpp"
#include "server/pipeline/snapshot.hpp"
#include "server/pipeline/streams.hpp"
#include "server/pipeline/switchboard.hpp"
#include "server/seal/holder.hpp"
#include "server/session/table.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::pipeline {

/// What requests are handled with. Constant after construction but for the shelf.
struct Parts {
  gate::Rules rules;
  const seal::Holder& keys;
  Hops& hops;
  std::uint64_t first_number;  ///< of what is open here; drawn, so that no other process has it
  std::chrono::seconds session_ttl;
  std::chrono::milliseconds session_idle_timeout;
  std::vector<backend::Backend*> backends;  ///< in the order of the catalogue's offers
  const Shelf& shelf;
  std::function<http::Reply()> ready;
  Recorder& recorder;
};

/// A request from gate to record, straight down: gate → rpc → era → session → mcp → backend → reply
/// → record.
class Pipeline : public net::Handler {
 public:
  explicit Pipeline(Parts parts);

  asio::awaitable<http::Reply> handle(const http::Request& request, net::Client& client) override;
  http::Reply refuse(int status, const std::string& why) override;

  void connection_opened() override { parts_.recorder.connection_opened(); }

  void connection_closed() override { parts_.recorder.connection_closed(); }

  /// Tells whoever wants to know. For the backends, from any thread.
  Hub& hub() { return hub_; }

  /// Ends what would go on for ever: the streams that wait for news. From now on nobody waits for a
  /// backend's start.
  void end_streams() {
    is_ending_ = true;
    hub_.close();
    parts_.hops.end_streams();
  }

  /// Gives up the calls that wait for their clients. Before the backends end.
  void stop() { switchboard_.clear(); }

 private:
  /// A message as it was posted.
  struct Post {
    const rpc::Message& message;
    const http::Request& request;
    net::Client* client = nullptr;  ///< nullptr: one of a batch, before whose reply nothing is told

    Letter letter() const { return {request, client, client == nullptr ? &message : nullptr}; }
  };

  /// A legacy message's session, still open.
  struct Visit {
    session::Session session;
    std::string key;
    std::optional<era::LogLevel> log_level;
  };

  asio::awaitable<http::Reply> answer(
      const http::Request& request, net::Client& client, Exchange& exchange
  );
  asio::awaitable<http::Reply> answer_mcp(
      const http::Request& request, net::Client& client, Exchange& exchange
  );
  asio::awaitable<http::Reply> answer_batch(
      const rpc::Body& body, const http::Request& request, Exchange& exchange
  );
  asio::awaitable<http::Reply> answer_message(const Post& post, Exchange& exchange);
  mcp::Step decide(
      const era::Call& call,
      const session::Session* session,
      const http::Request& request,
      const Snapshot& snapshot
  ) const;
  /// The first in which no backend is left out as it is starting, or what is there after a while.
  asio::awaitable<std::shared_ptr<const Snapshot>> whole_snapshot();
  asio::awaitable<http::Reply> perform(
      mcp::Step& step,
      const session::Session* session,
      const Snapshot& snapshot,
      Caller caller,
      const Post& post,
      Exchange& exchange
  );
  asio::awaitable<http::Reply> set_level(
      mcp::SetLevel& step,
      const Caller& caller,
      const session::Session& session,
      const Post& post,
      Exchange& exchange
  );
  tl::expected<Visit, rpc::Refusal> enter(const http::Request& request) const;

  /// The replica that has this, if it is another one.
  std::optional<hop::Replica> other_owner(std::string_view owner, const Exchange& exchange) const {
    return hop::other_owner(owner, parts_.hops.self(), exchange.arrival);
  }

  std::optional<hop::Replica> owner_of(const mcp::Ask& ask, const Exchange& exchange) const;
  /// The owner's answer, or this refusal if it is gone.
  asio::awaitable<http::Reply> pass_on(
      hop::Replica owner, Letter letter, rpc::Refusal if_gone, Exchange& exchange
  );
  /// Nothing if the stream is this replica's to open.
  asio::awaitable<std::optional<http::Reply>> open_elsewhere(
      Letter letter, const Visit& visit, std::optional<events::EventId> after, Exchange& exchange
  );
  /// All replicas, and the session's home.
  asio::awaitable<void> tell(Letter letter, std::string home, const Exchange& exchange);

  asio::awaitable<http::Reply> take_word(
      const Post& post, const Caller& caller, const session::Session& session, Exchange& exchange
  );
  asio::awaitable<http::Reply> take_answer(
      const Post& post, const Caller& caller, const session::Session& session, Exchange& exchange
  );
  http::Reply subscribe(mcp::Subscribe& step, const std::string& session, Exchange& exchange);
  asio::awaitable<http::Reply> listen(
      const mcp::Listen& filter, const Snapshot& snapshot, const Caller& caller, Exchange& exchange
  );
  /// A session's stream, to its end or that of the session.
  asio::awaitable<Result<void>> follow(
      const Visit& visit, events::EventId after, net::Client& client, http::Reply head
  );
  asio::awaitable<http::Reply> open_stream(
      const http::Request& request, net::Client& client, Exchange& exchange
  );
  asio::awaitable<http::Reply> end_session(
      const http::Request& request, net::Client& client, Exchange& exchange
  );

  Parts parts_;
  Switchboard switchboard_;
  Streams streams_;
  Hub hub_;
  session::Table sessions_;
  const Exchanges exchanges_;
  std::atomic<bool> is_ending_{false};
};

}  // namespace mooring::pipeline
