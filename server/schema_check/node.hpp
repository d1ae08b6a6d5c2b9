// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/schema_check/schema_check.hpp"

#include <nlohmann/json.hpp>
#include <re2/re2.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

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

  bool never = false;                                  ///< the schema `false`
  unsigned types = 0;                                  ///< of Type; 0: any
  std::optional<std::vector<nlohmann::json>> allowed;  ///< enum; const is a list of one

  std::vector<std::pair<std::string, Index>> properties;
  std::vector<std::string> required;
  std::optional<Index> additional;
  bool closed = false;  ///< additionalProperties: false
  std::optional<std::uint64_t> min_properties, max_properties;

  std::optional<Index> items;
  std::optional<std::uint64_t> min_items, max_items;

  std::optional<double> minimum, maximum, above, below;

  std::optional<std::uint64_t> min_length, max_length;  ///< in Unicode characters
  std::shared_ptr<const RE2> pattern;                   ///< found anywhere, not the whole

  std::vector<Index> all_of, any_of, one_of;
  std::optional<Index> negated;
  std::optional<Index> reference;
};

}  // namespace mooring::schema_check
