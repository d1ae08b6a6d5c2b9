// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"
#include "core/text/ascii.hpp"
#include "core/time/duration.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// What the table of the resource's fields is made of: the shapes its parts share, and the parts.
namespace mooring::api::fields {

using schema::Field;

Field required(Field field);
Field matching(Field field, std::string pattern, std::string hint);
Field with_default(Field field, nlohmann::json value);
Field with_example(Field field, nlohmann::json value);
Field with_rule(Field field, schema::Rule rule);

Field text_field(
    std::string name, std::string description, std::int64_t minimum, std::int64_t maximum
);
/// No process can be given a NUL: arguments and variables end there.
Field without_nul(Field field);
/// What clients show to people and models.
Field printable(Field field);
Field image_field(std::string description);
Field resources_field(std::string description, const std::string& least_memory);

/// Names and labels as Kubernetes has them.
Field object_name_field(std::string name, std::string description);
Field namespace_field(std::string name, std::string description);
Field label_value_field(std::string name, std::string description);
Field key_field(std::string name, std::string description);
Field with_good_keys(Field map);
Field label_map_field(std::string name, std::string description);
Field expressions_field(
    std::string name, std::string description, std::vector<std::string> operators
);
Field label_selector_field(std::string name, std::string description);

using KeyTest = bool (*)(const std::string& key);

template <KeyTest is_good>
bool has_good_keys(const nlohmann::json& map) {
  return std::all_of(map.items().begin(), map.items().end(), [](const auto& entry) {
    return is_good(entry.key());
  });
}

template <KeyTest is_good>
std::string first_bad_entry(const nlohmann::json& map) {
  constexpr std::size_t shown = 63;
  for (const auto& [key, value] : map.items()) {
    if (!is_good(key)) {
      const auto& words = value.template get_ref<const std::string&>();
      return "has " + text::quoted(key) +
             (text::utf8_characters(words) <= shown ? ": " + text::quoted(words) : "");
    }
  }
  return "";
}

/// What must hold of each key of a map of texts; the message names the first entry of which it
/// does not. `cel` is over `key`.
template <KeyTest is_good>
schema::Rule key_rule(const std::string& cel, std::string message) {
  return {
      "self.all(key, " + cel + ")",
      std::move(message),
      has_good_keys<is_good>,
      R"('has "' + self.filter(key, !()" + cel +
          R"()).map(key, key + (self[key].size() <= 63 ? '": "' + self[key] : ''))[0] + '"')",
      first_bad_entry<is_good>};
}

template <std::int64_t low, std::int64_t high>
bool lasts_within(const nlohmann::json& value) {
  const auto duration = time::parse_duration(value.get_ref<const std::string&>());
  return duration && duration->count() >= low && duration->count() <= high;
}

template <std::int64_t low, std::int64_t high>
Field bounded_duration(std::string name, std::string description, std::string default_value) {
  const std::string from = time::print_duration(std::chrono::milliseconds(low));
  const std::string to = time::print_duration(std::chrono::milliseconds(high));
  Field field =
      schema::duration_field(std::move(name), std::move(description), std::move(default_value));
  field.rules.push_back(
      {"duration(self) >= duration('" + from + "') && duration(self) <= duration('" + to + "')",
       "must last from " + from + " to " + to,
       lasts_within<low, high>}
  );
  return field;
}

template <const auto& first, const auto& second>
bool has_exactly_one(const nlohmann::json& value) {
  return value.contains(first) != value.contains(second);
}

/// The parts of the spec that have a file of their own.
Field backends_field();
Field affinity_field();
Field pod_field();
Field network_policy_field();
Field ingress_field();
Field gateway_field();
Field monitoring_field();
Field autoscaling_field();
/// Over the whole spec.
schema::Rule one_path_rule();
schema::Rule one_master_rule();

}  // namespace mooring::api::fields
