// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>

namespace mooring::api {

/// How many pods there are follows from what they have to do. At least one target is there.
struct Autoscaling {
  std::int64_t min_replicas = 0;
  std::int64_t max_replicas = 0;
  std::optional<std::int64_t> target_in_flight;    ///< calls a pod
  std::optional<std::int64_t> target_cpu_percent;  ///< of what its containers request

  bool operator==(const Autoscaling&) const = default;
};

/// Of `spec.autoscaling` as the schema has let it through.
Autoscaling read_autoscaling(const nlohmann::json& value);

}  // namespace mooring::api
