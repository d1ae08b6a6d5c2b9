// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "core/metrics/metrics.hpp"
#include "operator/kube/rest_client.hpp"
#include "operator/queue/blocking_queue.hpp"
#include "operator/watch/store.hpp"

#include <mutex>
#include <string_view>

namespace mooring {

/// The operator's metrics beyond those of the workers: controller-runtime's names where it has
/// them, so that dashboards made for it work. Thread-safe.
class Instruments {
 public:
  Instruments();

  metrics::Registry& registry() { return registry_; }

  void exchanged(const kube::Exchange& exchange);
  void watch_failed(const kube::Scope& scope, const kube::Failure& failure);
  void applied(std::string_view kind, std::string_view result);
  void leading(bool is_leader);

  /// The page for Prometheus, with what is only measured when somebody looks.
  http::Reply page(queue::BlockingQueue& queue, const watch::Cache& cache);

 private:
  void refresh_queue(queue::BlockingQueue& queue);
  void refresh_cache(const watch::Cache& cache);
  void refresh_servers(const watch::Store& servers);

  metrics::Registry registry_;
  metrics::Gauge master_;
  metrics::Gauge depth_;
  metrics::Gauge unfinished_;
  metrics::Gauge longest_;
  metrics::Counter adds_;
  metrics::Counter retries_;
  std::mutex mutex_;
};

}  // namespace mooring
