// SPDX-License-Identifier: Apache-2.0
#include "server/backend/declared.hpp"

#include "server/backend/make.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

using namespace mooring;
using namespace mooring::backend;
using nlohmann::json;

namespace {

const json schema = json::parse(R"({
  "type": "object",
  "properties": {"city": {"type": "string"}, "days": {"type": "integer", "default": 3},
                 "flags": {"type": "array"}, "a b": {"type": "boolean"}},
  "required": ["city"]})");

std::unique_ptr<DeclaredBackend> backend_of(const std::string& text) {
  auto made = DeclaredBackend::make("clock", {{{"weather", "Weather", "Tells it.", schema, text}}});
  REQUIRE(made.has_value());
  return std::move(*made);
}

json call(const std::string& text, const std::string& arguments) {
  const Answer answer =
      backend_of(text)->answer({"tools/call", R"({"name":"weather","arguments":)" + arguments + "}"}
      );
  REQUIRE_FALSE(answer.is_error);
  return json::parse(answer.raw);
}

std::string text_of(const json& result) {
  return result["content"][0]["text"];
}

std::string refusal(const std::string& text) {
  const auto made = DeclaredBackend::make("clock", {{{"weather", "", "d", schema, text}}});
  return made ? "accepted" : made.error().message;
}

}  // namespace

TEST_CASE("declared: the text has the arguments' values in their places") {
  struct Case {
    std::string text;
    std::string arguments;
    std::string answer;
  };

  const Case cases[] = {
      {"plain", R"({"city":"Bern"})", "plain"},
      {"{city}", R"({"city":"Bern"})", "Bern"},
      {"In {city}, {days} days.", R"({"city":"Bern","days":5})", "In Bern, 5 days."},
      {"{days}|{flags}", R"({"city":"B"})", "3|"},
      {"{flags}{a b}",
       R"({"city":"B","flags":["x",{"y":"\"z\""}],"a b":true})",
       R"(["x",{"y":"\"z\""}]true)"},
      {"{{city}} }}{{", R"({"city":"B"})", "{city} }{"},
      {"\"{city}\"\n\\", R"({"city":"a\"b\n\u00fc😀"})", "\"a\"b\nü😀\"\n\\"},
      {"{city}{city}", R"({"city":"{days}"})", "{days}{days}"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.text);
    CHECK(text_of(call(c.text, c.arguments)) == c.answer);
  }
}

TEST_CASE("declared: wrong arguments are a tool's error that names them") {
  const json result = call("{city}", R"({"days":"many"})");

  CHECK(result["isError"] == true);
  CHECK(text_of(result).find("arguments.city") != std::string::npos);
  CHECK(text_of(result).find("arguments.days") != std::string::npos);
}

TEST_CASE("declared: no arguments at all are an empty object") {
  const Answer answer = backend_of("x")->answer({"tools/call", R"({"name":"weather"})"});

  CHECK(json::parse(answer.raw)["isError"] == true);
}

TEST_CASE("declared: what is not there is a JSON-RPC error") {
  const auto backend = backend_of("x");

  CHECK(json::parse(backend->answer({"tools/call", R"({"name":"w\n"})"}).raw)["code"] == -32602);
  CHECK(json::parse(backend->answer({"prompts/get", "{}"}).raw)["code"] == -32601);
}

TEST_CASE("declared: a text that cannot be meant is refused, and says where") {
  CHECK(refusal("a { b").starts_with("tools[0].text: has a single { at byte 2"));
  CHECK(refusal("a } b").starts_with("tools[0].text: has a single } at byte 2"));
  CHECK(refusal("{}").starts_with("tools[0].text: has a single {"));
  CHECK(refusal("{city").starts_with("tools[0].text: has a single {"));
  CHECK(refusal("{a{city}}").starts_with("tools[0].text: has a single {"));
  CHECK(refusal("{town}").starts_with("tools[0].text: names {town}, which inputSchema.properties"));
}

TEST_CASE("declared: tools are listed as they are declared") {
  const auto backend = backend_of("x");

  REQUIRE(backend->offers()->tools.size() == 1);
  CHECK(
      json::parse(backend->offers()->tools.front()) ==
      json{
          {"name", "weather"},
          {"title", "Weather"},
          {"description", "Tells it."},
          {"inputSchema", schema}}
  );
  CHECK(backend->status() == Status{State::up, true, ""});
}

TEST_CASE("make: a schema that does not compile is named with its backend") {
  metrics::Registry registry;
  settings::Settings settings;
  settings.backends.push_back(
      {"a",
       std::chrono::seconds(1),
       settings::DeclaredTools{{{"t", "", "d", {{"type", "objekt"}}, "x"}}}}
  );

  const auto made = make(settings, registry);

  REQUIRE_FALSE(made.has_value());
  CHECK(made.error().code == Errc::invalid);
  CHECK(made.error().message.starts_with("backends[0].tools[0].inputSchema: "));
}
