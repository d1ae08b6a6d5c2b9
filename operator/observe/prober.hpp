// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/observe/probe.hpp"
#include "operator/queue/blocking_queue.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mooring::observe {

/// Asks servers on threads of its own, and remembers what they said. A server is asked when its
/// pods are of a new template, while it does not answer rightly, and every five minutes.
/// A Service leads to new pods a moment after they are ready: a failure is believed when it comes
/// `failures_believed` times in a row, and the first ones are repeated soon.
class Prober {
 public:
  struct Options {
    bool is_inside = true;
    unsigned threads = 2;
    std::chrono::milliseconds fresh_for{300'000};
    std::chrono::milliseconds retry_after{10'000};
    std::chrono::milliseconds first_retry_after{300};  ///< doubled up to retry_after
  };

  /// `changed` is called when what is known of a server has changed.
  Prober(Options options, Exchange exchange, std::function<void(const api::ObjectKey&)> changed);
  ~Prober();
  Prober(const Prober&) = delete;
  Prober& operator=(const Prober&) = delete;

  void start();
  void stop();

  /// What is known now; asks anew if that is of another template or out of date.
  std::optional<plan::Probe> latest(
      const api::ObjectKey& server, const std::string& url, const std::string& template_hash
  );
  void forget(const api::ObjectKey& server);

 private:
  struct Known {
    std::string url;
    std::string wanted_hash;
    std::optional<plan::Probe> probe;
    std::string asked_hash;
    std::chrono::steady_clock::time_point asked_at{};
    unsigned failures = 0;  ///< in a row, of this template

    bool is_verified() const;
  };

  bool is_due(const Known& known) const;
  std::chrono::milliseconds wait_after_failure(const Known& known) const;
  void run();
  void ask(const api::ObjectKey& server);
  /// Whether what is known has changed.
  bool take(const api::ObjectKey& server, const std::string& hash, plan::Probe made);

  const Options options_;
  const Exchange exchange_;
  const std::function<void(const api::ObjectKey&)> changed_;
  queue::BlockingQueue queue_;
  std::mutex mutex_;
  std::map<api::ObjectKey, Known> known_;
  std::vector<std::thread> threads_;
};

}  // namespace mooring::observe
