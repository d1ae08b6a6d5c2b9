// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/plan.hpp"

#include <string>
#include <vector>

namespace mooring::plan {

/// Desired objects against those that stand there.
struct ChildChanges {
  std::vector<Apply> creates;
  std::vector<Apply> updates;
  std::vector<Delete> deletes;
  std::vector<api::ObjectRef> conflicts;  ///< of a desired name, but not ours
  std::vector<api::ObjectRef> leaving;    ///< ours, but on its way out: wait, then make it anew

  bool touches(std::string_view kind) const;
};

ChildChanges compare_children(
    const api::McpServer& server, const render::Desired& desired, const Observed& observed
);

}  // namespace mooring::plan
