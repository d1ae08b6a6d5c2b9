// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <string>

/// How a server is watched by Prometheus and Grafana.
namespace mooring::api {

/// Whether an object is made whose kind the cluster may not have.
enum class Wanted {
  where_installed,  ///< silently not elsewhere
  always,           ///< a cluster without the kind is told of
  never,
};

struct Alerts {
  Wanted rules = Wanted::where_installed;
  double errors_per_second = 0;
  double p95_seconds = 0;
  std::chrono::milliseconds down_for{};
  double availability_percent = 0;
  std::map<std::string, std::string> labels;  ///< of every alert
  std::string runbooks;                       ///< the page that explains them

  bool operator==(const Alerts&) const = default;
};

struct Monitoring {
  Wanted scrape = Wanted::where_installed;
  std::map<std::string, std::string> labels;  ///< of the objects, by which a Prometheus chooses
  Alerts alerts;

  bool operator==(const Monitoring&) const = default;
};

inline constexpr const char* pod_monitor_kind = "PodMonitor";
inline constexpr const char* prometheus_rule_kind = "PrometheusRule";

/// Of `spec.monitoring` as the schema has let it through.
Monitoring read_monitoring(const nlohmann::json& value);

}  // namespace mooring::api
