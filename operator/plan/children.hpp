// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/adoption.hpp"
#include "operator/plan/plan.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mooring::plan {

/// Desired objects against those that stand there.
struct ChildChanges {
  std::vector<Apply> creates;
  std::vector<Apply> updates;
  std::vector<Apply> adoptions;  ///< of objects that were handed over
  std::vector<Delete> deletes;
  std::vector<Conflict> conflicts;      ///< of a desired name, but not ours
  std::vector<api::ObjectRef> leaving;  ///< on their way out: wait, then make them anew
  /// As below; then nothing is made, changed or deleted.
  bool is_blocked = false;

  bool touches(std::string_view kind) const;
};

/// Whether the operator made it for this resource: its owner reference says so, or it has lost that
/// and is still of our manager's making. Everything else belongs to somebody else.
bool is_ours(const api::Object& object, const api::McpServer& server);

/// Whether somebody else has a name that our pods would run with or clients would reach: nothing is
/// made, changed or asked then, for it would be done with what is not ours.
bool is_blocked(const api::McpServer& server, const Observed& observed);

ChildChanges compare_children(
    const api::McpServer& server, const render::Desired& desired, const Observed& observed
);

}  // namespace mooring::plan
