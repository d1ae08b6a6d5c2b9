// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/result/result.hpp"
#include "server/seal/holder.hpp"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace mooring::listen {

/// Errors (invalid) name the file and what is wrong with it.
Result<seal::Ring> read_ring(const std::string& path);

/// Puts into force what the file of the key ring says, now and whenever it changes: keys are
/// exchanged without a restart. A file that is no ring changes nothing but the log.
class RingWatch {
 public:
  /// `reloaded` is called on the watch's thread after another ring has come into force.
  RingWatch(
      std::string path,
      seal::Holder& keys,
      metrics::Registry& registry,
      std::function<void()> reloaded
  );
  ~RingWatch();
  RingWatch(const RingWatch&) = delete;
  RingWatch& operator=(const RingWatch&) = delete;

  void start();
  void stop();

 private:
  void run();
  void look();
  void tell_metrics();

  const std::string path_;
  seal::Holder& keys_;
  const std::function<void()> reloaded_;
  metrics::Gauge count_;
  metrics::Gauge loaded_;
  std::string last_complaint_;
  std::mutex mutex_;
  std::condition_variable stopping_;
  bool is_stopped_ = false;
  std::thread thread_;
};

}  // namespace mooring::listen
