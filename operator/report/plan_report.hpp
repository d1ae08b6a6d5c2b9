// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/report/changes.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What would change in a cluster, for people and for programs.
namespace mooring::report {

enum class Action {
  none,
  create,
  change,
  remove,
  refuse,  ///< it belongs to somebody else, or the API server does not take it
  wait,    ///< one of that name is on its way out; made anew when it has gone
};

struct PlannedObject {
  api::ObjectRef ref;
  Action action = Action::none;
  std::vector<FieldChange> changes = {};
  std::string note = {};
};

struct PlannedServer {
  api::ObjectKey key;
  std::vector<PlannedObject> objects;  ///< the McpServer first
  std::string pods;                    ///< what becomes of them, in words
  bool rolls_pods = false;
  std::vector<std::string> notes = {};  ///< what one should know of this answer

  bool has(Action action) const;
  /// Whether anything is written.
  bool is_change() const;
};

std::string_view name(Action action);

/// What the change of a Deployment means for the pods.
void judge_pods(const api::Object* live, const api::Object* wanted, PlannedServer& plan);

std::string print(const PlannedServer& plan);
nlohmann::json to_json(const PlannedServer& plan);

}  // namespace mooring::report
