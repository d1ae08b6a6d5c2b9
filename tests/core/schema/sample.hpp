// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"

/// A small table with one field of each type, as the tests' document.
namespace mooring::tests {

inline schema::Field sample() {
  using namespace schema;
  Field name = string_field("name", "What it is called.");
  name.required = true;
  name.minimum = 1;
  name.maximum = 4;
  Field port = integer_field("port", "Where it listens.", 1, 65535);
  port.default_value = 3232;
  Field level = enum_field("level", "How much is logged.", {"info", "warn | error"});
  level.default_value = "info";
  Field ratio;
  ratio.name = "ratio";
  ratio.type = Type::number;
  ratio.description = "A share.";
  ratio.minimum = 0;
  ratio.maximum = 1;
  Field backend = object_field("", "One backend.", {name, quantity_field("cpu", "Its share.")});
  Field root = object_field(
      "spec",
      "The whole.",
      {keyed_list_field("backends", "What answers.", "name", backend, 1, 2),
       port,
       level,
       ratio,
       boolean_field("quiet", "No word."),
       duration_field("timeout", "How long.", "30s"),
       map_field("labels", "Any labels.", string_field("", "A label."), 2),
       any_object_field("schema", "Kept as it is.")}
  );
  root.fields[0].required = true;
  root.rules.push_back(
      {"!has(self.quiet) || !self.quiet || self.port > 1024",
       "quiet needs a port above 1024",
       [](const nlohmann::json& value) {
         return !value.value("quiet", false) || value["port"] > 1024;
       }}
  );
  return root;
}

}  // namespace mooring::tests
