// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/watch/store.hpp"

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace mooring::apply {

using Instant = std::chrono::steady_clock::time_point;

/// How the caches stand to what we wrote ourselves.
enum class Freshness {
  seen,    ///< they show all of it
  behind,  ///< they do not yet: a decision now would repeat what has been done
  stuck,   ///< they have not for so long that it must be read from the API server
};

/// A write that the caches do not show yet.
struct Unseen {
  api::ObjectKey server;
  api::ObjectRef object;
  std::string resource_version;
  std::chrono::steady_clock::duration age{};
};

/// What was written for each McpServer and has not been seen in the caches yet. Thread-safe.
class WriteLog {
 public:
  explicit WriteLog(std::chrono::milliseconds patience = std::chrono::seconds(30))
      : patience_(patience) {}

  void wrote(const api::ObjectKey& server, const api::Object& object, Instant now);
  Freshness freshness(const api::ObjectKey& server, const watch::Cache& cache, Instant now);
  void forget(const api::ObjectKey& server);
  /// At most `most`, by server.
  std::vector<Unseen> unseen(const watch::Cache& cache, Instant now, std::size_t most);

 private:
  struct Written {
    std::string resource_version;
    Instant at;
  };

  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::map<api::ObjectKey, std::map<api::ObjectRef, Written>> written_;
};

}  // namespace mooring::apply
