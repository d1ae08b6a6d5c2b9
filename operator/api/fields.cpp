// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"

namespace mooring::api::fields {

using nlohmann::json;
using namespace schema;

Field required(Field field) {
  field.required = true;
  return field;
}

Field text_field(
    std::string name, std::string description, std::int64_t minimum, std::int64_t maximum
) {
  Field field = string_field(std::move(name), std::move(description));
  field.minimum = minimum;
  field.maximum = maximum;
  return field;
}

Field matching(Field field, std::string pattern, std::string hint) {
  field.pattern = std::move(pattern);
  field.pattern_hint = std::move(hint);
  return field;
}

Field without_nul(Field field) {
  return matching(std::move(field), R"(^[^\x00]*$)", "text without the character NUL (\\x00)");
}

Field printable(Field field) {
  return matching(
      std::move(field),
      R"(^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$)",
      "text without control characters other than tab and line breaks"
  );
}

Field with_default(Field field, json value) {
  field.default_value = std::move(value);
  return field;
}

Field with_example(Field field, json value) {
  field.example = std::move(value);
  return field;
}

Field with_rule(Field field, Rule rule) {
  field.rules.push_back(std::move(rule));
  return field;
}

namespace {

Field amounts_field(std::string name, std::string description) {
  return object_field(
      std::move(name),
      std::move(description),
      {with_example(
           quantity_field("cpu", "Processor time, in cores or thousandths of a core."), "100m"
       ),
       with_example(quantity_field("memory", "Memory, in bytes or multiples of them."), "128Mi")}
  );
}

}  // namespace

Field resources_field(std::string description, const std::string& least_memory) {
  return object_field(
      "resources",
      std::move(description),
      {amounts_field("requests", "What is reserved on a node for each replica."),
       amounts_field(
           "limits",
           "What a replica may use at most; above the memory limit, at least " + least_memory +
               ", it is restarted."
       )}
  );
}

Field image_field(std::string description) {
  return matching(
      text_field("image", std::move(description), 1, 512),
      "^[!-~]+$",
      "an image name in printable ASCII without blanks, such as \"ghcr.io/acme/files:1.4\""
  );
}

}  // namespace mooring::api::fields
