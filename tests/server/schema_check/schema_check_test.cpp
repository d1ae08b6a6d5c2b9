// SPDX-License-Identifier: Apache-2.0
#include "server/schema_check/schema_check.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

using namespace mooring;
using nlohmann::json;

namespace {

schema_check::Schema compiled(const std::string& text) {
  auto schema = schema_check::Schema::compile(json::parse(text));
  REQUIRE_MESSAGE(schema, schema.error().message);
  return *schema;
}

std::string judge(const std::string& schema, const std::string& value) {
  const auto checked = rpc::check(value);
  REQUIRE(checked);
  return describe(compiled(schema).check(*checked));
}

}  // namespace

TEST_CASE("schema: each keyword allows and refuses") {
  struct Case {
    std::string schema;
    std::vector<std::string> good, bad;
  };

  const std::vector<Case> cases = {
      {"true", {"1", "null"}, {}},
      {"false", {}, {"1", "null"}},
      {"{}", {"1", "{}"}, {}},
      {R"({"type":"object"})", {"{}"}, {"[]", "null", "1"}},
      {R"({"type":"array"})", {"[]"}, {"{}"}},
      {R"({"type":"string"})", {"\"\""}, {"1"}},
      {R"({"type":"number"})", {"1", "1.5", "-1e3"}, {"\"1\"", "true"}},
      {R"({"type":"integer"})",
       {"1", "-5", "1.0", "1e3", "123456789012345678901234567890"},
       {"1.5", "\"1\""}},
      {R"({"type":"boolean"})", {"true", "false"}, {"null", "0"}},
      {R"({"type":"null"})", {"null"}, {"false"}},
      {R"({"type":["string","integer"]})", {"\"\"", "1"}, {"1.5", "null"}},
      {R"({"enum":["a",1,null,{"b":[2]}]})",
       {"\"a\"", "1", "1.0", "null", R"({ "b" : [ 2 ] })", R"("\u0061")"},
       {"\"b\"", "2", "{}"}},
      {R"({"const":3})", {"3", "3.0"}, {"4", "\"3\""}},
      {R"({"properties":{"a":{"type":"string"}}})",
       {"{}", R"({"a":"x"})", R"({"b":1})", "5"},
       {R"({"a":1})", R"({"\u0061":1})"}},
      {R"({"required":["a"]})", {R"({"a":null})", "5"}, {"{}"}},
      {R"({"properties":{"a":true},"additionalProperties":false})", {R"({"a":1})"}, {R"({"b":1})"}},
      {R"({"properties":{"a":true},"additionalProperties":{"type":"integer"}})",
       {R"({"a":"","b":1})"},
       {R"({"b":""})"}},
      {R"({"minProperties":1,"maxProperties":2})",
       {R"({"a":1})"},
       {"{}", R"({"a":1,"b":2,"c":3})"}},
      {R"({"items":{"type":"integer"}})", {"[]", "[1,2]"}, {"[1,\"\"]"}},
      {R"({"minItems":1,"maxItems":2})", {"[1]", "[1,2]"}, {"[]", "[1,2,3]"}},
      {R"({"minimum":1,"maximum":2})", {"1", "2", "\"x\""}, {"0.9", "2.1"}},
      {R"({"exclusiveMinimum":1,"exclusiveMaximum":2})", {"1.5"}, {"1", "2"}},
      {R"({"minLength":2,"maxLength":3})",
       {"\"ab\"", "\"äöü\"", R"("\ud83d\ude00x")"},
       {"\"a\"", "\"abcd\""}},
      {R"({"pattern":"^a+$"})", {"\"aa\"", "1"}, {"\"ab\"", "\"\""}},
      {R"({"pattern":"b"})", {"\"abc\""}, {"\"a\""}},
      {R"({"allOf":[{"minimum":1},{"maximum":3}]})", {"2"}, {"0", "4"}},
      {R"({"anyOf":[{"type":"string"},{"minimum":5}]})", {"\"\"", "5"}, {"4"}},
      {R"({"oneOf":[{"minimum":1},{"maximum":3}]})", {"0", "4"}, {"2"}},
      {R"({"not":{"type":"string"}})", {"1"}, {"\"\""}},
      {R"({"patternProperties":{"^x-":{"type":"integer"}},"additionalProperties":false})",
       {R"({"x-a":1})"},
       {R"({"x-a":""})", R"({"y":1})"}},
      {R"({"propertyNames":{"pattern":"^[a-z]+$"}})", {R"({"ab":1})", "5"}, {R"({"A":1})"}},
      {R"({"dependentRequired":{"a":["b"]}})",
       {R"({"a":1,"b":2})", R"({"b":2})", "{}"},
       {R"({"a":1})"}},
      {R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false})",
       {"[]", "[1]", "[1,\"\"]"},
       {"[\"\"]", "[1,\"\",2]"}},
      {R"({"if":{"properties":{"k":{"const":"a"}}},"then":{"required":["x"]},"else":{"required":["y"]}})",
       {R"({"k":"a","x":1})", R"({"k":"b","y":1})"},
       {R"({"k":"a","y":1})", R"({"k":"b","x":1})"}},
      {R"({"if":{"type":"string"},"then":false})", {"1"}, {"\"\""}},
      {R"({"$ref":"#/$defs/n","$defs":{"n":{"type":"integer"}}})", {"1"}, {"\"\""}},
      {R"({"properties":{"next":{"$ref":"#"}},"additionalProperties":false})",
       {R"({"next":{"next":{}}})"},
       {R"({"next":{"nxt":{}}})"}},
      {R"({"$ref":"#/$defs/a~1b","$defs":{"a/b":{"type":"null"}}})", {"null"}, {"1"}},
      {R"({"title":"t","description":"d","default":1,"examples":[1],"format":"date","x-mcp-header":"H"})",
       {"1"},
       {}},
  };

  for (const Case& c : cases) {
    CAPTURE(c.schema);
    for (const std::string& value : c.good) {
      CAPTURE(value);
      CHECK(judge(c.schema, value) == "");
    }
    for (const std::string& value : c.bad) {
      CAPTURE(value);
      CHECK(judge(c.schema, value) != "");
    }
  }
}

