// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// A tree of fields as data: what a document may hold. Checks, defaults, schemas and reference
/// pages come from the one tree.
namespace mooring::schema {

enum class Type {
  string,
  integer,
  number,
  boolean,
  object,      ///< `fields`
  list,        ///< `items.front()`; `list_key` set: entries are told apart by that field of theirs
  map,         ///< string keys, `items.front()` the values
  any_object,  ///< an object of any content, kept as it is
  quantity,    ///< a Kubernetes quantity: string or integer
};

/// A rule over several fields, in CEL for the API server and as a function for everyone else. The
/// two say the same; a test holds them together.
struct Rule {
  std::string cel;
  std::string message;                             ///< what is wrong, what is allowed
  bool (*holds)(const nlohmann::json&) = nullptr;  ///< absent: only the API server can tell
  /// What of the value is at fault, to be told before `message`: again in CEL, and as a function.
  std::string cel_culprit = {};
  std::string (*culprit)(const nlohmann::json&) = nullptr;
};

struct Field {
  std::string name;
  Type type = Type::string;
  std::string description;  ///< one or two sentences: effect, unit, when to change it

  bool required = false;
  nlohmann::json default_value;         ///< null: none
  std::optional<std::int64_t> minimum;  ///< value, length or number of entries, by type
  std::optional<std::int64_t> maximum;
  std::string pattern;              ///< RE2, whole value
  std::string pattern_hint;         ///< the pattern in words, e.g. `a duration such as "30s"`
  std::vector<std::string> values;  ///< the closed set of strings allowed
  std::string list_key;
  std::vector<Rule> rules;
  std::vector<Field> fields;
  std::vector<Field> items;
  nlohmann::json example;  ///< for reference pages

  /// The child field of that name, or nullptr.
  const Field* find(std::string_view child) const;
};

/// Builders, so that a table of fields reads as one.
Field string_field(std::string name, std::string description);
Field integer_field(
    std::string name, std::string description, std::int64_t minimum, std::int64_t maximum
);
Field boolean_field(std::string name, std::string description);
Field enum_field(std::string name, std::string description, std::vector<std::string> values);
Field duration_field(std::string name, std::string description, std::string default_value);
Field quantity_field(std::string name, std::string description);
Field object_field(std::string name, std::string description, std::vector<Field> fields);
Field list_field(
    std::string name,
    std::string description,
    Field item,
    std::int64_t minimum,
    std::int64_t maximum
);
Field keyed_list_field(
    std::string name,
    std::string description,
    std::string key,
    Field item,
    std::int64_t minimum,
    std::int64_t maximum
);
Field map_field(std::string name, std::string description, Field value, std::int64_t maximum);
Field any_object_field(std::string name, std::string description);

}  // namespace mooring::schema
