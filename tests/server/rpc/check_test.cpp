// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/value.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <random>
#include <string>
#include <vector>

using namespace mooring;
using nlohmann::json;

namespace {

// What a reader must survive, and a start for mutations.
const std::vector<std::string> seeds = {
    R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{"text":"hi"}}})",
    R"( [ 1 , -0.5e+10 , "a\"b\\cA\ud83d\ude00" , true , false , null , {} , [ ] ] )",
    R"({"a":{"b":[{"c":"0123456789abcdef\n0123456789"},[[[]]]]},"ü":"äöü 😀","":0})",
    "\"\\/\\b\\f\\n\\r\\t\"",
    "-12.75E-3",
};

std::string mutated(std::string text, std::mt19937& random) {
  const auto draw = [&random](std::size_t below) { return random() % below; };
  const std::string alphabet = "{}[]\",:\\u0123456789abfnrtE+-. \n\x01\x7f\x80\xc3\xa4\xed\xa0\xff";
  for (std::size_t times = 1 + draw(3); times > 0 && !text.empty(); --times) {
    const std::size_t at = draw(text.size());
    switch (draw(4)) {
      case 0:
        text[at] = alphabet[draw(alphabet.size())];
        break;
      case 1:
        text.insert(at, 1, alphabet[draw(alphabet.size())]);
        break;
      case 2:
        text.erase(at, 1 + draw(3));
        break;
      default:
        text.resize(at);
    }
  }
  return text;
}

json build(rpc::Value value) {
  switch (value.kind) {
    case rpc::Kind::object: {
      json object = json::object();
      rpc::Members members(value);
      while (members.next()) {
        object[rpc::text_of(members.key)] = build(members.value);
      }
      return object;
    }
    case rpc::Kind::array: {
      json array = json::array();
      rpc::Elements elements(value);
      while (elements.next()) {
        array.push_back(build(elements.value));
      }
      return array;
    }
    case rpc::Kind::string:
      return rpc::text_of(value.raw);
    default:
      return json::parse(value.raw);
  }
}

bool has_lone_surrogate(const std::string& text) {
  return text.find("\\ud") != std::string::npos || text.find("\\uD") != std::string::npos;
}

}  // namespace

TEST_CASE("check: what RFC 8259 allows passes") {
  for (const std::string text :
       {"{}",
        "[]",
        "\"\"",
        "0",
        "-0",
        "1e9",
        "1E+9",
        "0.0",
        "true",
        "false",
        "null",
        " 1 ",
        "\t{\n}\r",
        "[1,[2,[3]]]",
        R"({"a":1,"a":2})",
        R"("\ud800")",
        "\"\x7f\""}) {
    CAPTURE(text);
    CHECK(rpc::check(text));
  }
}

TEST_CASE("check: what RFC 8259 forbids is refused with the place") {
  struct Case {
    std::string text;
    std::string message;
  };

  const std::vector<Case> cases = {
      {"", "the text ends too early at byte 0"},
      {"   ", "the text ends too early at byte 3"},
      {"{", "the text ends too early at byte 1"},
      {R"({"a")", "the text ends too early at byte 4"},
      {R"({"a":)", "the text ends too early at byte 5"},
      {R"({"a":1)", "the text ends too early at byte 6"},
      {R"({"a":1,})", "a member's name in double quotes is missing at byte 7"},
      {"{a:1}", "a member's name in double quotes is missing at byte 1"},
      {R"({"a" 1})", "a colon is missing at byte 5"},
      {"[1,]", "this is no JSON value at byte 3"},
      {"[1 2]", "a comma or the closing bracket is missing at byte 3"},
      {"[1}", "a comma or the closing bracket is missing at byte 2"},
      {"[,1]", "this is no JSON value at byte 1"},
      {"01", "something stands after the end of the value at byte 1"},
      {"1.", "the text ends too early at byte 2"},
      {"1.x", "a digit is missing at byte 2"},
      {".5", "this is no JSON value at byte 0"},
      {"1e", "the text ends too early at byte 2"},
      {"1ex", "a digit is missing at byte 2"},
      {"+1", "this is no JSON value at byte 0"},
      {"-", "the text ends too early at byte 1"},
      {"NaN", "this is no JSON value at byte 0"},
      {"nul", "an unknown word at byte 0"},
      {"True", "this is no JSON value at byte 0"},
      {"'a'", "this is no JSON value at byte 0"},
      {"\"a", "the text ends too early at byte 2"},
      {"\"a\nb\"", "a control character stands in a string at byte 2"},
      {R"("\x41")", "an unknown escape at byte 2"},
      {R"("\u12g4")", "an escape without four hexadecimal digits at byte 5"},
      {"\"\\", "the text ends too early at byte 2"},
      {"{} {}", "something stands after the end of the value at byte 3"},
      {"\xEF\xBB\xBF{}", "this is no JSON value at byte 0"},
      {"/**/1", "this is no JSON value at byte 0"},
      {std::string("1\0", 2), "something stands after the end of the value at byte 1"},
      {"\"\xff\"", "the text is not well-formed UTF-8"},
      {"\"\xed\xa0\x80\"", "the text is not well-formed UTF-8"},
      {"\"\xc0\xaf\"", "the text is not well-formed UTF-8"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto value = rpc::check(c.text);
    REQUIRE_FALSE(value);
    CHECK(value.error().message == c.message);
  }
}

TEST_CASE("check: nesting ends at its limit, whatever the size") {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };

  CHECK(rpc::check(nested(rpc::max_depth)));
  CHECK_FALSE(rpc::check(nested(rpc::max_depth + 1)));
  CHECK_FALSE(rpc::check(nested(1'000'000)));
  CHECK_FALSE(rpc::check(std::string(1'000'000, '[')));
}

TEST_CASE("check: mutations of good texts are judged and read as another parser does") {
  std::mt19937 random(20261122);
  int accepted = 0;

  for (int round = 0; round < 40'000; ++round) {
    const std::string text = mutated(seeds[random() % seeds.size()], random);
    const auto value = rpc::check(text);
    if (has_lone_surrogate(text)) {
      continue;  // the other parser refuses them
    }
    CAPTURE(text);
    // The byte order mark is the other difference: RFC 8259 allows to ignore it, we do not.
    REQUIRE(value.has_value() == json::accept(text));
    if (value) {
      ++accepted;
      REQUIRE(build(*value) == json::parse(text));
    }
  }

  CHECK(accepted > 1000);
}

TEST_CASE("check: a text is read alike at every length and place of its parts") {
  for (std::size_t length = 0; length < 40; ++length) {
    for (const std::string tail : {"", "\\n", "\\u0041", "ä"}) {
      const std::string text = "[\"" + std::string(length, 'x') + tail + "\"]";
      CAPTURE(text);
      const auto value = rpc::check(text);
      REQUIRE(value);
      CHECK(build(*value) == json::parse(text));
    }
  }
}
