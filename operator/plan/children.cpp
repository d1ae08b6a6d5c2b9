// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/children.hpp"

#include "operator/api/kinds.hpp"
#include "operator/plan/diff.hpp"

#include <algorithm>

namespace mooring::plan {

bool ChildChanges::touches(std::string_view kind) const {
  const auto is_of_kind = [&](const Apply& apply) { return apply.object.kind() == kind; };
  return std::any_of(creates.begin(), creates.end(), is_of_kind) ||
         std::any_of(updates.begin(), updates.end(), is_of_kind);
}

ChildChanges compare_children(
    const api::McpServer& server, const render::Desired& desired, const Observed& observed
) {
  ChildChanges changes;
  for (const api::Object& wanted : desired.objects) {
    const api::Object* live = observed.find(wanted.kind(), wanted.name());
    if (live == nullptr) {
      changes.creates.push_back({wanted, "is missing"});
    } else if (live->controller_uid() != server.uid) {
      changes.conflicts.push_back(wanted.ref());
    } else if (live->is_deleting()) {
      changes.leaving.push_back(wanted.ref());
    } else if (const auto place = difference(*live, wanted, api::field_manager)) {
      changes.updates.push_back({wanted, *place + " differs"});
    }
  }
  for (const api::Object& live : observed.children) {
    const bool is_wanted =
        std::any_of(desired.objects.begin(), desired.objects.end(), [&](const api::Object& wanted) {
          return wanted.kind() == live.kind() && wanted.name() == live.name();
        });
    if (!is_wanted && live.controller_uid() == server.uid && !live.is_deleting()) {
      changes.deletes.push_back({live.ref(), live.uid(), live.resource_version()});
    }
  }
  std::sort(changes.deletes.begin(), changes.deletes.end(), [](const Delete& a, const Delete& b) {
    return a.ref < b.ref;
  });
  return changes;
}

}  // namespace mooring::plan
