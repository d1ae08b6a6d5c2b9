// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/scaling.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"
#include "operator/plan/diff.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::ConditionStatus;
using api::integer_at;
using api::text_at;
using nlohmann::json;

constexpr std::string_view autoscaler = "HorizontalPodAutoscaler";

bool owns_replicas(const api::Object& live) {
  const json* owned = owned_fields(live, api::field_manager);
  return owned != nullptr && api::value_at(*owned, {"f:spec"}).contains("f:replicas");
}

bool says(const json& condition, std::string_view status) {
  return text_at(condition, {"status"}) == status;
}

std::string more_of(const api::Object& live) {
  return "; kubectl describe hpa " + live.name() + " tells more";
}

// Its own words have counts and addresses in them that come and go. Pods that have just started
// are measured by nobody, whatever is installed.
Finding unmeasured(const api::Object& live, const std::string& reason) {
  const auto finding = [&](const std::string& message) {
    return Finding{ConditionStatus::false_, Reason::metrics_missing, message + more_of(live)};
  };
  if (reason == "FailedGetPodsMetric") {
    return finding(
        "spec.autoscaling.targetInFlight: there are no measurements of mcp_calls_in_flight of "
        "these pods yet; if it stays so, install an adapter for custom.metrics.k8s.io, such as "
        "prometheus-adapter, with a rule for it"
    );
  }
  if (reason == "FailedGetResourceMetric") {
    return finding(
        "spec.autoscaling.targetCpuPercent: there are no measurements of these pods yet; if it "
        "stays so, install metrics-server"
    );
  }
  return {
      ConditionStatus::false_,
      Reason::scaling_failed,
      "the autoscaler cannot work (" + reason + ")" + more_of(live)};
}

Finding judge(const api::Autoscaling& wanted, const api::Object& live) {
  const json& conditions = live.at({"status", "conditions"});
  const json& able = api::condition_of(conditions, "AbleToScale");
  const json& active = api::condition_of(conditions, "ScalingActive");
  if (says(able, "False") && text_at(able, {"reason"}).starts_with("Failed")) {
    return unmeasured(live, text_at(able, {"reason"}));
  }
  if (says(active, "False")) {
    return unmeasured(live, text_at(active, {"reason"}));
  }
  const std::string range =
      std::to_string(wanted.min_replicas) + " to " + std::to_string(wanted.max_replicas);
  if (!says(active, "True")) {
    return {
        ConditionStatus::unknown,
        Reason::progressing,
        "the autoscaler has not told yet whether it can scale from " + range + " replicas"};
  }
  const json& limited = api::condition_of(conditions, "ScalingLimited");
  if (says(limited, "True") && text_at(limited, {"reason"}) == "TooManyReplicas") {
    return {
        ConditionStatus::true_,
        Reason::at_max_replicas,
        "the load asks for more than spec.autoscaling.maxReplicas, " +
            std::to_string(wanted.max_replicas) + "; raise it if calls are too slow"};
  }
  return {
      ConditionStatus::true_,
      Reason::scaling_active,
      "the autoscaler keeps " + range + " replicas, by the load"};
}

}  // namespace

api::Object with_scaled_replicas(
    const api::McpServer& server, api::Object deployment, const api::Object& live
) {
  const auto& wanted = server.spec.autoscaling;
  if (!wanted) {
    return deployment;
  }
  const std::int64_t now = integer_at(live.body(), {"spec", "replicas"});
  json& spec = deployment.body()["spec"];
  // At 0 an autoscaler does nothing: who had turned the server off wants it back.
  if (now == 0 || owns_replicas(live)) {
    spec["replicas"] = std::clamp(now, wanted->min_replicas, wanted->max_replicas);
  } else {
    spec.erase("replicas");
  }
  return deployment;
}

std::int64_t replicas_wanted(const api::McpServer& server, const api::Object& deployment) {
  return server.spec.autoscaling ? integer_at(deployment.body(), {"spec", "replicas"})
                                 : server.spec.replicas;
}

// As kubectl rollout status judges, which knows of no fewest.
bool is_rolled_out(const api::McpServer& server, const api::Object& deployment) {
  const auto count = [&](std::string_view field) {
    return integer_at(deployment.body(), {"status", field});
  };
  if (server.spec.autoscaling) {
    return count("updatedReplicas") == count("replicas") &&
           count("availableReplicas") >= server.spec.autoscaling->min_replicas;
  }
  const std::int64_t replicas = server.spec.replicas;
  return integer_at(deployment.body(), {"spec", "replicas"}) == replicas &&
         count("updatedReplicas") == replicas && count("availableReplicas") == replicas &&
         count("replicas") == replicas;
}

std::string_view replicas_field(const api::McpServer& server) {
  return server.spec.autoscaling ? "spec.autoscaling.minReplicas" : "spec.replicas";
}

std::optional<Finding> judge_scaling(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
) {
  if (!server.spec.autoscaling) {
    return std::nullopt;
  }
  const api::Object* live = observed.find(std::string(autoscaler), server.key.name);
  if (live != nullptr && !is_ours(*live, server)) {
    return Finding{ConditionStatus::unknown, Reason::not_evaluated, "not judged: see Accepted"};
  }
  if (live == nullptr || changes.touches(autoscaler)) {
    return Finding{
        ConditionStatus::unknown, Reason::progressing, "the autoscaler is being made or changed"};
  }
  return judge(*server.spec.autoscaling, *live);
}

}  // namespace mooring::plan
