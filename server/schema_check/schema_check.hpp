// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/rpc/value.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <vector>

/// JSON Schema 2020-12, the part that argument lists need, compiled once and checked in place.
namespace mooring::schema_check {

class Schema {
 public:
  /// type, enum, const, properties, required, additionalProperties, minProperties, maxProperties,
  /// items, minItems, maxItems, minimum, maximum, exclusiveMinimum, exclusiveMaximum, minLength,
  /// maxLength, pattern (RE2), anyOf, oneOf, allOf, not, $ref within the schema, $defs; annotations
  /// as they are. Any other keyword would be a promise not kept, and is refused by name.
  static Result<Schema> compile(const nlohmann::json& schema);

  /// All that is wrong, at most 20; paths start at `root`. Empty: it fits.
  std::vector<FieldError> check(rpc::Value value, const std::string& root = "arguments") const;

  struct Node;

 private:
  std::shared_ptr<const std::vector<Node>> nodes_;
};

}  // namespace mooring::schema_check
