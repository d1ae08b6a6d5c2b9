// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace mooring::api::fields {
namespace {

using nlohmann::json;
using namespace schema;

constexpr char key_pattern[] =
    "^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$";

bool has_good_keys(const json& map) {
  static const RE2 key(key_pattern);
  return std::all_of(map.items().begin(), map.items().end(), [](const auto& entry) {
    return RE2::FullMatch(entry.key(), key);
  });
}

Field label_value_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 0, 63),
      "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
      "a label's value: letters, digits, \"-\", \"_\" and \".\", no sign first or last"
  );
}

}  // namespace

Field object_name_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 1, 253),
      "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$",
      "the name of an object: lower-case letters, digits, \"-\" and \".\""
  );
}

Field key_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 1, 317),
      key_pattern,
      "a key such as \"zone\" or \"example.com/zone\""
  );
}

Field with_good_keys(Field map) {
  return with_rule(
      std::move(map),
      {std::string("self.all(key, key.matches('") + key_pattern + "'))",
       "must have keys such as \"zone\" or \"example.com/zone\": letters, digits, \"-\", \"_\" and "
       "\".\", at most 63, after a domain name and \"/\" or without",
       has_good_keys}
  );
}

Field label_map_field(std::string name, std::string description) {
  return with_good_keys(
      map_field(std::move(name), std::move(description), label_value_field("", ""), 32)
  );
}

Field expressions_field(
    std::string name, std::string description, std::vector<std::string> operators
) {
  Field item = object_field(
      "",
      "",
      {required(key_field("key", "The label's key.")),
       required(enum_field("operator", "How its value is compared.", std::move(operators))),
       list_field(
           "values",
           "What it is compared with; none for Exists and DoesNotExist.",
           label_value_field("", ""),
           0,
           64
       )}
  );
  return list_field(std::move(name), std::move(description), std::move(item), 0, 16);
}

Field label_selector_field(std::string name, std::string description) {
  return object_field(
      std::move(name),
      std::move(description),
      {label_map_field("matchLabels", "Labels and the values they must have."),
       expressions_field(
           "matchExpressions",
           "What else must hold of the labels.",
           {"In", "NotIn", "Exists", "DoesNotExist"}
       )}
  );
}

}  // namespace mooring::api::fields
