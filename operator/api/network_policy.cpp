// SPDX-License-Identifier: Apache-2.0
#include "operator/api/network_policy.hpp"

#include "operator/api/object.hpp"

namespace mooring::api {

NetworkPolicy read_network_policy(const nlohmann::json& value) {
  NetworkPolicy policy;
  policy.is_restricted = text_at(value, {"mode"}) == "Restricted";
  policy.from = value_at(value, {"from"});
  policy.metrics_from = value_at(value, {"metricsFrom"});
  policy.egress = value_at(value, {"egress"});
  return policy;
}

}  // namespace mooring::api
