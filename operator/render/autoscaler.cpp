// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

json metrics(const api::Autoscaling& wanted) {
  json list = json::array();
  // Resources first: the API server sorts them so.
  if (wanted.target_cpu_percent) {
    list.push_back(
        {{"type", "Resource"},
         {"resource",
          {{"name", "cpu"},
           {"target",
            {{"type", "Utilization"}, {"averageUtilization", *wanted.target_cpu_percent}}}}}}
    );
  }
  if (wanted.target_in_flight) {
    list.push_back(
        {{"type", "Pods"},
         {"pods",
          {{"metric", {{"name", in_flight_metric}}},
           {"target",
            {{"type", "AverageValue"},
             {"averageValue", std::to_string(*wanted.target_in_flight)}}}}}}
    );
  }
  return list;
}

}  // namespace

// Of the Deployment, not of the McpServer: an autoscaler that wrote the spec would fight whoever
// keeps that in a repository.
api::Object horizontal_pod_autoscaler(
    const api::McpServer& server, const api::Autoscaling& wanted
) {
  json object = head(server, "HorizontalPodAutoscaler", server.key.name);
  object["spec"] = {
      {"scaleTargetRef",
       {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", server.key.name}}},
      {"minReplicas", wanted.min_replicas},
      {"maxReplicas", wanted.max_replicas},
      {"metrics", metrics(wanted)}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
