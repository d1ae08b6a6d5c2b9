// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"
#include "core/time/duration.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

/// What the field table is written with, beside core/schema's builders.
namespace mooring::settings {

using nlohmann::json;
using schema::Field;

inline const std::string& string_at(const json& value) {
  return value.get_ref<const std::string&>();
}

inline Field with_default(Field field, json value) {
  field.default_value = std::move(value);
  return field;
}

inline Field required(Field field) {
  field.required = true;
  return field;
}

inline Field sized(Field field, std::int64_t minimum, std::int64_t maximum) {
  field.minimum = minimum;
  field.maximum = maximum;
  return field;
}

inline Field like(Field field, std::string pattern, std::string hint) {
  field.pattern = std::move(pattern);
  field.pattern_hint = std::move(hint);
  return field;
}

/// No process can be given it: arguments, variables and paths end there.
inline Field without_nul(Field field) {
  return like(std::move(field), R"([^\x00]*)", "text without the character NUL (\\x00)");
}

template <std::int64_t low_ms, std::int64_t high_ms>
Field bounded_duration(std::string name, std::string description, std::string default_value) {
  Field field =
      schema::duration_field(std::move(name), std::move(description), std::move(default_value));
  const auto print = [](std::int64_t ms) {
    return time::print_duration(std::chrono::milliseconds(ms));
  };
  field.pattern_hint += ", from " + print(low_ms) + " to " + print(high_ms);
  field.rules.push_back(
      {.cel = "",
       .message = "must be a duration from " + print(low_ms) + " to " + print(high_ms),
       .holds =
           [](const json& value) {
             const auto duration = time::parse_duration(string_at(value));
             return duration && duration->count() >= low_ms && duration->count() <= high_ms;
           }}
  );
  return field;
}

/// The table of `backends`.
Field backends_field();

}  // namespace mooring::settings
