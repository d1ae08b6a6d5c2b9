// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/http_server.hpp"
#include "server/backend/backend.hpp"
#include "server/gate/gate.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/record.hpp"
#include "server/pipeline/snapshot.hpp"
#include "server/seal/seal.hpp"

#include <atomic>
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
  explicit Pipeline(Parts parts) : parts_(std::move(parts)) {}

  asio::awaitable<http::Reply> handle(const http::Request& request, net::Client& client) override;
  http::Reply refuse(int status, const std::string& why) override;

  void connection_opened() override { parts_.recorder.connection_opened(); }

  void connection_closed() override { parts_.recorder.connection_closed(); }

 private:
  asio::awaitable<http::Reply> answer(const http::Request& request, Exchange& exchange);
  asio::awaitable<http::Reply> answer_mcp(const http::Request& request, Exchange& exchange);
  asio::awaitable<http::Reply> answer_batch(
      const rpc::Body& body, const http::Request& request, Exchange& exchange
  );
  asio::awaitable<http::Reply> answer_message(
      const rpc::Message& message, const http::Request& request, Exchange& exchange
  );
  asio::awaitable<mcp::Reply> ask(
      const mcp::Ask& step, const Snapshot& snapshot, Exchange& exchange
  );

  Parts parts_;
};

}  // namespace mooring::pipeline
