// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace mooring::api::fields {
namespace {

using nlohmann::json;
using namespace schema;

constexpr char key_pattern[] =
    R"(^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?)"
    R"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$)";

bool is_good_key(const std::string& key) {
  static const RE2 pattern(key_pattern);
  return RE2::FullMatch(key, pattern);
}

// What the API server holds each operator to. Gt and Lt are of nodes only, where the scheduler
// wants a number.
bool has_values_that_fit(const json& expression) {
  static const RE2 number("[0-9]{1,18}");
  const std::string compared = text_at(expression, {"operator"});
  const json& values = value_at(expression, {"values"});
  if (compared == "In" || compared == "NotIn") {
    return !values.empty();
  }
  if (compared == "Exists" || compared == "DoesNotExist") {
    return values.empty();
  }
  return values.size() == 1 && RE2::FullMatch(values[0].get<std::string>(), number);
}

std::string shown_expression(const json& expression) {
  return "has operator " + text_at(expression, {"operator"}) +
         (value_at(expression, {"values"}).empty() ? " and no values" : " and values");
}

Rule values_rule(bool has_numbers) {
  const std::string count = "(has(self.values) ? self.values.size() : 0)";
  return {
      std::string("self.operator in ['In', 'NotIn'] ? ") + count +
          " > 0 : self.operator in ['Exists', 'DoesNotExist'] ? " + count + " == 0 : " + count +
          " == 1 && self.values[0].matches('^[0-9]{1,18}$')",
      std::string("must have values where operator is In or NotIn, and none where it is Exists or "
                  "DoesNotExist"
      ) + (has_numbers ? "; where it is Gt or Lt, one value that is a whole number" : ""),
      has_values_that_fit,
      "'has operator ' + self.operator + (" + count + " > 0 ? ' and values' : ' and no values')",
      shown_expression};
}

}  // namespace

Field label_value_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 0, 63),
      "^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?$",
      "a label's value: letters, digits, \"-\", \"_\" and \".\", no sign first or last"
  );
}

Field object_name_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 1, 253),
      R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
      "the name of an object: lower-case letters, digits, \"-\" and \".\", no sign first or last, "
      "nor beside another \".\""
  );
}

Field namespace_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 1, 63),
      "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
      "the name of a namespace: lower-case letters, digits and \"-\", no sign first or last"
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
      key_rule<is_good_key>(
          std::string("key.matches(r'") + key_pattern + "')",
          "must have keys such as \"zone\" or \"example.com/zone\": letters, digits, \"-\", \"_\" "
          "and \".\", at most 63, after a domain name and \"/\" or without"
      )
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
  const bool has_numbers = std::count(operators.begin(), operators.end(), "Gt") != 0;
  Field item = object_field(
      "",
      "",
      {required(key_field("key", "The label's key.")),
       required(enum_field("operator", "How its value is compared.", std::move(operators))),
       list_field("values", "What it is compared with.", label_value_field("", ""), 0, 64)}
  );
  item = with_rule(std::move(item), values_rule(has_numbers));
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
