// SPDX-License-Identifier: Apache-2.0
#include "core/schema/openapi.hpp"

#include "core/schema/check.hpp"
#include "tests/core/schema/sample.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

TEST_CASE("openapi: a structural schema with bounds, defaults, list types and rules") {
  const json made = schema::to_openapi(tests::sample());
  const json& properties = made["properties"];

  CHECK(made["type"] == "object");
  CHECK(made["required"] == json{"backends"});
  CHECK(made["x-kubernetes-validations"][0]["message"] == "quiet needs a port above 1024");
  CHECK(properties["backends"]["x-kubernetes-list-type"] == "map");
  CHECK(properties["backends"]["x-kubernetes-list-map-keys"] == json{"name"});
  CHECK(properties["backends"]["minItems"] == 1);
  CHECK(properties["backends"]["items"]["required"] == json{"name"});
  CHECK(properties["backends"]["items"]["properties"]["name"]["maxLength"] == 4);
  CHECK(properties["backends"]["items"]["properties"]["cpu"]["x-kubernetes-int-or-string"] == true);
  CHECK_FALSE(properties["backends"]["items"]["properties"]["cpu"].contains("type"));
  CHECK(
      properties["port"] ==
      json::parse(R"({"type":"integer","format":"int64","minimum":1,"maximum":65535,
                                              "default":3232,"description":"Where it listens."})")
  );
  CHECK(properties["level"]["enum"] == json{"info", "warn | error"});
  CHECK(properties["labels"]["additionalProperties"]["type"] == "string");
  CHECK(properties["labels"]["maxProperties"] == 2);
  CHECK(properties["schema"]["x-kubernetes-preserve-unknown-fields"] == true);
  CHECK(properties["timeout"]["default"] == "30s");
}

TEST_CASE("openapi: inside of a list a default is told and not written into what is stored") {
  schema::Field name = schema::string_field("name", "What it is called.");
  schema::Field options =
      schema::object_field("options", "", {schema::duration_field("wait", "How long.", "30s")});
  options.default_value = json::object();
  schema::Field part = schema::object_field("", "One part.", {name, options});
  const json made = schema::to_openapi(
      schema::object_field("spec", "", {schema::keyed_list_field("parts", "", "name", part, 0, 2)})
  );

  const json& of_part = made["properties"]["parts"]["items"]["properties"];
  CHECK_FALSE(of_part["options"].contains("default"));
  const json& wait = of_part["options"]["properties"]["wait"];
  CHECK_FALSE(wait.contains("default"));
  CHECK(wait["description"] == "How long. Default: \"30s\".");
}

TEST_CASE("openapi: the reference table has a line a field, and bars do not break it") {
  const std::string table = schema::to_markdown(tests::sample(), "spec");

  CHECK(
      table.find("| `spec.backends[].name` | string | **required** | 1 to 4 characters | What it "
                 "is called. |") != std::string::npos
  );
  CHECK(table.find("| `spec.level` | info \\| warn \\| error | `\"info\"` |") != std::string::npos);
  CHECK(
      table.find("| `spec.labels` | map of string |  | at most 2 entries |") != std::string::npos
  );
}

TEST_CASE("openapi: what a pattern allows stands beside the bounds, of entries too") {
  schema::Field word = schema::string_field("", "");
  word.maximum = 9;
  word.pattern = "^[a-z]*$";
  word.pattern_hint = "lower-case letters";
  schema::Field root = schema::object_field("spec", "", {});
  root.fields.push_back(schema::list_field("words", "Some words.", word, 1, 2));
  root.fields[0].example = nlohmann::json::array({"a", "b"});

  CHECK(schema::to_markdown(root, "spec")
            .ends_with("| `spec.words` | list of string |  | 1 to 2 entries, each: lower-case "
                       "letters; at most "
                       "9 characters | Some words. Example: `[\"a\",\"b\"]`. |\n"));
  CHECK(schema::explain(root, "spec", "spec.words")
            .ends_with("Some words.\n  Example: [\"a\",\"b\"]\n"));
}

TEST_CASE("openapi: a rule that names what is at fault has an expression for its message") {
  schema::Field words = schema::map_field("words", "Words.", schema::string_field("", ""), 3);
  words.rules.push_back(
      {"self.size() < 2",
       "isn't short",
       [](const json& value) { return value.size() < 2; },
       "'has ' + string(self.size())",
       [](const json& value) { return "has " + std::to_string(value.size()); }}
  );

  CHECK(
      schema::to_openapi(words)["x-kubernetes-validations"][0]["messageExpression"] ==
      R"('has ' + string(self.size()) + ', isn\'t short')"
  );
  const auto checked = schema::check(words, {{"a", "b"}, {"c", "d"}}, "spec.words");
  REQUIRE(checked.errors.size() == 1);
  CHECK(checked.errors[0].message == "has 2, isn't short");
}

TEST_CASE("openapi: a field is explained for a terminal") {
  const schema::Field table = tests::sample();

  const std::string whole = schema::explain(table, "spec", "spec");
  CHECK(whole.find("level <info | warn | error> default \"info\"") != std::string::npos);
  CHECK(whole.find("The whole.\n  Rule: quiet needs a port above 1024\n") != std::string::npos);
  CHECK(
      schema::explain(table, "spec", "spec.backends[0].name") ==
      "name <string> (required), 1 to 4 characters\n  What it is called.\n"
  );
  CHECK(schema::explain(table, "spec", "spec.backends.cpu").find("quantity") != std::string::npos);
  CHECK(schema::explain(table, "spec", "spec.nothing").empty());
  CHECK(schema::explain(table, "spec", "other").empty());
  CHECK(schema::explain(table, "spec", "spec.port.deeper").empty());
}
