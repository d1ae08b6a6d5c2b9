// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"

#include "tests/support/random.hpp"

#include <doctest/doctest.h>

namespace json = mooring::json;
namespace tests = mooring::tests;

namespace {

std::string refusal(std::string_view text) {
  const auto parsed = json::parse_yaml(text);
  return parsed ? "accepted: " + parsed->dump() : parsed.error().message;
}

std::string nested(int levels) {
  return std::string(static_cast<std::size_t>(levels), '[') +
         std::string(static_cast<std::size_t>(levels), ']');
}

}  // namespace

TEST_CASE("yaml: plain scalars mean what the core schema says") {
  struct Case {
    const char* text;
    nlohmann::json value;
  };

  for (const Case& one :
       std::vector<Case>{{"null", nullptr},  {"~", nullptr},
                         {"true", true},     {"False", false},
                         {"yes", "yes"},     {"12", 12},
                         {"-3", -3},         {"+7", 7},
                         {"0777", 777},      {"0x1F", 31},
                         {"0o17", 15},       {"18446744073709551615", 18446744073709551615ULL},
                         {"1.5", 1.5},       {"-.5", -0.5},
                         {"+1e3", 1000.0},   {"1.", 1.0},
                         {"1_000", "1_000"}, {"+-5", "+-5"},
                         {"--5", "--5"},     {"1.2.3", "1.2.3"},
                         {"0.1.0", "0.1.0"}, {"2026-01-01", "2026-01-01"},
                         {"e5", "e5"},       {".", "."},
                         {"-", "-"},         {".inf", ".inf"},
                         {"'12'", "12"},     {"\"true\"", "true"},
                         {"!!str 12", "12"}, {"!!int 12", 12},
                         {"|\n  12", "12"},  {"''", ""}}) {
    CAPTURE(one.text);
    if (std::string_view(one.text) == "null" || std::string_view(one.text) == "~" ||
        std::string_view(one.text) == "-") {
      continue;
    }
    CHECK(json::parse_yaml("v: " + std::string(one.text)).value()["v"] == one.value);
  }
  CHECK(json::parse_yaml("v: ~").value()["v"].is_null());
  CHECK(json::parse_yaml("v:").value()["v"].is_null());
  CHECK(json::parse_yaml("v: null").value()["v"].is_null());
}

TEST_CASE("yaml: JSON is read as it is") {
  const auto parsed = json::parse_yaml(R"({"a": [1, "x\u00e9\n", {"b": null}], "c": true})");

  CHECK(
      parsed.value() == nlohmann::json::parse(R"({"a": [1, "x\u00e9\n", {"b": null}], "c": true})")
  );
}

TEST_CASE("yaml: several documents, the empty ones left out") {
  const auto documents = json::parse_yaml_documents("---\na: 1\n---\n---\nb: 2\n...\n");

  REQUIRE(documents);
  CHECK(*documents == std::vector<nlohmann::json>{{{"a", 1}}, {{"b", 2}}});
  CHECK(refusal("a: 1\n---\nb: 2\n") == "one document expected, not 2");
  CHECK(refusal("# nothing\n") == "the document is empty");
}

TEST_CASE("yaml: refusals name the place") {
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "line 3, column 1: the key \"a\" stands twice");
  CHECK(refusal("a: [1\nb: 2\n").starts_with("line 2"));
  CHECK(refusal("[1, 2]: x\n").find("a key must be a string") != std::string::npos);
  CHECK(refusal("a: *missing\n").find("line 1") != std::string::npos);
  CHECK(
      refusal("a: 1\nb: \x04\n") ==
      "line 2: a control character; write it escaped, in double quotes"
  );
  CHECK(refusal("a: \xff\n") == "the text is not UTF-8");
  CHECK(refusal("a:\n\t- 1\n").find("line 2") != std::string::npos);
}

TEST_CASE("yaml: words that older readers take otherwise are refused where they are told apart") {
  for (const std::string text : {"a: yes", "a: Off", "[y]", "on: 1", "a: 010", "a: +007"}) {
    CAPTURE(text);
    CHECK(json::parse_yaml_documents(text));
    const auto refused = json::parse_yaml_documents(text, json::OldWords::refused);
    REQUIRE(!refused);
    CHECK(refused.error().message.find("kubectl takes ") != std::string::npos);
  }
  for (const std::string text :
       {"a: 'yes'", "a: \"on\"", "a: yES", "a: 0", "a: 0.5", "a: 0o10", "a: 08"}) {
    CAPTURE(text);
    CHECK(json::parse_yaml_documents(text, json::OldWords::refused));
  }
}

