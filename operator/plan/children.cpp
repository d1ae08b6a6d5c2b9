// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/children.hpp"

#include "operator/api/kinds.hpp"
#include "operator/plan/diff.hpp"
#include "operator/plan/scaling.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

bool was_applied_by_us(const api::Object& object) {
  for (const auto& entry : object.at({"metadata", "managedFields"})) {
    if (api::text_at(entry, {"manager"}) == api::field_manager &&
        api::text_at(entry, {"operation"}) == "Apply") {
      return true;
    }
  }
  return false;
}

// The garbage collector is about to take what belonged to a namesake that is gone.
bool is_leaving(const api::Object& object, const api::McpServer& server) {
  return object.controller_uid() != server.uid && object.controlling_server() == server.key.name;
}

bool is_foreign(const api::Object& object, const api::McpServer& server) {
  return !is_leaving(object, server) && !is_ours(object, server) && !is_handed_over(object, server);
}

// Only as it was read: what has come in its place since may be anybody's.
Apply adoption(api::Object fitted, const api::Object& live) {
  fitted.body()["metadata"]["resourceVersion"] = live.resource_version();
  return {std::move(fitted), "is handed over"};
}

// What neither runs the pods nor is reached inside the cluster: the rest does without. An account
// or a policy that this spec does not have matters as little; without one that it has no pod may
// run.
bool is_vital(std::string_view kind, const api::McpServer& server) {
  if (kind == "ServiceAccount") {
    return server.spec.pod.service_account.empty();
  }
  if (kind == "NetworkPolicy") {
    return server.spec.network_policy.is_restricted;
  }
  return kind != "PodDisruptionBudget" && kind != "HorizontalPodAutoscaler" && kind != "Ingress" &&
         kind != "HTTPRoute" && kind != api::pod_monitor_kind && kind != api::prometheus_rule_kind;
}

}  // namespace

bool is_ours(const api::Object& object, const api::McpServer& server) {
  const std::string controller = object.controller_uid();
  return controller.empty() ? was_applied_by_us(object) : controller == server.uid;
}

bool ChildChanges::touches(std::string_view kind) const {
  const auto is_of_kind = [&](const Apply& apply) { return apply.object.kind() == kind; };
  return std::any_of(creates.begin(), creates.end(), is_of_kind) ||
         std::any_of(updates.begin(), updates.end(), is_of_kind) ||
         std::any_of(adoptions.begin(), adoptions.end(), is_of_kind);
}

bool is_blocked(const api::McpServer& server, const Observed& observed) {
  return std::any_of(
      observed.children.begin(),
      observed.children.end(),
      [&](const api::Object& object) {
        return is_vital(object.kind(), server) && is_foreign(object, server);
      }
  );
}

ChildChanges compare_children(
    const api::McpServer& server, const render::Desired& desired, const Observed& observed
) {
  ChildChanges changes;
  for (const api::Object& wanted : desired.objects) {
    if (observed.missing_kinds.contains(wanted.kind())) {
      continue;
    }
    const api::Object* live = observed.find(wanted.kind(), wanted.name());
    if (live == nullptr) {
      changes.creates.push_back({wanted, "is missing"});
    } else if (is_foreign(*live, server)) {
      changes.conflicts.push_back(conflict(*live));
    } else if (is_leaving(*live, server) || live->is_deleting()) {
      changes.leaving.push_back(wanted.ref());
    } else {
      api::Object fitted =
          wanted.kind() == "Deployment" ? with_scaled_replicas(server, wanted, *live) : wanted;
      if (!is_ours(*live, server)) {
        changes.adoptions.push_back(adoption(std::move(fitted), *live));
      } else if (const auto place = difference(*live, fitted, api::field_manager)) {
        changes.updates.push_back({std::move(fitted), *place + " differs"});
      }
    }
  }
  changes.is_blocked = is_blocked(server, observed);
  if (changes.is_blocked) {
    changes.creates.clear();
    changes.updates.clear();
    changes.adoptions.clear();
    return changes;
  }
  for (const api::Object& live : observed.children) {
    const bool is_wanted =
        std::any_of(desired.objects.begin(), desired.objects.end(), [&](const api::Object& wanted) {
          return wanted.kind() == live.kind() && wanted.name() == live.name();
        });
    if (!is_wanted && is_ours(live, server) && !live.is_deleting()) {
      changes.deletes.push_back({live.ref(), live.uid(), live.resource_version()});
    }
  }
  std::sort(changes.deletes.begin(), changes.deletes.end(), [](const Delete& a, const Delete& b) {
    return a.ref < b.ref;
  });
  return changes;
}

}  // namespace mooring::plan
