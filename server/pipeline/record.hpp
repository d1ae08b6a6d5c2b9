// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "server/era/era.hpp"
#include "server/hop/route.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <string_view>

namespace mooring::pipeline {

/// What went wrong, by who has to look into it. The values are those of
/// `mcp_errors_total{error_type}`.
enum class Fault {
  none,
  refused,    ///< Host, Origin, method, media type, size: turned away before it was read
  malformed,  ///< not JSON-RPC, or against the rules of its generation
  session,    ///< no session, or one that is not ours or has ended
  unknown,    ///< no such method or tool
  tool,       ///< the tool itself answered with an error
  backend,    ///< the backend is down, or its answer did not make sense
  timeout,    ///< the backend did not answer in time
  cancelled,  ///< the client gave up, or left, before the answer
  internal,   ///< a defect of ours
};

std::string_view name(Fault fault);

/// A finished exchange, as far as it got.
struct Exchange {
  /// Probes are not: they would drown the traffic. Nor is here what another replica counts.
  bool counted = true;
  hop::Arrival arrival = hop::Arrival::from_client;
  era::Method method = era::Method::none;
  int status = 0;
  Fault fault = Fault::none;
  bool has_waited_for_start = false;  ///< for a backend: a batch does so once, not for each message
  std::chrono::steady_clock::duration took{};
};

/// Counts finished exchanges: the one place, so that no path goes uncounted.
class Recorder {
 public:
  explicit Recorder(metrics::Registry& registry);

  void record(const Exchange& exchange);
  void connection_opened();
  void connection_closed();
  int connections() const;

  /// What backends said faster than their clients read, and was not kept.
  metrics::Counter dropped() const { return dropped_; }

  /// Requests that a backend is at work on: what autoscalers go by, as streams that merely stay
  /// open do not count.
  metrics::Gauge in_flight() const { return in_flight_; }

 private:
  const metrics::Histogram& duration(era::Method method, int status);

  static constexpr std::size_t statuses = 19;
  metrics::Registry& registry_;
  metrics::Gauge connections_;
  std::array<metrics::Counter, 10> errors_;
  metrics::Counter dropped_;
  metrics::Gauge in_flight_;
  // Made at first use, as most pairs never come up; then found without a lock.
  std::array<std::array<std::atomic<const metrics::Histogram*>, statuses>, era::method_count>
      durations_{};
  std::mutex mutex_;
  std::deque<metrics::Histogram> kept_;
};

}  // namespace mooring::pipeline
