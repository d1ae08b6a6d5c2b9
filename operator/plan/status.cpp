// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/status.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::Condition;
using api::ConditionStatus;
using api::integer_at;
using nlohmann::json;

// Of events.k8s.io/v1.
constexpr std::size_t note_limit = 1024;

void set(api::Conditions& conditions, std::string_view type, const Finding& finding) {
  conditions.set(type, finding.status, name(finding.reason), finding.message);
}

ConditionStatus status_of_flag(bool holds) {
  return holds ? ConditionStatus::true_ : ConditionStatus::false_;
}

Event event(bool warning, Reason reason, std::string action, const std::string& note) {
  return {warning, reason, std::move(action), std::string(text::utf8_cut(note, note_limit))};
}

// Conditions are a map by type: their order means nothing.
json by_type(json status) {
  if (auto conditions = status.find("conditions");
      conditions != status.end() && conditions->is_array()) {
    std::sort(conditions->begin(), conditions->end(), [](const json& a, const json& b) {
      return api::text_at(a, {"type"}) < api::text_at(b, {"type"});
    });
  }
  return status;
}

json server_status(const Observed& observed) {
  if (!observed.probe || observed.probe->outcome != Probe::Outcome::verified) {
    return observed.server ? observed.server->at({"status", "server"}) : json();
  }
  const Probe& probe = *observed.probe;
  return {
      {"name", probe.server_name},
      {"version", probe.server_version},
      {"protocolVersions", probe.protocol_versions},
      {"tools", probe.tools}};
}

// That nobody tells of the way from outside is no reason to wait, nor to say that it is open.
std::string served(const std::optional<Finding>& route, std::string_view url) {
  return route && !route->is_true()
             ? "serves inside the cluster; whether clients reach " + std::string(url) +
                   " is not known: see " + std::string(route_programmed_type)
             : "serves at " + std::string(url);
}

std::string listed(const std::vector<Apply>& applies, bool with_reason) {
  std::vector<std::string> parts;
  for (const Apply& apply : applies) {
    parts.push_back(print(apply.object.ref()) + (with_reason ? " (" + apply.reason + ")" : ""));
  }
  return text::join(parts, ", ");
}

Event told_update(const std::vector<Apply>& updates, Cause cause, std::string_view image) {
  const std::string what = listed(updates, true);
  switch (cause) {
    case Cause::new_spec:
      return event(false, Reason::children_updated, "Update", "updates " + what);
    case Cause::new_image:
      return event(
          false,
          Reason::children_upgraded,
          "Update",
          "updates to the operator's endpoint image " + std::string(image) + ": " + what
      );
    case Cause::new_secret:
      return event(
          false,
          Reason::children_updated,
          "Update",
          "replaces the pods, for a Secret that they take variables from has another value: " + what
      );
    case Cause::drift:
      break;
  }
  return event(false, Reason::drift_corrected, "Update", "puts back " + what);
}

}  // namespace

void set_conditions(api::Conditions& conditions, const Findings& findings, std::string_view url) {
  set(conditions, accepted_type, findings.accepted);
  set(conditions, references_resolved_type, findings.references);
  set(conditions, workload_available_type, findings.workload);
  set(conditions, endpoint_verified_type, findings.endpoint);
  if (findings.route) {
    set(conditions, route_programmed_type, *findings.route);
  }
  if (findings.monitoring) {
    set(conditions, monitored_type, *findings.monitoring);
  }
  if (findings.scaling) {
    set(conditions, scaling_active_type, *findings.scaling);
  }
  const Finding* problem = findings.first_problem();
  const bool is_reconciling = problem != nullptr && !findings.is_stalled;
  if (problem == nullptr && findings.is_at_rest) {
    set(conditions, ready_type, findings.workload);
  } else if (problem == nullptr) {
    conditions.set(
        ready_type, ConditionStatus::true_, name(Reason::ready), served(findings.route, url)
    );
  } else {
    conditions.set(ready_type, ConditionStatus::false_, name(problem->reason), problem->message);
  }
  const auto flag = [&](std::string_view type, bool on) {
    conditions.set(
        type,
        status_of_flag(on),
        name(on ? problem->reason : Reason::settled),
        on ? problem->message : std::string()
    );
  };
  flag(reconciling_type, is_reconciling);
  flag(stalled_type, problem != nullptr && findings.is_stalled);
}

