// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace mooring::api {

/// Marks and place of the pods. What Kubernetes has types of its own for is kept as it is written:
/// the schema has checked it. Null is absent.
struct PodOptions {
  nlohmann::json labels;
  nlohmann::json annotations;
  nlohmann::json node_selector;
  nlohmann::json tolerations;
  nlohmann::json affinity;
  nlohmann::json topology_spread;  ///< null: over nodes, as a wish; empty: none
  std::string priority_class;      ///< empty: the cluster's default
  std::string service_account;     ///< empty: one of our own
  std::vector<std::string> image_pull_secrets;

  bool operator==(const PodOptions&) const = default;
};

/// Of `spec.pod`, null or as the schema has let it through.
PodOptions read_pod_options(const nlohmann::json& value);

}  // namespace mooring::api