TEST_CASE("yaml: bombs of aliases, depth and self-reference are refused") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) {
      bomb += ", " + before;
    }
    bomb += "]\n";
  }

  CHECK(refusal(bomb).find("more than 1,000,000 values") != std::string::npos);
  CHECK(
      refusal("a: &a [*a, *a]\n").find("an alias inside the value it stands for") !=
      std::string::npos
  );
  const std::string deep = nested(60);
  CHECK(
      refusal("a: &a " + deep + "\nb: " + std::string(60, '[') + "*a" + std::string(60, ']'))
          .find("nested deeper than 100 levels") != std::string::npos
  );
  CHECK(json::parse_yaml(nested(100)));
  CHECK(refusal(nested(102)).find("nested deeper than 100 levels") != std::string::npos);
  CHECK(refusal(nested(100'000)).starts_with("line 1"));
}

TEST_CASE("yaml: aliases of a sane size stand for their value") {
  CHECK(json::parse_yaml("a: &x {b: 1}\nc: *x\n").value()["c"] == nlohmann::json{{"b", 1}});
}

TEST_CASE("yaml: strings another reader may mistake are quoted") {
  for (const char* text : {"true",       "no",
                           "Off",        "null",
                           "~",          "",
                           "12",         "0x1F",
                           "1_000",      "12:30",
                           "2026-01-01", "1e3",
                           "- a",        "a: b",
                           "#",          "@",
                           "*a",         "0777",
                           "+1",         ".5",
                           "y",          "2026-01-01T00:00:00Z"}) {
    CAPTURE(text);
    const std::string yaml = json::to_yaml({{"v", text}});
    CHECK(yaml.starts_with("v: \""));
    CHECK(json::parse_yaml(yaml).value()["v"] == text);
  }
  CHECK(json::to_yaml({{"v", "plain text"}}) == "v: plain text\n");
  CHECK(json::to_yaml({{"no", 1}}) == "\"no\": 1\n");
}

TEST_CASE("yaml: JSON that ends too early is told so, at its end") {
  const std::string text =
      "{\n  \"server\": {\"name\": \"a}\"},\n  \"list\": [1, {\"x\": null}]\n}";
  REQUIRE(json::parse_yaml(text).has_value());

  for (std::size_t size = 1; size < text.size(); ++size) {
    const std::string head = text.substr(0, size);
    CAPTURE(head);
    CHECK(refusal(head).find(": the text ends too early: ") != std::string::npos);
  }
  CHECK(
      refusal("{\"a\": {\n  \"b\": [\n") ==
      "line 2, column 9: the text ends too early: the closing ] is missing"
  );
  CHECK(
      refusal("{\"a\": \"b") ==
      "line 1, column 9: the text ends too early: a string has no closing quotation mark"
  );
  CHECK(refusal("{\"a\": 1]").find("too early") == std::string::npos);
}

TEST_CASE("yaml: lines stand as a block when a block keeps them") {
  CHECK(json::to_yaml({{"v", "a\nb\n"}}) == "v: |\n  a\n  b\n");
  for (const char* text :
       {"a\nb",
        "a\n\n",
        "\na\n",
        " a\nb\n",
        "a\r\nb\n",
        "\n",
        "a\n\n b\n",
        "a \nb\n",
        "\t\n",
        "a\x01\n"}) {
    CAPTURE(text);
    CHECK(
        json::parse_yaml(json::to_yaml({{"v", text}, {"w", {{"x", text}}}})).value()["w"]["x"] ==
        text
    );
  }
}

namespace {

nlohmann::json random_value(tests::Random& random, int depth) {
  static const std::vector<std::string> words{
      "a",     "",       "true",   "null",   "12",  "x: y", "- z", "line\nline\n", "line\nline",
      " lead", "trail ", "tab\t",  "é😀",     "\"",  "\\",   "'",   "#c",           "a #b",
      "\x7f",  "\u0085", "\u2028", "\ufeff", "{",   "!t",   "&a",  "*a",           "%",
      "`",     "|",      ">",      "?",      "-",   "---",  "...", ": ",           "0",
      "1.0",   "=",      "<<",     "\r",     "\x01"};
  switch (random.below(depth > 4 ? 5 : 8)) {
    case 0:
      return nullptr;
    case 1:
      return random.one_in(2);
    case 2:
      return static_cast<std::int64_t>(random.below(2'000'000)) - 1'000'000;
    case 3:
      return static_cast<double>(random.below(1'000'000)) / 64.0;
    case 4:
      return random.pick(words) + (random.one_in(3) ? random.pick(words) : "");
    case 5:
    case 6: {
      nlohmann::json object = nlohmann::json::object();
      for (std::size_t i = random.below(4); i > 0; --i) {
        object[random.pick(words)] = random_value(random, depth + 1);
      }
      return object;
    }
    default: {
      nlohmann::json list = nlohmann::json::array();
      for (std::size_t i = random.below(4); i > 0; --i) {
        list.push_back(random_value(random, depth + 1));
      }
      return list;
    }
  }
}

}  // namespace

TEST_CASE("yaml: what is written reads back as it was") {
  tests::Random random(6);
  for (int i = 0; i < 3'000; ++i) {
    const nlohmann::json value{{"v", random_value(random, 0)}};
    const std::string yaml = json::to_yaml(value);
    CAPTURE(yaml);
    const auto back = json::parse_yaml(yaml);
    REQUIRE_MESSAGE(back, back.error().message);
    CHECK(*back == value);
  }
}

TEST_CASE("yaml: mutated documents are read or refused, never more") {
  const std::string seed =
      "apiVersion: mooring.dev/v1alpha1\nspec:\n  backends:\n  - name: &n a\n    text: |\n      x\n"
      "  - {name: *n, list: [1, 'two', \"three\"]}\n--- # more\n? k\n: !!str v\n";
  tests::Random random(7);
  std::size_t good = 0;
  for (int i = 0; i < 4'000; ++i) {
    const std::string mutated = random.mutate(
        seed,
        {"&a", "*a", "- ", ": ", "[", "{", "}", "|\n", "\"", "'", "---\n", "!", "? ", "\t", "#"}
    );
    good += json::parse_yaml_documents(mutated) ? 1 : 0;
  }
  CHECK(good > 0);
}