TEST_CASE("schema: complaints name the argument, its value and what is allowed") {
  const std::string schema = R"({
    "type": "object",
    "properties": {
      "city": {"type": "string", "minLength": 1},
      "days": {"type": "integer", "minimum": 1, "maximum": 7},
      "unit": {"enum": ["celsius", "kelvin"]},
      "tags": {"type": "array", "items": {"type": "string"}}
    },
    "required": ["city"],
    "additionalProperties": false
  })";

  struct Case {
    std::string value, complaint;
  };

  const std::vector<Case> cases = {
      {"{}", "arguments.city: is missing"},
      {R"({"city":7})", "arguments.city: is 7, must be a string"},
      {R"({"city":""})", "arguments.city: has 0 characters, must have at least 1"},
      {R"({"city":"x","days":9})", "arguments.days: is 9, must be at most 7"},
      {R"({"city":"x","days":1.5})", "arguments.days: is 1.5, must be an integer"},
      {R"({"city":"x","unit":"f"})",
       R"(arguments.unit: is "f", must be one of: "celsius", "kelvin")"},
      {R"({"city":"x","tags":["a",2]})", "arguments.tags[1]: is 2, must be a string"},
      {R"({"city":"x","citty":1})", R"(arguments.citty: is unknown; did you mean "city"?)"},
      {R"({"city":"x","qqqqqq":1})",
       "arguments.qqqqqq: is unknown; known are: city, days, tags, unit"},
      {R"({"city":"x","city":"y"})", "arguments.city: stands there twice"},
      {R"([])", "arguments: is [], must be an object"},
      {R"({"days":0,"unit":1})",
       R"(arguments.days: is 0, must be at least 1; arguments.unit: is 1, must be one of: "celsius", "kelvin"; arguments.city: is missing)"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(judge(schema, c.value) == c.complaint);
  }
}

