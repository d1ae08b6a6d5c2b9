// SPDX-License-Identifier: Apache-2.0
#include "tests/server/catalogue/offer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using namespace mooring::tests;
using catalogue::Catalogue;
using catalogue::Offer;
using Prefix = settings::Exposure::Prefix;
using Names = std::vector<std::string>;

namespace {

Offer exposed(std::string backend, const Names& tools, settings::Exposure expose) {
  std::vector<std::string> raw;
  for (const std::string& tool : tools) {
    raw.push_back(a_tool(tool));
  }
  Offer made = offer_tools(std::move(backend), std::move(raw));
  made.expose = std::move(expose);
  return made;
}

settings::Exposure with_prefix(Prefix prefix) {
  settings::Exposure expose;
  expose.prefix = prefix;
  return expose;
}

}  // namespace

TEST_CASE("exposure: a prefix always, never, or where it is needed") {
  const auto merge = [](Prefix a, Prefix b) {
    return Catalogue(
        {exposed("a", {"x", "one"}, with_prefix(a)), exposed("b", {"x", "two"}, with_prefix(b))},
        style,
        ring
    );
  };
  constexpr auto some = Prefix::when_conflicting;

  CHECK(names_of_tools(merge(some, some)) == Names{"a_x", "one", "b_x", "two"});
  CHECK(names_of_tools(merge(Prefix::always, some)) == Names{"a_x", "a_one", "x", "two"});
  CHECK(names_of_tools(merge(Prefix::never, some)) == Names{"x", "one", "b_x", "two"});
  CHECK(
      names_of_tools(merge(Prefix::always, Prefix::always)) == Names{"a_x", "a_one", "b_x", "b_two"}
  );

  const Catalogue both = merge(Prefix::never, Prefix::never);
  CHECK(names_of_tools(both) == Names{"x", "one", "two"});
  CHECK(both.find_tool("x")->backend == 0);
  REQUIRE(both.warnings().size() == 1);
  CHECK(
      both.warnings()[0] ==
      R"(backend "b": tool "x" would have the name "x", which one of backend "a" has; change expose.prefix or expose.rename (left out))"
  );
}

TEST_CASE("exposure: prompts get prefixes as tools do") {
  catalogue::Offers offers;
  offers.prompts = {R"({"name":"p"})"};
  Offer made = offer("a", offers);
  made.expose = with_prefix(Prefix::always);
  const Catalogue merged({made}, style, ring);

  REQUIRE(merged.find_prompt("a_p"));
  CHECK(merged.find_prompt("a_p")->own_name == "p");
}

TEST_CASE("exposure: tools are included and excluded by their own names and patterns") {
  struct Case {
    Names include, exclude, left;
  };

  const Names all = {"read", "read_all", "write", "db.drop", "db.drop_all"};
  const std::vector<Case> cases = {
      {{}, {}, all},
      {{"*"}, {}, all},
      {{"read"}, {}, {"read"}},
      {{"read*"}, {}, {"read", "read_all"}},
      {{"*_all"}, {}, {"read_all", "db.drop_all"}},
      {{"*r*a*"}, {}, {"read", "read_all", "db.drop_all"}},
      {{"d*drop"}, {}, {"db.drop"}},
      {{"read", "write"}, {"w*"}, {"read"}},
      {{}, {"db.*"}, {"read", "read_all", "write"}},
      {{}, {"*"}, {}},
      {{"**r**e**"}, {}, {"read", "read_all", "write"}},
  };

  for (const Case& c : cases) {
    settings::Exposure expose;
    expose.include = c.include;
    expose.exclude = c.exclude;
    const Catalogue merged({exposed("a", all, expose)}, style, ring);
    CHECK(names_of_tools(merged) == c.left);
    CHECK(merged.warnings().empty());
  }
}

TEST_CASE("exposure: what is left out conflicts with nothing") {
  settings::Exposure expose;
  expose.exclude = {"x"};
  const Catalogue merged({exposed("a", {"x"}, expose), exposed("b", {"x"}, {})}, style, ring);

  CHECK(names_of_tools(merged) == Names{"x"});
}

TEST_CASE("exposure: another name is the whole name") {
  settings::Exposure expose = with_prefix(Prefix::always);
  expose.rename = {{"x", "look"}};
  expose.exclude = {"look"};
  const Catalogue merged(
      {exposed("a", {"x", "y"}, expose), exposed("b", {"look"}, {})}, style, ring
  );

  CHECK(names_of_tools(merged) == Names{"look", "a_y", "b_look"});
  CHECK(merged.find_tool("look")->own_name == "x");
  CHECK(merged.find_tool("x") == nullptr);
}

TEST_CASE("exposure: a name that no tool has is most likely a mistake, once there are tools") {
  settings::Exposure expose;
  expose.include = {"reed", "read"};
  expose.exclude = {"w*"};
  expose.rename = {{"raed", "see"}};

  const Catalogue merged({exposed("a", {"read"}, expose)}, style, ring);

  CHECK(names_of_tools(merged) == Names{"read"});
  CHECK(
      merged.warnings() ==
      Names{
          R"(backend "a": expose.include: it has no tool "reed")",
          R"(backend "a": expose.exclude: it has no tool "w*")",
          R"(backend "a": expose.rename: it has no tool "raed")"}
  );
  CHECK(Catalogue({exposed("a", {}, expose)}, style, ring).warnings().empty());
}
