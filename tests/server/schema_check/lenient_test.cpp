// SPDX-License-Identifier: Apache-2.0
#include "server/schema_check/schema_check.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <ctime>
#include <random>
#include <string>
#include <vector>

using namespace mooring;
using nlohmann::json;
using schema_check::Unsupported;

namespace {

std::string judge_leniently(const std::string& schema, const std::string& value) {
  const auto compiled = schema_check::Schema::compile(json::parse(schema), Unsupported::left);
  REQUIRE_MESSAGE(compiled, compiled.error().message);
  const auto checked = rpc::check(value);
  REQUIRE(checked);
  return describe(compiled->check(*checked));
}

}  // namespace

TEST_CASE("a schema of somebody else: what is known is checked, the rest is left") {
  struct Case {
    std::string schema;
    std::vector<std::string> passing, wrong;
  };

  const std::vector<Case> cases = {
      {R"({"type":"object","required":["a"],"minProperties":1,"unevaluatedProperties":false})",
       {R"({"a":1,"z":2})"},
       {"{}", "[]"}},
      {R"({"type":"array","uniqueItems":true,"items":{"type":"string"}})",
       {R"(["a","a"])"},
       {"[1]"}},
      {R"j({"pattern":"^(?=a)","maxLength":3})j", {"\"b\""}, {"\"abcd\""}},
      {R"({"type":["string","file"]})", {"\"\"", "1"}, {}},
      {R"({"minLength":"two","type":"string"})", {"\"\""}, {"1"}},
      {R"({"$ref":"https://example.com/s","type":"string"})", {"\"\""}, {"1"}},
      {R"({"$ref":"#anchor"})", {"1"}, {}},
      {R"({"exclusiveMinimum":true,"minimum":1})", {"1", "2"}, {"0"}},
      {R"({"items":[{"type":"string"}]})", {"[1]", R"(["a"])"}, {}},
      {R"({"properties":{"a":7}})", {R"({"a":1})"}, {}},
      {R"({"type":"string","nullable":true})", {"null", "\"\"", "1"}, {}},
      // What cannot be known is no reason to refuse, wherever it stands.
      {R"({"not":{"uniqueItems":true}})", {"[1,1]", "[1]"}, {}},
      {R"({"not":{"uniqueItems":true,"type":"array"}})", {"[1]", "5"}, {}},
      {R"({"not":{"type":"array"},"contains":{}})", {"5"}, {"[1]"}},
      {R"({"oneOf":[{"type":"string"},{"contentful":1}]})", {"\"\"", "1"}, {}},
      {R"({"oneOf":[{"type":"string"},{"type":"integer","multipleOf":2}]})",
       {"\"\"", "2", "3"},
       {"null"}},
      {R"({"oneOf":[{"minimum":1},{"minimum":2},{"multipleOf":2}]})", {"1", "0"}, {"2"}},
      {R"({"anyOf":[{"type":"string"},{"type":"integer","multipleOf":2}]})", {"3"}, {"null"}},
      {R"({"if":{"multipleOf":2},"then":{"minimum":5},"else":{"maximum":1}})", {"2", "3"}, {}},
      {R"({"not":{"anyOf":[{"type":"string"},{"multipleOf":2}]}})", {"1"}, {"\"\""}},
      // Members that a pattern may know are not additional.
      {R"j({"patternProperties":{"^(?!b)":{}},"additionalProperties":false})j", {R"({"z":1})"}, {}},
  };

  for (const Case& c : cases) {
    CAPTURE(c.schema);
    for (const std::string& value : c.passing) {
      CAPTURE(value);
      CHECK(judge_leniently(c.schema, value) == "");
    }
    for (const std::string& value : c.wrong) {
      CAPTURE(value);
      CHECK(judge_leniently(c.schema, value) != "");
    }
  }
}

TEST_CASE("a schema of somebody else: its dialect is respected") {
  const std::string old = R"("$schema":"http://json-schema.org/draft-07/schema#")";
  const std::string reference =
      R"("definitions":{"s":{"type":"string"}},"properties":{"a":{"$ref":"#/definitions/s","maxLength":1}})";

  CHECK(judge_leniently("{" + old + "," + reference + "}", R"({"a":"long"})") == "");
  CHECK(judge_leniently("{" + old + "," + reference + "}", R"({"a":1})") != "");
  CHECK(judge_leniently("{" + reference + "}", R"({"a":"long"})") != "");
  CHECK(
      judge_leniently(
          R"({"$schema":"https://json-schema.org/draft/2020-12/schema","type":"string"})", "1"
      ) != ""
  );
  CHECK(judge_leniently(R"({"$schema":"https://example.com/mine","type":"string"})", "1") == "");
}

TEST_CASE("a schema of somebody else: references mean another root where parts have addresses") {
  const std::string schema =
      R"({"$id":"https://example.com/root","properties":{"a":{"$id":"inner","$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}},"$defs":{"x":{"type":"integer"}}})";

  CHECK(judge_leniently(schema, R"({"a":"text"})") == "");
}

TEST_CASE("a schema of somebody else: only one that cannot be held is given up") {
  CHECK_FALSE(schema_check::Schema::compile(json::parse(R"({"$ref":"#"})"), Unsupported::left));
  json many = json::object();
  for (int i = 0; i < 10'001; ++i) {
    many["properties"]["p" + std::to_string(i)] = json::object();
  }
  CHECK_FALSE(schema_check::Schema::compile(many, Unsupported::left));
}

TEST_CASE("a schema of somebody else: none breaks the compiler") {
  std::mt19937 random(2020);
  const std::string seed =
      R"({"type":"object","properties":{"a":{"anyOf":[{"pattern":"^a"},{"$ref":"#/$defs/d"}]}},"$defs":{"d":{"items":[1]}},"not":{"if":{},"then":false}})";
  const auto value = rpc::check(R"({"a":["x",1]})");
  for (int round = 0; round < 5'000; ++round) {
    std::string text = seed;
    for (std::size_t times = 1 + random() % 3; times > 0; --times) {
      text[random() % text.size()] = "{}[]\",:a1#$"[random() % 11];
    }
    const json schema = json::parse(text, nullptr, false);
    if (!schema.is_discarded()) {
      if (const auto compiled = schema_check::Schema::compile(schema, Unsupported::left)) {
        compiled->check(*value);
      }
    }
  }
}

TEST_CASE("a schema of somebody else: references that double the work cost no more than a bound") {
  json schema = {{"$ref", "#/$defs/d0"}, {"$defs", json::object()}};
  for (int i = 0; i < 60; ++i) {
    const std::string next = "#/$defs/d" + std::to_string(i + 1);
    schema["$defs"]["d" + std::to_string(i)] = {{"anyOf", {{{"$ref", next}}, {{"$ref", next}}}}};
  }
  schema["$defs"]["d60"] = {{"type", "string"}};
  const auto compiled = schema_check::Schema::compile(schema, Unsupported::left);
  REQUIRE(compiled);

  // Not settled within the bound, so it is left to who made the schema.
  CHECK(compiled->check(*rpc::check("1")).empty());
}

TEST_CASE("a schema of somebody else: what is nested deeper than it need be is left to them") {
  json schema = {{"$ref", "#/$defs/d0"}, {"$defs", json::object()}};
  for (int i = 0; i < 9'000; ++i) {
    schema["$defs"]["d" + std::to_string(i)] = {{"$ref", "#/$defs/d" + std::to_string(i + 1)}};
  }
  schema["$defs"]["d9000"] = {{"type", "string"}};
  const auto left = schema_check::Schema::compile(schema, Unsupported::left);
  REQUIRE(left);
  CHECK(left->check(*rpc::check("1")).empty());

  const auto refused = schema_check::Schema::compile(schema);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("is nested deeper than 128 schemas") != std::string::npos);
}

TEST_CASE("a schema of somebody else: a name that looks like a path is not taken for one") {
  const std::string schema = R"({"type":"object","properties":{
    "a/properties/b":{"type":"string"},
    "a":{"properties":{"b":{"type":"integer"}}},
    "~1":{"type":"boolean"},"/":{"type":"null"},
    "c":{"$ref":"#/properties/a~1properties~1b"},
    "d":{"$ref":"#/properties/a/properties/b"}}})";

  CHECK(
      judge_leniently(
          schema, R"({"a":{"b":1},"a/properties/b":"x","~1":true,"/":null,"c":"x","d":1})"
      ) == ""
  );
  for (const char* wrong :
       {R"({"a":{"b":"x"}})",
        R"({"a/properties/b":1})",
        R"({"~1":null})",
        R"({"/":true})",
        R"({"c":1})",
        R"({"d":"x"})"}) {
    CAPTURE(wrong);
    CHECK(judge_leniently(schema, wrong) != "");
  }
}

TEST_CASE("a schema of somebody else: a value is one of those allowed, whatever its kind") {
  const std::string schema = R"({"enum":["a",1,{"b":[1.0,null]},[],true]})";

  for (const char* fitting :
       {"\"a\"", R"("\u0061")", "1", R"({ "b": [1.0, null] })", "[ ]", "true"}) {
    CAPTURE(fitting);
    CHECK(judge_leniently(schema, fitting) == "");
  }
  for (const char* wrong : {"\"b\"", "2", R"({"b":[1.0]})", "[1]", "false", "null", "\"1\""}) {
    CAPTURE(wrong);
    CHECK(judge_leniently(schema, wrong) != "");
  }
}

TEST_CASE("a schema of somebody else: a long value that has to be read again and again is given up"
) {
  std::string schema = R"({"anyOf":[)";
  for (int i = 0; i < 5'000; ++i) {
    schema += (i > 0 ? "," : "") + std::string(R"({"const":{"n":)") + std::to_string(i) + "}}";
  }
  schema += "]}";
  const std::string long_value = R"({"n":")" + std::string(1 << 20, 'x') + "\"}";
  // What it costs, not how long it waits for others: all those readings would be 5,000.
  const auto cost = [](const std::string& rules, const std::string& value) {
    const std::clock_t began = std::clock();
    CHECK(judge_leniently(rules, value) == "");
    return std::clock() - began;
  };
  const std::clock_t once = cost(R"({"anyOf":[{"const":{"n":"y"}},true]})", long_value);

  CHECK(cost(schema, long_value) < 1'000 * once);
  CHECK(judge_leniently(schema, R"({"n":4999})") == "");
  CHECK(judge_leniently(schema, R"({"n":5000})") != "");
}
