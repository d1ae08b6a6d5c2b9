// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "operator/queue/blocking_queue.hpp"
#include "operator/reconcile/reconcile.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace mooring::loop {

/// Takes keys from the queue and reconciles them, on some threads. What becomes of a key after a
/// reconcile is settled here and nowhere else.
class Workers {
 public:
  using Reconcile = std::function<kube::Answer<reconcile::Reconciled>(const api::ObjectKey&)>;

  Workers(
      queue::BlockingQueue& queue, Reconcile reconcile, metrics::Registry& registry, unsigned count
  );
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  void start();
  /// Takes no new key and waits for those in work; false if they did not end in time.
  bool drain(std::chrono::milliseconds at_most);
  void join();

 private:
  struct Handles {
    metrics::Counter success, error, requeue, requeue_after;
    metrics::Counter errors, terminal_errors, panics, timeouts;
    metrics::Counter stale_skips;
    metrics::Histogram time, queued, worked;
    metrics::Gauge active;
  };

  void run();
  void work(const queue::Taken& taken);
  kube::Answer<reconcile::Reconciled> reconcile_safely(const api::ObjectKey& key);
  void settle(const api::ObjectKey& key, const reconcile::Reconciled& reconciled);
  void settle_failure(const api::ObjectKey& key, const kube::Failure& failure);

  queue::BlockingQueue& queue_;
  const Reconcile reconcile_;
  const unsigned count_;
  Handles handles_;
  std::vector<std::thread> threads_;
};

}  // namespace mooring::loop
