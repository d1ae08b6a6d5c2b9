// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"

#include "core/text/ascii.hpp"
#include "operator/plan/children.hpp"
#include "operator/plan/judge.hpp"
#include "operator/plan/secrets.hpp"
#include "operator/plan/status.hpp"

#include <functional>

namespace mooring::plan {
namespace {

using api::Conditions;
using api::ConditionStatus;
using nlohmann::json;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

// While pods come up, what their endpoints say of themselves is asked for, as no event tells of it.
constexpr milliseconds progress_interval = 5s;
constexpr milliseconds stalled_interval = 30s;
constexpr milliseconds verify_interval = 5min;
constexpr milliseconds verify_jitter = 1min;
// Secrets are not watched: whoever may watch one in a cluster role may read all.
constexpr milliseconds secrets_interval = 1min;
constexpr milliseconds secrets_jitter = 10s;

// Spread by identity: servers made at one time are not asked at one time, and each keeps its beat.
milliseconds spread(milliseconds interval, milliseconds jitter, const std::string& uid) {
  const auto more = static_cast<std::int64_t>(
      std::hash<std::string>{}(uid) % static_cast<std::size_t>(jitter.count())
  );
  return interval + milliseconds(more);
}

Cause cause_of_changes(
    const api::Object& as_read,
    const api::McpServer& server,
    const render::Desired& desired,
    const Observed& observed,
    const Conditions& conditions
) {
  const json& body = as_read.body();
  // While it was paused, specs were seen and not obeyed.
  if (api::integer_at(body, {"status", "observedGeneration"}) != server.generation ||
      conditions.previous(paused_type) != nullptr) {
    return Cause::new_spec;
  }
  if (api::text_at(body, {"status", "image"}) != desired.image) {
    return Cause::new_image;
  }
  return secrets_hash_in_force(server, observed) != desired.secrets_hash ? Cause::new_secret
                                                                         : Cause::drift;
}

milliseconds look_again_at_endpoint(const api::McpServer& server, const Findings& findings) {
  if (findings.first_problem() == nullptr || findings.is_at_rest) {
    return spread(verify_interval, verify_jitter, server.uid);
  }
  return findings.is_stalled ? stalled_interval : progress_interval;
}

milliseconds look_again(
    const api::McpServer& server,
    const Findings& findings,
    const keys::Outlook& keys,
    time::Timestamp now
) {
  milliseconds after = look_again_at_endpoint(server, findings);
  if (takes_secrets(server)) {
    after = std::min(after, spread(secrets_interval, secrets_jitter, server.uid));
  }
  return keys.due ? std::min(after, std::chrono::ceil<milliseconds>(*keys.due - now)) : after;
}

// A status that speaks of one finding only: the rest of it stays as it was.
Plan status_only(
    const api::Object& server,
    Conditions conditions,
    const std::string& url,
    const Findings& findings
) {
  Plan plan;
  set_conditions(conditions, findings, url);
  json status = server.at({"status"});
  if (!status.is_object()) {
    status = json::object();
  }
  status["observedGeneration"] = server.generation();
  status["conditions"] = conditions.to_json();
  plan.status_patch = status_patch(server, status);
  plan.events = transitions(conditions);
  return plan;
}

bool says(const Error& error, std::string_view words) {
  return error.message.find(words) != std::string::npos;
}

// Quotas, admission and kinds that are being removed refuse with 403 as well.
bool is_missing_permission(const Error& error) {
  return error.code == Errc::forbidden && !says(error, "exceeded quota") &&
         !says(error, "definition is terminating") && !says(error, "admission webhook") &&
         !says(error, "ValidatingAdmissionPolicy");
}

std::string remedy_of(const Error& error) {
  if (says(error, "exceeded quota")) {
    return "; mend the quota of the namespace";
  }
  return says(error, "immutable") ? "; delete that object, and it is made anew" : "";
}

// What held before is taken to hold still; anything else is open, as it has not been judged.
Finding unless_true(const Conditions& conditions, std::string_view type, Reason reason) {
  const api::Condition* before = conditions.previous(type);
  if (before != nullptr && before->status == ConditionStatus::true_) {
    return {ConditionStatus::true_, reason, before->message};
  }
  return {ConditionStatus::unknown, Reason::not_evaluated, "has not been looked at"};
}

}  // namespace

Plan make(
    const api::McpServer& server,
    const render::Desired& desired,
    const Observed& observed,
    time::Timestamp now,
    const keys::Outlook& keys
) {
  if (!observed.server || observed.server->is_deleting()) {
    return {};
  }
  const api::Object& as_read = *observed.server;
  ChildChanges changes = compare_children(server, desired, observed);
  Conditions conditions(as_read.at({"status", "conditions"}), server.generation, now);
  const Findings findings = judge(server, observed, changes, conditions);
  set_conditions(conditions, findings, desired.url);

  Plan plan;
  plan.events = writes(
      changes, cause_of_changes(as_read, server, desired, observed, conditions), desired.image, keys
  );
  for (Event& event : transitions(conditions)) {
    plan.events.push_back(std::move(event));
  }
  plan.status_patch = status_patch(as_read, status_of(server, desired, observed, conditions));
  plan.requeue_after = look_again(server, findings, keys, now);
  for (const api::Object& wanted : desired.objects) {
    for (std::vector<Apply>* list : {&changes.creates, &changes.updates, &changes.adoptions}) {
      for (Apply& apply : *list) {
        if (apply.object.ref() == wanted.ref()) {
          plan.applies.push_back(std::move(apply));
          break;
        }
      }
    }
  }
  plan.deletes = std::move(changes.deletes);
  return plan;
}

bool is_paused(const api::McpServer& server) {
  return server.spec.suspend || server.wishes.paused;
}

Plan paused(const api::Object& as_read, const api::McpServer& server, time::Timestamp now) {
  if (as_read.is_deleting()) {
    return {};
  }
  const std::string why = server.spec.suspend
                              ? "spec.suspend is true: nothing is changed until it is false"
                              : "the annotation " + std::string(api::paused_annotation) +
                                    " is \"true\": nothing is changed until it goes";
  const json before = as_read.at({"status", "conditions"});
  Conditions conditions(before, server.generation, now);
  const api::Condition* ready = conditions.previous(ready_type);
  const auto tell = [&](std::string_view type, ConditionStatus status, std::string message) {
    conditions.set(type, status, name(Reason::paused), std::move(message));
  };
  tell(paused_type, ConditionStatus::true_, why);
  tell(ready_type, ready != nullptr ? ready->status : ConditionStatus::unknown, why);
  tell(reconciling_type, ConditionStatus::false_, "");
  tell(stalled_type, ConditionStatus::false_, "");
  json list = conditions.to_json();
  if (before.is_array()) {
    for (const json& condition : before) {
      if (conditions.find(api::text_at(condition, {"type"})) == nullptr) {
        list.push_back(condition);
      }
    }
  }
  Plan plan;
  json status = as_read.at({"status"});
  if (!status.is_object()) {
    status = json::object();
  }
  status["observedGeneration"] = server.generation;
  status["conditions"] = std::move(list);
  plan.status_patch = status_patch(as_read, status);
  plan.events = transitions(conditions);
  return plan;
}

Plan rejected(
    const api::Object& server, const std::vector<FieldError>& errors, time::Timestamp now
) {
  if (server.is_deleting()) {
    return {};
  }
  Conditions conditions(server.at({"status", "conditions"}), server.generation(), now);
  Findings findings;
  findings.accepted = {ConditionStatus::false_, Reason::invalid_spec, describe(errors)};
  const Finding unjudged{ConditionStatus::unknown, Reason::not_evaluated, "the spec is not valid"};
  findings.references = unjudged;
  findings.workload = unjudged;
  findings.endpoint = unjudged;
  findings.is_stalled = true;
  return status_only(server, std::move(conditions), "", findings);
}

Plan failed(
    const api::Object& server, const Error& error, time::Timestamp now, std::string_view child
) {
  const bool is_for_people = error.code == Errc::forbidden || error.code == Errc::invalid;
  // Nothing can be made in a namespace that is going away, and nobody needs to be told.
  const bool is_going = error.message.find("being terminated") != std::string::npos;
  if (!is_for_people || is_going || server.is_deleting()) {
    return {};
  }
  Conditions conditions(server.at({"status", "conditions"}), server.generation(), now);
  Findings findings;
  findings.accepted = {ConditionStatus::true_, Reason::accepted, "the spec is valid"};
  findings.references =
      unless_true(conditions, references_resolved_type, Reason::references_resolved);
  const bool lacks_permission = is_missing_permission(error);
  const Finding refused{
      ConditionStatus::false_,
      lacks_permission ? Reason::forbidden : Reason::apply_failed,
      (lacks_permission ? "the operator lacks a permission: "
                        : "the API server refuses what this spec becomes: ") +
          error.message + remedy_of(error)};
  const bool is_of_route = child == "Ingress" || child == "HTTPRoute";
  findings.workload =
      is_of_route ? unless_true(conditions, workload_available_type, Reason::available) : refused;
  findings.endpoint = unless_true(conditions, endpoint_verified_type, Reason::verified);
  if (is_of_route) {
    findings.route = refused;
  } else if (conditions.previous(route_programmed_type) != nullptr) {
    findings.route = unless_true(conditions, route_programmed_type, Reason::route_programmed);
  }
  if (conditions.previous(monitored_type) != nullptr) {
    findings.monitoring = unless_true(conditions, monitored_type, Reason::monitored);
  }
  if (conditions.previous(scaling_active_type) != nullptr) {
    findings.scaling = unless_true(conditions, scaling_active_type, Reason::scaling_active);
  }
  findings.is_stalled = error.code == Errc::invalid;
  return status_only(
      server, std::move(conditions), api::text_at(server.body(), {"status", "url"}), findings
  );
}

}  // namespace mooring::plan
