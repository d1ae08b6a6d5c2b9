// SPDX-License-Identifier: Apache-2.0
#include "tests/server/catalogue/offer.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace mooring;
using namespace mooring::tests;
using catalogue::Catalogue;
using catalogue::Kind;
using catalogue::Offers;
using era::Generation;
using nlohmann::json;

namespace {

std::string a_prompt(const std::string& name) {
  return R"({"name":")" + name + R"(","description":"d"})";
}

std::string a_resource(const std::string& uri) {
  return R"({"uri":")" + uri + R"(","name":"n"})";
}

std::string a_template(const std::string& uri) {
  return R"({"uriTemplate":")" + uri + R"(","name":"n"})";
}

std::string list_of(const Catalogue& merged, Kind kind) {
  return *merged.list(kind, Generation::legacy, "", ring);
}

}  // namespace

TEST_CASE("catalogue: every kind has its list, in both generations") {
  Offers offers;
  offers.tools = {a_tool("t")};
  offers.prompts = {a_prompt("p")};
  offers.resources = {a_resource("x://r")};
  offers.templates = {a_template("x://{id}")};
  const Catalogue merged({offer("a", offers)}, style, ring);

  CHECK(list_of(merged, Kind::tools) == R"({"tools":[)" + a_tool("t") + "]}");
  CHECK(list_of(merged, Kind::prompts) == R"({"prompts":[)" + a_prompt("p") + "]}");
  CHECK(list_of(merged, Kind::resources) == R"({"resources":[)" + a_resource("x://r") + "]}");
  CHECK(
      list_of(merged, Kind::templates) ==
      R"({"resourceTemplates":[)" + a_template("x://{id}") + "]}"
  );
  for (const Kind kind : catalogue::kinds) {
    const json list = json::parse(*merged.list(kind, Generation::modern, "", ring));
    CHECK(list["resultType"] == "complete");
    CHECK(list["ttlMs"] == 60'000);
    CHECK(list["cacheScope"] == "public");
    CHECK(list[std::string(catalogue::list_member(kind))].size() == 1);
  }
}

TEST_CASE("catalogue: what several backends can is what one of them can") {
  Offers one;
  one.capabilities = {.tools = true, .logging = true};
  Offers other;
  other.capabilities = {.resources = true, .subscriptions = true, .prompts = true};
  const Catalogue merged({offer("a", one), offer("b", other)}, style, ring);

  CHECK(
      merged.capabilities() ==
      catalogue::Capabilities{
          .tools = true, .resources = true, .subscriptions = true, .prompts = true, .logging = true}
  );
  CHECK(merged.capabilities_of(1) == other.capabilities);
  CHECK(merged.with_resources() == std::vector<std::size_t>{1});
}

TEST_CASE("catalogue: instructions stand under the names of their backends, unless there is one") {
  Offers kind;
  kind.instructions = "Be kind.";
  Offers brief;
  brief.instructions = "Be brief.";

  CHECK(Catalogue({offer("a", kind)}, style, ring).instructions() == "Be kind.");
  CHECK(
      Catalogue({offer("a", kind), offer("b", {}), offer("c", brief)}, style, ring)
          .instructions() == "a: Be kind.\n\nc: Be brief."
  );
  CHECK(Catalogue().instructions().empty());
}

TEST_CASE("catalogue: prompts of one name get their backend's before it, like tools") {
  Offers offers;
  offers.prompts = {a_prompt("p"), a_prompt("only")};
  Offers other;
  other.prompts = {a_prompt("p")};
  const Catalogue merged({offer("a", offers), offer("b", other)}, style, ring);

  CHECK(
      list_of(merged, Kind::prompts) == R"({"prompts":[{"name":"a_p","description":"d"},)" +
                                            a_prompt("only") +
                                            R"(,{"name":"b_p","description":"d"}]})"
  );
  REQUIRE(merged.find_prompt("b_p"));
  CHECK(merged.find_prompt("b_p")->backend == 1);
  CHECK(merged.find_prompt("b_p")->own_name == "p");
  CHECK(merged.find_prompt("p") == nullptr);
}

TEST_CASE("catalogue: of two resources with one URI the first stays, and that is said") {
  Offers offers;
  offers.resources = {a_resource("x://r")};
  offers.templates = {a_template("x://{id}")};
  const Catalogue merged({offer("a", offers), offer("b", offers)}, style, ring);

  CHECK(list_of(merged, Kind::resources) == R"({"resources":[)" + a_resource("x://r") + "]}");
  CHECK(merged.find_resource("x://r") == 0U);
  CHECK(merged.find_template("x://{id}") == 0U);
  REQUIRE(merged.warnings().size() == 2);
  CHECK(
      merged.warnings()[0] ==
      R"(backend "b": "x://r" of its resources is offered by backend "a" already (left out))"
  );
}

TEST_CASE("catalogue: a URI leads to who lists it, then to the template that says most") {
  Offers a;
  a.resources = {a_resource("x://notes/1")};
  a.templates = {a_template("x://{+path}")};
  Offers b;
  b.templates = {a_template("x://notes/{id}"), a_template("x://notes/{id}/{part}")};
  const Catalogue merged({offer("a", a), offer("b", b)}, style, ring);

  CHECK(merged.find_resource("x://notes/1") == 0U);
  CHECK(merged.find_resource("x://notes/2") == 1U);
  CHECK(merged.find_resource("x://notes/2/head") == 1U);
  CHECK(merged.find_resource("x://else/2/head") == 0U);
  CHECK_FALSE(merged.find_resource("y://notes/2"));
}

TEST_CASE("catalogue: what a client could not read is left out of the other lists too") {
  Offers offers;
  offers.prompts = {R"({"title":"no name"})", a_prompt("p"), a_prompt("p")};
  offers.resources = {R"({"uri":"x://no-name"})", R"({"uri":"","name":"n"})"};
  offers.templates = {a_template("x://{"), R"({"uriTemplate":1,"name":"n"})"};
  const Catalogue merged({offer("a", offers)}, style, ring);

  CHECK(list_of(merged, Kind::prompts) == R"({"prompts":[)" + a_prompt("p") + "]}");
  CHECK(list_of(merged, Kind::resources) == R"({"resources":[]})");
  CHECK(
      list_of(merged, Kind::templates) == R"({"resourceTemplates":[)" + a_template("x://{") + "]}"
  );
  CHECK(merged.warnings().size() == 6);
  CHECK_FALSE(merged.find_resource("x://{"));
}
