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
using era::Generation;
using nlohmann::json;

namespace {

const std::string* first_page(const Catalogue& merged, Generation generation) {
  return merged.list(Kind::tools, generation, "", ring);
}

}  // namespace

TEST_CASE("catalogue: both lists are written byte for byte") {
  const Catalogue merged({offer_tools("files", {a_tool("read"), a_tool("write")})}, style, ring);

  CHECK(
      *first_page(merged, Generation::legacy) ==
      R"({"tools":[)" + a_tool("read") + "," + a_tool("write") + "]}"
  );
  CHECK(
      *first_page(merged, Generation::modern) ==
      R"({"resultType":"complete","tools":[)" + a_tool("read") + "," + a_tool("write") +
          R"(],"ttlMs":60000,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1"}}})"
  );
  CHECK(merged.warnings().empty());
}

TEST_CASE("catalogue: nothing offered is an empty list") {
  CHECK(*first_page(Catalogue(), Generation::legacy) == R"({"tools":[]})");
  CHECK(Catalogue().find_tool("x") == nullptr);
}

TEST_CASE("catalogue: a public name leads to the backend and its own name") {
  const Catalogue merged(
      {offer_tools("a", {a_tool("x")}), offer_tools("b", {a_tool("y"), a_tool("x")})}, style, ring
  );

  CHECK(names_of_tools(merged) == std::vector<std::string>{"a_x", "y", "b_x"});
  REQUIRE(merged.find_tool("b_x"));
  CHECK(merged.find_tool("b_x")->backend == 1);
  CHECK(merged.find_tool("b_x")->own_name == "x");
  CHECK(merged.find_tool("y")->own_name == "y");
  CHECK(merged.find_tool("x") == nullptr);
}

TEST_CASE("catalogue: a renamed tool keeps all else") {
  const Catalogue merged(
      {offer_tools("a", {R"({"description":"é", "name" : "x","inputSchema":{"k":[1, 2]}})"}),
       offer_tools("b", {a_tool("x")})},
      style,
      ring
  );

  const json list = json::parse(*first_page(merged, Generation::legacy));

  CHECK(
      list["tools"][0] ==
      json{{"name", "a_x"}, {"description", "é"}, {"inputSchema", {{"k", {1, 2}}}}}
  );
}

TEST_CASE("catalogue: names stay apart whatever the prefixes make") {
  const Catalogue merged(
      {offer_tools("a", {a_tool("x"), a_tool("b_a_x")}),
       offer_tools("b", {a_tool("x"), a_tool("a_x")})},
      style,
      ring
  );

  CHECK(names_of_tools(merged) == std::vector<std::string>{"a_x", "a_b_a_x", "b_x", "b_a_x"});
}

TEST_CASE("catalogue: what cannot be offered is left out, and said") {
  const Catalogue merged(
      {offer_tools(
          "files",
          {"nonsense",
           "[]",
           R"({"name":1,"inputSchema":{}})",
           R"({"name":"a","name":"b","inputSchema":{}})",
           a_tool("with space"),
           a_tool(std::string(129, 'n')),
           R"({"name":"no-schema"})",
           a_tool("x"),
           a_tool("x"),
           a_tool("a.b/c-D_1")}
      )},
      style,
      ring
  );

  CHECK(names_of_tools(merged) == std::vector<std::string>{"x", "a.b/c-D_1"});
  REQUIRE(merged.warnings().size() == 8);
  CHECK(
      merged.warnings()[4] ==
      R"(backend "files": tool name "with space" must be 1 to 128 of the characters A-Z a-z 0-9 _ - . / (left out))"
  );
  CHECK(
      merged.warnings()[7] ==
      R"(backend "files": tool "x" is listed twice, the first stays (left out))"
  );
}

TEST_CASE("catalogue: tasks are not offered, as they are not served") {
  const Catalogue merged(
      {offer_tools("a", {a_tool("x", R"(,"execution":{"taskSupport":"optional"})")})}, style, ring
  );

  CHECK(*first_page(merged, Generation::legacy) == R"({"tools":[)" + a_tool("x") + "]}");
}

TEST_CASE("catalogue: long lists come in pages, each tool once, alike on every replica") {
  std::vector<std::string> tools;
  for (int i = 0; i < 25; ++i) {
    tools.push_back(a_tool("t" + std::to_string(i)));
  }
  catalogue::Style small = style;
  small.page_size = 10;
  const Catalogue merged({offer_tools("a", tools)}, small, ring);
  const Catalogue replica({offer_tools("a", tools)}, small, ring);
  const Catalogue other({offer_tools("a", {tools.rbegin(), tools.rend()})}, small, ring);

  for (const Generation generation : {Generation::legacy, Generation::modern}) {
    std::vector<std::string> seen;
    std::string cursor;
    int pages = 0;
    for (;;) {
      const std::string* page = replica.list(Kind::tools, generation, cursor, ring);
      REQUIRE(page);
      ++pages;
      const json list = json::parse(*page);
      for (const auto& tool : list["tools"]) {
        seen.push_back(tool["name"]);
      }
      if (!list.contains("nextCursor")) {
        break;
      }
      cursor = list["nextCursor"];
      CHECK(merged.list(Kind::tools, generation, cursor, ring));
      CHECK_FALSE(other.list(Kind::tools, generation, cursor, ring));
    }
    CHECK(pages == 3);
    CHECK(seen == names_of_tools(merged));
  }
  CHECK_FALSE(merged.list(Kind::tools, Generation::legacy, "x", ring));
}

TEST_CASE("catalogue: a full last page has no cursor") {
  catalogue::Style small = style;
  small.page_size = 2;
  const Catalogue merged({offer_tools("a", {a_tool("x"), a_tool("y")})}, small, ring);

  CHECK(first_page(merged, Generation::legacy)->find("nextCursor") == std::string::npos);
}

TEST_CASE("catalogue: it can be moved and still be searched") {
  Catalogue first({offer_tools("a", {a_tool("x")})}, style, ring);
  const Catalogue second = std::move(first);

  REQUIRE(second.find_tool("x"));
  CHECK(second.find_tool("x")->name == "x");
}

TEST_CASE("catalogue: cursors are sealed, so that nobody makes one") {
  std::vector<std::string> tools;
  for (int i = 0; i < 3; ++i) {
    tools.push_back(a_tool("t" + std::to_string(i)));
  }
  catalogue::Style small = style;
  small.page_size = 1;
  const Catalogue merged({offer_tools("a", tools)}, small, ring);
  const std::string cursor = json::parse(*first_page(merged, Generation::legacy))["nextCursor"];
  const seal::Ring foreign = seal::Ring::of("k1", std::string(32, 't')).value();

  CHECK(merged.list(Kind::tools, Generation::modern, cursor, ring));
  CHECK_FALSE(merged.list(Kind::tools, Generation::modern, cursor, foreign));
  CHECK_FALSE(merged.list(Kind::prompts, Generation::modern, cursor, ring));
  for (std::size_t at = 0; at < cursor.size(); ++at) {
    std::string other = cursor;
    other[at] = other[at] == 'A' ? 'B' : 'A';
    CHECK_FALSE(merged.list(Kind::tools, Generation::modern, other, ring));
  }
}
