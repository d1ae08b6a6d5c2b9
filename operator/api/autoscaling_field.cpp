// SPDX-License-Identifier: Apache-2.0
#include "operator/api/autoscaling.hpp"
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;

bool has_a_target(const json& autoscaling) {
  return autoscaling.contains("targetInFlight") || autoscaling.contains("targetCpuPercent");
}

bool has_room(const json& autoscaling) {
  return integer_at(autoscaling, {"minReplicas"}) <= integer_at(autoscaling, {"maxReplicas"});
}

bool has_one_master(const json& spec) {
  return !spec.contains("replicas") || !spec.contains("autoscaling");
}

std::optional<std::int64_t> target_at(const json& value, std::string_view name) {
  const json& target = value_at(value, {name});
  return target.is_null() ? std::nullopt : std::optional(target.get<std::int64_t>());
}

}  // namespace

namespace fields {

using namespace schema;

Field autoscaling_field() {
  Field autoscaling = object_field(
      "autoscaling",
      "Lets a HorizontalPodAutoscaler choose the number of endpoint pods, in place of replicas. "
      "The condition ScalingActive tells whether it can.",
      {with_default(
           integer_field("minReplicas", "There are never fewer endpoint pods.", 1, 100), 2
       ),
       required(integer_field("maxReplicas", "There are never more endpoint pods.", 1, 100)),
       with_example(
           integer_field(
               "targetInFlight",
               "Calls under way that each pod is to have on average (metric mcp_calls_in_flight): "
               "the better measure where tools wait for others. The cluster must serve this metric "
               "of pods in the API custom.metrics.k8s.io, as prometheus-adapter does.",
               1,
               1'000'000
           ),
           40
       ),
       with_example(
           integer_field(
               "targetCpuPercent",
               "Processor time that the pods are to use on average, in percent of what all their "
               "containers request. The cluster must have metrics-server. With targetInFlight too, "
               "the one that wants more pods decides.",
               1,
               1'000
           ),
           80
       )}
  );
  autoscaling.rules.push_back(
      {"has(self.targetInFlight) || has(self.targetCpuPercent)",
       "must have targetInFlight or targetCpuPercent or both",
       has_a_target}
  );
  autoscaling.rules.push_back(
      {"self.minReplicas <= self.maxReplicas",
       "must have a minReplicas (2 if absent) that is at most maxReplicas",
       has_room}
  );
  return autoscaling;
}

schema::Rule one_master_rule() {
  return {
      "!has(self.replicas) || !has(self.autoscaling)",
      "replicas and autoscaling cannot both be there: leave out replicas to let the autoscaler "
      "choose, or remove autoscaling",
      has_one_master};
}

}  // namespace fields

Autoscaling read_autoscaling(const json& value) {
  return {
      integer_at(value, {"minReplicas"}),
      integer_at(value, {"maxReplicas"}),
      target_at(value, "targetInFlight"),
      target_at(value, "targetCpuPercent")};
}

}  // namespace mooring::api
