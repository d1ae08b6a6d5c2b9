// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/http_server.hpp"
#include "server/backend/backend.hpp"
#include "server/gate/gate.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/conversation.hpp"
#include "server/pipeline/hub.hpp"
#include "server/pipeline/record.hpp"
#include "server/pipeline/snapshot.hpp"
#include "server/pipeline/streams.hpp"
#include "server/pipeline/switchboard.hpp"
#include "server/seal/seal.hpp"
#include "server/session/table.hpp"

#include <functional>
#include <memory>
#include <vector>

namespace mooring::pipeline {

/// What requests are handled with. Constant after construction but for the shelf.
struct Parts {
  gate::Rules rules;
  seal::Ring ring;
  std::chrono::seconds session_ttl;
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

  /// Ends what would go on for ever: the streams that wait for news.
  void end_streams() { hub_.close(); }

  /// Gives up the calls that wait for their clients. Before the backends end.
  void stop() { switchboard_.clear(); }

 private:
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
  /// Without a client, as in a batch, nothing can be told before the reply.
  asio::awaitable<http::Reply> answer_message(
      const rpc::Message& message,
      const http::Request& request,
      net::Client* client,
      Exchange& exchange
  );
  asio::awaitable<http::Reply> perform(
      mcp::Step& step, const Snapshot& snapshot, Caller caller, Exchange& exchange
  );
  tl::expected<Visit, rpc::Refusal> enter(const http::Request& request) const;
  http::Reply take_word(const rpc::Message& message, const std::string& session);
  http::Reply subscribe(mcp::Subscribe& step, const std::string& session, Exchange& exchange);
  asio::awaitable<http::Reply> listen(
      const mcp::Listen& filter, const Snapshot& snapshot, const Caller& caller, Exchange& exchange
  );
  asio::awaitable<http::Reply> open_stream(
      const http::Request& request, net::Client& client, Exchange& exchange
  );
  http::Reply end_session(const http::Request& request, Exchange& exchange);

  Parts parts_;
  Switchboard switchboard_;
  Streams streams_;
  Hub hub_;
  session::Table sessions_;
  const Exchanges exchanges_;
};

}  // namespace mooring::pipeline
