// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/schema_check/schema_check.hpp"

#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mooring::schema_check {

/// Bits of `Schema::Node::types`.
enum Type : unsigned {
  object = 1,
  array = 2,
  string = 4,
  number = 8,  ///< and integers
  integer = 16,
  boolean = 32,
  null = 64,
};

/// One schema; other schemas are named by their place in the list of all.
struct Schema::Node {
  using Index = std::size_t;

  bool inexact = false;  ///< there is more to the schema than is checked here
  bool never = false;    ///< the schema `false`
  unsigned types = 0;    ///< of Type; 0: any
  std::optional<std::vector<nlohmann::json>> allowed;  ///< enum; const is a list of one

  std::vector<std::pair<std::string, Index>> properties;
  std::vector<std::string> required;
  std::optional<Index> additional;
  bool closed = false;  ///< additionalProperties: false
  std::vector<std::pair<std::shared_ptr<const RE2>, Index>> patterned;  ///< patternProperties
  std::optional<Index> names;                                           ///< propertyNames
  /// dependentRequired: with the first, the others must be there.
  std::vector<std::pair<std::string, std::vector<std::string>>> dependents;
  std::optional<std::uint64_t> min_properties, max_properties;

  std::vector<Index> prefix_items;
  std::optional<Index> items;  ///< all after those
  std::optional<std::uint64_t> min_items, max_items;

  std::optional<double> minimum, maximum, above, below;

  std::optional<std::uint64_t> min_length, max_length;  ///< in Unicode characters
  std::shared_ptr<const RE2> pattern;                   ///< found anywhere, not the whole

  std::vector<Index> all_of, any_of, one_of;
  std::optional<Index> negated;
  std::optional<Index> condition, then, otherwise;  ///< if, then, else
  std::optional<Index> reference;
};

/// Whether schemas lead to each other without going down into the value: they would be checked
/// without end.
bool goes_in_circles(const std::vector<Schema::Node>& nodes);

}  // namespace mooring::schema_check
