// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"

#include <string>
#include <vector>

namespace mooring::report {

/// One place at which two values differ; null is what is not there.
struct FieldChange {
  std::string path;  ///< e.g. `spec.template.spec.containers[endpoint].image`
  nlohmann::json from;
  nlohmann::json to;
  bool is_hidden = false;  ///< it is secret: that it changes is told, and no value

  bool operator==(const FieldChange&) const = default;
};

/// Every place at which two objects differ, in order of path, as people speak of them: entries of
/// lists by their names, JSON that a ConfigMap holds as text by its members. What the API server
/// keeps for itself, status and managed fields, is left out.
std::vector<FieldChange> field_changes(const api::Object& from, const api::Object& to);

/// `spec.replicas: 2 -> 3`, long values cut.
std::string print(const FieldChange& change);
nlohmann::json to_json(const FieldChange& change);

}  // namespace mooring::report
