// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/rpc/value.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

/// JSON Schema 2020-12, the part that argument lists need, compiled once and checked in place.
namespace mooring::schema_check {

/// What is to be done with keywords that are not known here, or not in this form.
enum class Unsupported {
  refused,  ///< it would be a promise not kept
  left,     ///< who made the schema checks again: only what is surely wrong is complained of
};

class Schema {
 public:
  /// type, enum, const, properties, patternProperties, propertyNames, required, dependentRequired,
  /// additionalProperties, minProperties, maxProperties, prefixItems, items, minItems, maxItems,
  /// minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength, maxLength, pattern (RE2),
  /// anyOf, oneOf, allOf, not, if, then, else, $ref within the schema, $defs; annotations as they
  /// are.
  static Result<Schema> compile(
      const nlohmann::json& schema, Unsupported unsupported = Unsupported::refused
  );

  /// All that is wrong, at most 20; paths start at `root`. Empty: it fits.
  std::vector<FieldError> check(rpc::Value value, const std::string& root = "arguments") const;

  struct Node;

 private:
  std::shared_ptr<const std::vector<Node>> nodes_;
};

}  // namespace mooring::schema_check
