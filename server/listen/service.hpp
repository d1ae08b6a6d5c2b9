// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/admin/admin_server.hpp"
#include "core/metrics/metrics.hpp"
#include "core/net/http_server.hpp"
#include "core/result/result.hpp"
#include "server/backend/backend.hpp"
#include "server/hop/replica.hpp"
#include "server/listen/ring_watch.hpp"
#include "server/pipeline/handle_request.hpp"
#include "server/pipeline/hops.hpp"
#include "server/seal/holder.hpp"
#include "server/settings/settings.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace mooring::listen {

/// What tells this process from its replicas.
struct Identity {
  std::uint64_t first_number = 0;   ///< drawn at random
  std::optional<hop::Place> place;  ///< none: there are no replicas
};

/// The running server: everything is constructed here, and stopped in reverse order.
class Service {
 public:
  /// Backends register their metrics in the registry, so both come from outside.
  Service(
      const settings::Settings& settings,
      seal::Ring ring,
      Identity identity,
      metrics::Registry& registry,
      std::vector<std::unique_ptr<backend::Backend>> backends
  );
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  Result<void> start();
  /// Refuses readiness, finishes what is under way, then stops. Returns how many exchanges were
  /// cut.
  std::size_t drain();

  unsigned short port() const { return http_.port(); }

  unsigned short admin_port() const { return admin_.port(); }

 private:
  void stop();
  void rebuild();
  http::Reply ready();
  bool is_ready() const;
  http::Reply status();

  const settings::Settings settings_;
  const std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  metrics::Registry& registry_;
  pipeline::Recorder recorder_{registry_};
  std::atomic<bool> draining_{false};
  std::mutex rebuild_mutex_;
  std::set<std::string> told_;  // warnings of the newest catalogue
  pipeline::ToolCounters tool_counters_{registry_};
  seal::Holder keys_;
  pipeline::Hops hops_;
  pipeline::Shelf shelf_;
  std::vector<std::unique_ptr<backend::Backend>> backends_;
  pipeline::Pipeline pipeline_;
  net::HttpServer http_;
  admin::AdminServer admin_;
  RingWatch ring_watch_;
};

}  // namespace mooring::listen