TEST_CASE("schema: what could not be kept is refused by name") {
  struct Case {
    std::string schema, message;
  };

  const std::vector<Case> cases = {
      {"7", "schema: must be an object, true or false"},
      {R"({"type":"text"})",
       "schema/type: is \"text\", must be one of: object, array, string, number, integer, boolean, "
       "null"},
      {R"({"type":[]})", "schema/type: must name at least one type"},
      {R"({"properties":{"a":{"minimum":"1"}}})",
       "schema/properties/a/minimum: is \"1\", must be a number"},
      {R"({"minLength":-1})", "schema/minLength: is -1, must be an integer of at least 0"},
      {R"({"enum":[]})", "schema/enum: must be a list of at least one value"},
      {R"({"required":"a"})", "schema/required: must be a list of names"},
      {R"({"anyOf":{}})", "schema/anyOf: must be a list of at least one schema"},
      {R"({"items":[{}]})", "schema/items: must be an object, true or false"},
      {R"({"pattern":"("})", "schema/pattern: is \"(\", which is no RE2 pattern: missing ): ("},
      {R"({"$ref":"https://example.com/s"})",
       "schema/$ref: is \"https://example.com/s\", must point into this schema: \"#/$defs/…\""},
      {R"({"$ref":"#/$defs/x"})", "schema/$ref: is \"#/$defs/x\", and nothing is there"},
      {R"({"patternProperties":{"(":true}})",
       "schema/patternProperties: is \"(\", which is no RE2 pattern: missing ): ("},
      {R"({"dependentRequired":{"a":1}})", "schema/dependentRequired/a: must be a list of names"},
      {R"({"if":{"$ref":"#"}})", "schema: a \"$ref\" leads back to itself without end"},
      {R"({"$ref":"#/~2"})", "schema/$ref: is \"#/~2\", which is no JSON pointer"},
      {R"({"$ref":"#"})", "schema: a \"$ref\" leads back to itself without end"},
      {R"({"anyOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"not":{"$ref":"#"}}}})",
       "schema: a \"$ref\" leads back to itself without end"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.schema);
    const auto schema = schema_check::Schema::compile(json::parse(c.schema));
    REQUIRE_FALSE(schema);
    CHECK(schema.error().message == c.message);
  }
  for (const std::string keyword :
       {"uniqueItems",
        "multipleOf",
        "dependentSchemas",
        "contains",
        "unevaluatedProperties",
        "maxlength"}) {
    CAPTURE(keyword);
    const auto schema = schema_check::Schema::compile(json{{keyword, 1}});
    REQUIRE_FALSE(schema);
    CHECK(schema.error().message.starts_with("schema/" + keyword + ": keyword is not supported"));
  }
}

TEST_CASE("schema: complaints end at twenty, and no value breaks it") {
  const auto schema = compiled(R"({"items":{"type":"string"},"properties":{"a":{"$ref":"#"}}})");
  std::string many = "[1";
  for (int i = 0; i < 100; ++i) {
    many += ",1";
  }
  CHECK(schema.check(*rpc::check(many + "]")).size() == 20);

  std::string deep = "1";
  for (int i = 0; i < 100; ++i) {
    deep = R"({"a":)" + deep + "}";
  }
  CHECK(schema.check(*rpc::check(deep)).empty());

  std::mt19937 random(5);
  const std::string seed = R"({"a":{"a":[1,"x",{"a":null}]},"b":1e5})";
  for (int round = 0; round < 5'000; ++round) {
    std::string text = seed;
    text[random() % text.size()] = "{}[]\",:a1e."[random() % 11];
    if (const auto value = rpc::check(text)) {
      schema.check(*value);
    }
  }
}
