// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

namespace mooring::api {

/// Who may reach the pods and whom they may reach; peers and rules are kept as Kubernetes has them.
struct NetworkPolicy {
  bool is_restricted = false;
  nlohmann::json from;          ///< null: everyone
  nlohmann::json metrics_from;  ///< null: every pod of the cluster
  nlohmann::json egress;        ///< null: nothing

  bool operator==(const NetworkPolicy&) const = default;
};

/// Of `spec.networkPolicy` as the schema has let it through.
NetworkPolicy read_network_policy(const nlohmann::json& value);

}  // namespace mooring::api
