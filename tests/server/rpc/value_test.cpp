// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/value.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace mooring;

TEST_CASE("members: keys and values are slices of the text") {
  const std::string text = R"( { "a" : 1 ,"b":{"c":[1,2]}, "d":"}" } )";
  rpc::Members members(*rpc::check(text));
  std::vector<std::string> seen;

  while (members.next()) {
    seen.push_back(std::string(members.key) + "=" + std::string(members.value.raw));
  }

  CHECK(seen == std::vector<std::string>{R"("a"=1)", R"("b"={"c":[1,2]})", R"("d"="}")"});
}

TEST_CASE("members: what is no object has none") {
  CHECK_FALSE(rpc::Members(rpc::Value{}).next());
  CHECK_FALSE(rpc::Members(rpc::first_value("[1]")).next());
  CHECK_FALSE(rpc::Elements(rpc::first_value("{}")).next());
}

TEST_CASE("pick: finds members in any order and by escaped names") {
  rpc::Value name, id;

  REQUIRE(rpc::pick(
      rpc::first_value(R"({"x":[{"id":9}],"n\u0061me":"n","id":7})"), {{"id", &id}, {"name", &name}}
  ));

  CHECK(id.raw == "7");
  CHECK(name.raw == "\"n\"");
}

TEST_CASE("pick: a wanted name that stands there twice is refused, another is not") {
  rpc::Value id;
  CHECK_FALSE(rpc::pick(rpc::first_value(R"({"id":1,"\u0069d":2})"), {{"id", &id}}));

  id = {};
  CHECK(rpc::pick(rpc::first_value(R"({"id":1,"x":2,"x":3})"), {{"id", &id}}));
}

TEST_CASE("text_of: escapes are resolved") {
  struct Case {
    std::string raw;
    std::string text;
  };

  const std::vector<Case> cases = {
      {R"("")", ""},
      {R"("tools\/call")", "tools/call"},
      {R"("\"\\\b\f\n\r\t")", "\"\\\b\f\n\r\t"},
      {R"("\u0041\u00e4\u20AC")", "Aä€"},
      {R"("\ud83d\ude00!")", "😀!"},
      {R"("\ud83d")", "\xEF\xBF\xBD"},
      {R"("\ude00x")", "\xEF\xBF\xBDx"},
      {R"("\ud83d\u0041")", "\xEF\xBF\xBD\x41"},
      {R"("\u0000")", std::string(1, '\0')},
  };

  for (const Case& c : cases) {
    CAPTURE(c.raw);
    CHECK(rpc::text_of(c.raw) == c.text);
    CHECK(rpc::says(c.raw, c.text));
    CHECK_FALSE(rpc::says(c.raw, c.text + "x"));
  }
}

TEST_CASE("append_quoted: what goes out reads back the same") {
  std::string all;
  for (int c = 1; c < 128; ++c) {
    all += static_cast<char>(c);
  }
  all += "ä€😀";
  all += '\0';

  const std::string raw = rpc::quoted(all);

  CHECK(rpc::check(raw));
  CHECK(rpc::text_of(raw) == all);
  CHECK(nlohmann::json::parse(raw) == all);
}

TEST_CASE("append_quoted: bytes that are no UTF-8 are replaced") {
  CHECK(rpc::quoted("a\xff\xc3\xa4\xe2\x82") == "\"a\xEF\xBF\xBDä\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

TEST_CASE("integer_of: integers only, and only those that fit") {
  const auto integer = [](std::string_view raw) { return rpc::integer_of(rpc::first_value(raw)); };

  CHECK(integer("0") == 0);
  CHECK(integer("-42") == -42);
  CHECK(integer("9223372036854775807") == INT64_MAX);
  CHECK_FALSE(integer("9223372036854775808"));
  CHECK_FALSE(integer("1.0"));
  CHECK_FALSE(integer("1e3"));
  CHECK_FALSE(integer("\"1\""));
  CHECK(rpc::double_of(rpc::first_value("-2.5e2")) == -250);
}

TEST_CASE("append_members: an object is rebuilt without some of its members") {
  const auto object = rpc::first_value(R"({"a" : 1,"b":{"a":2}, "c":"x"})");
  const auto rebuilt = [&object](std::string out, std::initializer_list<std::string_view> without) {
    rpc::append_members(out, object, without);
    return out + "}";
  };

  CHECK(rebuilt("{", {}) == R"({"a":1,"b":{"a":2},"c":"x"})");
  CHECK(rebuilt("{", {"a", "c"}) == R"({"b":{"a":2}})");
  CHECK(rebuilt("{", {"a", "b", "c"}) == "{}");
  CHECK(rebuilt(R"({"z":0)", {"b"}) == R"({"z":0,"a":1,"c":"x"})");
  CHECK(rebuilt(R"({"z":0)", {"a", "b", "c"}) == R"({"z":0})");
}
