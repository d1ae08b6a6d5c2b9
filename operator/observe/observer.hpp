// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/kube/reader.hpp"
#include "operator/observe/prober.hpp"
#include "operator/plan/observed.hpp"
#include "operator/watch/store.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace mooring::observe {

/// Where to read what is watched: from the caches, or, when they lag behind what we wrote
/// ourselves for too long, from the API server.
enum class Source { cache, live };

/// All reads of a reconcile.
class Observer {
 public:
  Observer(const watch::Cache& cache, kube::Reader& reader, Prober& prober, Exchange exchange)
      : cache_(cache), reader_(reader), prober_(prober), exchange_(std::move(exchange)) {}

  /// The McpServer; nothing if there is none (any more).
  kube::Answer<std::optional<api::Object>> server(const api::ObjectKey& key, Source source);

  /// Everything that a decision about it needs. What may not be read stands in `forbidden`; other
  /// failures are the result's.
  kube::Answer<plan::Observed> observe(
      const api::Object& object, const api::McpServer& server, Source source
  );

 private:
  kube::Answer<std::optional<api::Object>> read(const api::ObjectRef& ref, Source source);
  kube::Answer<void> read_children(
      const api::McpServer& server, Source source, plan::Observed& out
  );
  kube::Answer<void> read_secrets(const api::McpServer& server, plan::Observed& out);
  void read_claims(const api::Object& object, plan::Observed& out) const;
  void read_pods(const api::ObjectKey& key, plan::Observed& out);
  void ask_endpoints(plan::Observed& out);
  std::optional<plan::EndpointStatus> ask_endpoint(const plan::Pod& pod);
  bool is_left_alone(const std::string& address);
  void leave_alone(const std::string& address);

  const watch::Cache& cache_;
  kube::Reader& reader_;
  Prober& prober_;
  Exchange exchange_;
  /// Addresses that gave no answer, not even a refusal, are not asked until then.
  std::mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> left_alone_until_;
};

}  // namespace mooring::observe
