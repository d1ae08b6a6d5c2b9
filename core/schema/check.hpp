// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "core/schema/field.hpp"

#include <string>
#include <vector>

namespace mooring::schema {

/// A document after the check: the value with defaults filled in, and everything that is wrong with
/// it (all of it, in document order, at most 50).
struct Checked {
  nlohmann::json value;
  std::vector<FieldError> errors;
};

/// Unknown fields, missing ones, wrong types, bounds, patterns, double keys and rules; `path` is
/// the root's name in messages, e.g. `spec`.
Checked check(const Field& root, nlohmann::json value, const std::string& path);

}  // namespace mooring::schema
