// SPDX-License-Identifier: Apache-2.0
#include "operator/api/pod_options.hpp"

#include "operator/api/object.hpp"

namespace mooring::api {

PodOptions read_pod_options(const nlohmann::json& value) {
  PodOptions pod;
  pod.labels = value_at(value, {"labels"});
  pod.annotations = value_at(value, {"annotations"});
  pod.node_selector = value_at(value, {"nodeSelector"});
  pod.tolerations = value_at(value, {"tolerations"});
  pod.affinity = value_at(value, {"affinity"});
  pod.topology_spread = value_at(value, {"topologySpreadConstraints"});
  pod.priority_class = text_at(value, {"priorityClassName"});
  pod.service_account = text_at(value, {"serviceAccountName"});
  for (const nlohmann::json& secret : value_at(value, {"imagePullSecrets"})) {
    pod.image_pull_secrets.push_back(text_at(secret, {"name"}));
  }
  return pod;
}

}  // namespace mooring::api
