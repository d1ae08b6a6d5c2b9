// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/record.hpp"

#include <algorithm>
#include <string>

namespace mooring::pipeline {
namespace {

// All that a reply of ours can say; the last stands for anything else.
constexpr std::array codes = {
    200, 202, 204, 400, 403, 404, 405, 406, 408, 413, 415, 421, 429, 431, 500, 501, 502, 503, 0};

std::size_t index_of(int status) {
  const auto* found = std::find(codes.begin(), codes.end() - 1, status);
  return static_cast<std::size_t>(found - codes.begin());
}

}  // namespace

std::string_view name(Fault fault) {
  switch (fault) {
    case Fault::none:
      return "none";
    case Fault::refused:
      return "refused";
    case Fault::malformed:
      return "malformed";
    case Fault::session:
      return "session";
    case Fault::unknown:
      return "unknown";
    case Fault::tool:
      return "tool";
    case Fault::backend:
      return "backend";
    case Fault::timeout:
      return "timeout";
    case Fault::cancelled:
      return "cancelled";
    case Fault::internal:
      return "internal";
  }
  return "internal";
}

Recorder::Recorder(metrics::Registry& registry)
    : registry_(registry),
      connections_(registry.gauge("mcp_active_connections", "Open connections to the MCP port.")),
      dropped_(registry.counter(
          "mcp_backend_messages_dropped_total",
          "What backends told or asked in the middle of calls faster than the client read."
      )),
      in_flight_(registry.gauge("mcp_calls_in_flight", "Requests that a backend is at work on.")) {
  for (std::size_t i = 1; i < errors_.size(); ++i) {
    errors_[i] = registry.counter(
        "mcp_errors_total",
        "Requests that ended in an error, by who has to look into it.",
        {{"error_type", std::string(name(static_cast<Fault>(i)))}}
    );
  }
}

const metrics::Histogram& Recorder::duration(era::Method method, int status) {
  static_assert(codes.size() == statuses);
  auto& slot = durations_[static_cast<std::size_t>(method)][index_of(status)];
  if (const metrics::Histogram* made = slot.load(std::memory_order_acquire)) {
    return *made;
  }
  const std::lock_guard lock(mutex_);
  const std::string code = codes[index_of(status)] == 0 ? "other" : std::to_string(status);
  kept_.push_back(registry_.histogram(
      "mcp_request_duration_seconds",
      "Time from a request read whole to its reply ready.",
      {{"method", std::string(era::name(method))}, {"status_code", code}},
      {0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10}
  ));
  slot.store(&kept_.back(), std::memory_order_release);
  return kept_.back();
}

void Recorder::record(const Exchange& exchange) {
  if (!exchange.counted) {
    return;
  }
  duration(exchange.method, exchange.status)
      .observe(std::chrono::duration<double>(exchange.took).count());
  if (exchange.fault != Fault::none) {
    errors_[static_cast<std::size_t>(exchange.fault)].increment();
  }
}

void Recorder::connection_opened() {
  connections_.add(1);
}

void Recorder::connection_closed() {
  connections_.add(-1);
}

int Recorder::connections() const {
  return static_cast<int>(connections_.value());
}

}  // namespace mooring::pipeline
