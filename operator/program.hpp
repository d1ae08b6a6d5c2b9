// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/admin/admin_server.hpp"
#include "core/result/result.hpp"
#include "operator/apply/applier.hpp"
#include "operator/instruments.hpp"
#include "operator/kube/connection.hpp"
#include "operator/kube/rest_client.hpp"
#include "operator/loop/leader.hpp"
#include "operator/loop/workers.hpp"
#include "operator/observe/observer.hpp"
#include "operator/reconcile/reconcile.hpp"
#include "operator/watch/watcher.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace mooring {

struct ProgramOptions {
  kube::Connection connection;
  bool is_inside = false;  ///< it runs in the cluster that it serves
  std::string server_image;
  std::string lease_namespace;
  std::vector<std::string> namespaces;  ///< empty: all
  std::string controller_name;          ///< of the McpServers it serves; empty: those without
  bool leader_election = true;
  unsigned workers = 4;
  std::string metrics_address;
  unsigned short metrics_port = 0;
};

/// Everything put together. `wait` returns false once the program is to end.
class Program {
 public:
  using Wait = std::function<bool(std::chrono::milliseconds)>;

  static Result<std::unique_ptr<Program>> make(ProgramOptions options);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  /// Until it is to end; an error says why it cannot go on.
  Result<void> run(const Wait& wait);

 private:
  Program(
      ProgramOptions options,
      std::unique_ptr<Instruments> instruments,
      std::unique_ptr<kube::RestClient> client,
      std::unique_ptr<kube::RestClient> lease_client
  );

  /// The last one that was told of.
  struct WatchFailure {
    Errc code = Errc::internal;
    std::string message;
    std::chrono::steady_clock::time_point at{};
  };

  admin::Pages pages();
  http::Reply health();
  http::Reply readiness();
  http::Reply state();
  bool may_write() const;
  void add_watchers();
  void changed(const watch::Change& change);
  void look_at_rivals(const watch::Change& change);
  void look_again(const std::string& namespace_);
  void watch_failed(const kube::Scope& scope, const kube::Failure& failure);
  void elected();
  bool wait_for_caches(const Wait& wait);
  void give_back_memory();
  void stop();

  const ProgramOptions options_;
  std::unique_ptr<Instruments> instruments_;
  std::unique_ptr<kube::RestClient> client_;
  std::unique_ptr<kube::RestClient> lease_client_;
  watch::Cache cache_;
  queue::BlockingQueue queue_;
  apply::WriteLog writes_;
  observe::Prober prober_;
  observe::Observer observer_;
  apply::Applier applier_;
  reconcile::Reconciler reconciler_;
  loop::Workers workers_;
  loop::Leader leader_;
  std::vector<std::unique_ptr<watch::Watcher>> watchers_;
  std::uint64_t added_before_ = 0;
  std::mutex mutex_;
  std::atomic<bool> stopping_{false};
  std::map<std::string, WatchFailure> told_;  ///< by kind and namespace
  admin::AdminServer admin_;
};

}  // namespace mooring
