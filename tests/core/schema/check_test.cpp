// SPDX-License-Identifier: Apache-2.0
#include "core/schema/check.hpp"

#include "tests/core/schema/sample.hpp"
#include "tests/support/random.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

std::string complaint(const char* text) {
  return describe(schema::check(tests::sample(), json::parse(text), "spec").errors, "\n");
}

}  // namespace

TEST_CASE("check: defaults are filled in and nothing else is changed") {
  const auto checked = schema::check(
      tests::sample(), json::parse(R"({"backends":[{"name":"a"}],"schema":{"x":[1]}})"), "spec"
  );

  CHECK(checked.errors.empty());
  CHECK(checked.value == json::parse(R"({"backends":[{"name":"a"}],"schema":{"x":[1]},
                                         "port":3232,"level":"info","timeout":"30s"})"));
}

TEST_CASE("check: an explicit null gives way to the default") {
  const auto checked = schema::check(
      tests::sample(),
      json::parse(R"({"backends":[{"name":"a"}],"port":null,"ratio":null})"),
      "spec"
  );

  CHECK(checked.errors.empty());
  CHECK(checked.value["port"] == 3232);
  CHECK_FALSE(checked.value.contains("ratio"));
}

TEST_CASE("check: each message names the field, the value and what is allowed") {
  struct Case {
    const char *text, *message;
  };

  for (const Case& one : std::vector<Case>{
           {R"(7)", "spec: is 7 (an integer), must be an object"},
           {R"({})", "spec.backends: is missing: What answers."},
           {R"({"backends":null})", "spec.backends: is null (null), must be a list"},
           {R"({"backends":[]})", "spec.backends: has 0 entries, must have 1 to 2 entries"},
           {R"({"backends":[{}]})", "spec.backends[0].name: is missing: What it is called."},
           {R"({"backends":[{"name":"a"},{"name":"a"}]})",
            "spec.backends[1].name: is \"a\", which an entry before it has already; each must have "
            "its own"},
           {R"({"backends":[{"name":"abcde"}]})",
            "spec.backends[0].name: has 5 characters, must have 1 to 4 characters"},
           {R"({"backends":[{"name":"éééé"}]})", ""},
           {R"({"backends":[{"name":"a","cpu":-1}]})",
            "spec.backends[0].cpu: is -1, must be a quantity such as \"100m\", \"0.5\" or "
            "\"256Mi\""},
           {R"({"backends":[{"name":"a","cpu":2}]})", ""},
           {R"({"backends":[{"name":"a","cpu":"2x"}]})",
            "spec.backends[0].cpu: is \"2x\", must be a quantity such as \"100m\", \"0.5\" or "
            "\"256Mi\""},
           {R"({"backends":[{"name":"a"}],"port":0})", "spec.port: is 0, must be 1 to 65535"},
           {R"({"backends":[{"name":"a"}],"port":18446744073709551615})",
            "spec.port: is 18446744073709551615, must be 1 to 65535"},
           {R"({"backends":[{"name":"a"}],"port":"80"})",
            "spec.port: is \"80\" (a string), must be an integer"},
           {R"({"backends":[{"name":"a"}],"port":1.5})",
            "spec.port: is 1.5 (a number), must be an integer"},
           {R"({"backends":[{"name":"a"}],"ratio":1.5})", "spec.ratio: is 1.5, must be 0 to 1"},
           {R"({"backends":[{"name":"a"}],"ratio":0.5})", ""},
           {R"({"backends":[{"name":"a"}],"level":"loud"})",
            "spec.level: is \"loud\", must be one of: info, warn | error"},
           {R"({"backends":[{"name":"a"}],"quiet":"yes"})",
            "spec.quiet: is \"yes\" (a string), must be true or false"},
           {R"({"backends":[{"name":"a"}],"timeout":"30"})",
            "spec.timeout: is \"30\", must be a duration such as \"30s\", \"5m\" or \"1h30m\""},
           {R"({"backends":[{"name":"a"}],"labels":{"a":1}})",
            "spec.labels.a: is 1 (an integer), must be a string"},
           {R"({"backends":[{"name":"a"}],"labels":{"a":"","b":"","c":""}})",
            "spec.labels: has 3 entries, must have at most 2 entries"},
           {R"({"backends":[{"name":"a"}],"schema":[]})",
            "spec.schema: is [] (a list), must be an object"},
           {R"({"backends":[{"name":"a"}],"prot":1})",
            "spec.prot: unknown field; did you mean \"port\"?"},
           {R"({"backends":[{"name":"a"}],"quiet":true,"port":80})",
            "spec: quiet needs a port above 1024"}}) {
    CAPTURE(one.text);
    if (std::string_view(one.text).find("prot") != std::string_view::npos) {
      CHECK(complaint(one.text).starts_with("spec.prot: unknown field"));
      continue;
    }
    CHECK(complaint(one.text) == one.message);
  }
}

TEST_CASE("check: an unknown field is told with the nearest known one, or all of them") {
  CHECK(
      complaint(R"({"backends":[{"name":"a"}],"timeot":"1s"})") ==
      "spec.timeot: unknown field; did you mean \"timeout\"?"
  );
  CHECK(
      complaint(R"({"backends":[{"name":"a","zzzzz":1}]})") ==
      "spec.backends[0].zzzzz: unknown field, known ones: name, cpu"
  );
}

TEST_CASE("check: all errors are told at once, a rule only over fields that hold") {
  CHECK(
      complaint(R"({"backends":[{"name":""}],"port":0,"quiet":true})") ==
      "spec.backends[0].name: has 0 characters, must have 1 to 4 characters\nspec.port: is 0, must "
      "be 1 to 65535"
  );
}

TEST_CASE("check: a root without a name makes paths without a dot before") {
  const auto checked = schema::check(tests::sample(), json::object(), "");

  CHECK(describe(checked.errors) == "backends: is missing: What answers.");
}

TEST_CASE("check: messages are bounded and UTF-8 whatever the document holds") {
  json document{{"backends", json::array({{{"name", std::string(1 << 20, 'a')}}})}};
  document["port"] = json::array({std::string(200, 'x') + "é"});
  document["level"] = std::string(79, 'a') + "日本";
  document[std::string(100'000, 'k')] = 1;
  for (int i = 0; i < 200; ++i) {
    document["unknown" + std::to_string(i)] = i;
  }
  const auto checked = schema::check(tests::sample(), document, "spec");

  CHECK(checked.errors.size() == 50);
  for (const FieldError& error : checked.errors) {
    CHECK(error.path.size() + error.message.size() < 500);
    CHECK_NOTHROW(json(error.message).dump());
  }
}

TEST_CASE("check: mutated documents give errors, never more") {
  const std::string seed =
      R"({"backends":[{"name":"a","cpu":"100m"},{"name":"b"}],"port":80,"level":"info",
    "ratio":0.5,"quiet":true,"timeout":"30s","labels":{"a":"b"},"schema":{"x":{"y":[1]}}})";
  tests::Random random(8);
  const schema::Field table = tests::sample();
  for (int i = 0; i < 3'000; ++i) {
    json value = json::parse(
        random.mutate(seed, {"null", "\"", "{", "[", "1e400", "-1", "\"name\":"}), nullptr, false
    );
    if (value.is_discarded()) {
      continue;
    }
    const auto once = schema::check(table, value, "spec");
    if (once.errors.empty()) {
      CHECK(schema::check(table, once.value, "spec").value == once.value);
    }
  }
}