json status_of(
    const api::McpServer& server,
    const render::Desired& desired,
    const Observed& observed,
    const api::Conditions& conditions
) {
  const api::Object* deployment = observed.find("Deployment", server.key.name);
  const bool is_there = deployment != nullptr && is_ours(*deployment, server);
  const auto count = [&](std::string_view field) {
    return is_there ? integer_at(deployment->body(), {"status", field}) : 0;
  };
  json status = {
      {"observedGeneration", server.generation},
      {"replicas", count("replicas")},
      {"readyReplicas", count("readyReplicas")},
      {"selector", desired.selector},
      {"image", desired.image},
      {"conditions", conditions.to_json()}};
  // What is reached under this name now is somebody else's.
  if (is_blocked(server, observed)) {
    return status;
  }
  status["url"] = desired.url;
  if (json about = server_status(observed); about.is_object()) {
    status["server"] = std::move(about);
  }
  return status;
}

std::optional<json> status_patch(const api::Object& server, const json& status) {
  if (by_type(server.at({"status"})) == by_type(status)) {
    return std::nullopt;
  }
  // The uid makes the patch fail for a namesake that was made since.
  return json{
      {"apiVersion", api::api_version},
      {"kind", api::server_kind},
      {"metadata",
       {{"name", server.name()}, {"namespace", server.namespace_()}, {"uid", server.uid()}}},
      {"status", status}};
}

std::vector<Event> transitions(const api::Conditions& conditions) {
  const Condition* now = conditions.find(ready_type);
  const Condition* before = conditions.previous(ready_type);
  if (now == nullptr) {
    return {};
  }
  // These come and go by themselves; everything else that keeps it from being ready needs somebody.
  static constexpr Reason calm[] = {
      Reason::progressing,
      Reason::no_ready_replica,
      Reason::route_pending,
      Reason::not_evaluated,
      Reason::paused};
  const bool is_calm = now->status == ConditionStatus::true_ ||
                       std::any_of(std::begin(calm), std::end(calm), [&](Reason reason) {
                         return name(reason) == now->reason;
                       });
  const bool is_new = before == nullptr || before->reason != now->reason ||
                      (!is_calm && before->message != now->message);
  if (!is_new) {
    return {};
  }
  for (int i = 0; i <= static_cast<int>(Reason::children_deleted); ++i) {
    if (const auto reason = static_cast<Reason>(i); name(reason) == now->reason) {
      return {event(!is_calm, reason, "Reconcile", now->message)};
    }
  }
  return {};
}

std::vector<Event> writes(
    const ChildChanges& changes, Cause cause, std::string_view image, const keys::Outlook& keys
) {
  std::vector<Event> events;
  if (!changes.creates.empty()) {
    events.push_back(event(
        false, Reason::children_created, "Create", "creates " + listed(changes.creates, false)
    ));
  }
  // What the operator does to the keys is nobody's drift.
  std::vector<Apply> updates = changes.updates;
  const auto rotated = std::erase_if(updates, [&](const Apply& apply) {
    return keys.is_changed && apply.object.kind() == "Secret";
  });
  if (rotated > 0 && !keys.steps.empty()) {
    events.push_back(event(false, Reason::keys_rotated, "Update", text::join(keys.steps, "; ")));
  }
  if (!updates.empty()) {
    events.push_back(told_update(updates, cause, image));
  }
  if (!changes.adoptions.empty()) {
    events.push_back(event(
        false,
        Reason::children_adopted,
        "Adopt",
        "adopts " + listed(changes.adoptions, false) + ", as its annotation " +
            std::string(adopt_annotation) + " says"
    ));
  }
  if (!changes.deletes.empty()) {
    std::vector<std::string> names;
    for (const Delete& removal : changes.deletes) {
      names.push_back(print(removal.ref));
    }
    events.push_back(event(
        false,
        Reason::children_deleted,
        "Delete",
        "deletes " + text::join(names, ", ") + ", which is not to be there any more"
    ));
  }
  return events;
}

}  // namespace mooring::plan
