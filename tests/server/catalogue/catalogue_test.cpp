// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/catalogue.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace mooring;
using catalogue::Catalogue;
using catalogue::Offer;
using era::Generation;
using nlohmann::json;

namespace {

std::string a_tool(const std::string& name, const std::string& more = "") {
  return R"({"name":")" + name + R"(","description":"d","inputSchema":{"type":"object"})" + more +
         "}";
}

std::vector<std::string> names(const Catalogue& merged) {
  std::vector<std::string> list;
  for (const auto& tool : merged.tools()) {
    list.push_back(tool.name);
  }
  return list;
}

const catalogue::Style style = {R"({"name":"weather","version":"1"})"};

Catalogue with_schema(const std::string& schema) {
  return Catalogue({{"b", {R"({"name":"t","inputSchema":)" + schema + "}"}}}, style);
}

}  // namespace

TEST_CASE("catalogue: both lists are written byte for byte") {
  const Catalogue merged({{"files", {a_tool("read"), a_tool("write")}}}, style);

  CHECK(
      *merged.list(Generation::legacy) ==
      R"({"tools":[)" + a_tool("read") + "," + a_tool("write") + "]}"
  );
  CHECK(
      *merged.list(Generation::modern) ==
      R"({"resultType":"complete","tools":[)" + a_tool("read") + "," + a_tool("write") +
          R"(],"ttlMs":60000,"cacheScope":"public","_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1"}}})"
  );
  CHECK(merged.warnings().empty());
}

TEST_CASE("catalogue: nothing offered is an empty list") {
  CHECK(*Catalogue().list(Generation::legacy) == R"({"tools":[]})");
  CHECK(Catalogue().find("x") == nullptr);
}

TEST_CASE("catalogue: a public name leads to the backend and its own name") {
  const Catalogue merged({{"a", {a_tool("x")}}, {"b", {a_tool("y"), a_tool("x")}}}, style);

  CHECK(names(merged) == std::vector<std::string>{"a_x", "y", "b_x"});
  REQUIRE(merged.find("b_x"));
  CHECK(merged.find("b_x")->backend == 1);
  CHECK(merged.find("b_x")->own_name == "x");
  CHECK(merged.find("y")->own_name == "y");
  CHECK(merged.find("x") == nullptr);
}

TEST_CASE("catalogue: a renamed tool keeps all else") {
  const Catalogue merged(
      {{"a", {R"({"description":"é", "name" : "x","inputSchema":{"k":[1, 2]}})"}},
       {"b", {a_tool("x")}}},
      style
  );

  const json list = json::parse(*merged.list(Generation::legacy));

  CHECK(
      list["tools"][0] ==
      json{{"name", "a_x"}, {"description", "é"}, {"inputSchema", {{"k", {1, 2}}}}}
  );
}

TEST_CASE("catalogue: names stay apart whatever the prefixes make") {
  const Catalogue merged(
      {{"a", {a_tool("x"), a_tool("b_a_x")}}, {"b", {a_tool("x"), a_tool("a_x")}}}, style
  );

  CHECK(names(merged) == std::vector<std::string>{"a_x", "a_b_a_x", "b_x", "b_a_x"});
}

TEST_CASE("catalogue: what cannot be offered is left out, and said") {
  const Catalogue merged(
      {{"files",
        {"nonsense",
         "[]",
         R"({"name":1,"inputSchema":{}})",
         R"({"name":"a","name":"b","inputSchema":{}})",
         a_tool("with space"),
         a_tool(std::string(129, 'n')),
         R"({"name":"no-schema"})",
         a_tool("x"),
         a_tool("x"),
         a_tool("a.b/c-D_1")}}},
      style
  );

  CHECK(names(merged) == std::vector<std::string>{"x", "a.b/c-D_1"});
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
      {{"a", {a_tool("x", R"(,"execution":{"taskSupport":"optional"})")}}}, style
  );

  CHECK(*merged.list(Generation::legacy) == R"({"tools":[)" + a_tool("x") + "]}");
}

TEST_CASE("catalogue: long lists come in pages, each tool once, alike on every replica") {
  std::vector<std::string> tools;
  for (int i = 0; i < 25; ++i) {
    tools.push_back(a_tool("t" + std::to_string(i)));
  }
  catalogue::Style small = style;
  small.page_size = 10;
  const Catalogue merged({{"a", tools}}, small);
  const Catalogue replica({{"a", tools}}, small);
  const Catalogue other({{"a", {tools.rbegin(), tools.rend()}}}, small);

  for (const Generation generation : {Generation::legacy, Generation::modern}) {
    std::vector<std::string> seen;
    std::string cursor;
    int pages = 0;
    for (;;) {
      const std::string* page = replica.list(generation, cursor);
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
      CHECK(merged.list(generation, cursor));
      CHECK_FALSE(other.list(generation, cursor));
    }
    CHECK(pages == 3);
    CHECK(seen == names(merged));
  }
  CHECK_FALSE(merged.list(Generation::legacy, "x"));
}

TEST_CASE("catalogue: a full last page has no cursor") {
  catalogue::Style small = style;
  small.page_size = 2;
  const Catalogue merged({{"a", {a_tool("x"), a_tool("y")}}}, small);

  CHECK(merged.list(Generation::legacy)->find("nextCursor") == std::string::npos);
}

TEST_CASE("catalogue: it can be moved and still be searched") {
  Catalogue first({{"a", {a_tool("x")}}}, style);
  const Catalogue second = std::move(first);

  REQUIRE(second.find("x"));
  CHECK(second.find("x")->name == "x");
}

TEST_CASE("catalogue: annotated arguments are found down their path") {
  const Catalogue merged = with_schema(
      R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
      R"("page":{"type":"object","properties":{"size":{"type":"integer","x-mcp-header":"Page-Size"}}},)"
      R"("dry":{"type":"boolean","x-mcp-header":"Dry"},"plain":{"type":"string","default":{"x-mcp-header":1}}}})"
  );

  const auto& headers = merged.find("t")->param_headers;
  REQUIRE(headers.size() == 3);
  CHECK(headers[0].header == "Mcp-Param-Region");
  CHECK(headers[0].path == std::vector<std::string>{"region"});
  CHECK(headers[1].header == "Mcp-Param-Page-Size");
  CHECK(headers[1].path == std::vector<std::string>{"page", "size"});
  CHECK(headers[1].kind == rpc::Kind::number);
  CHECK(headers[2].kind == rpc::Kind::boolean);
  CHECK(merged.warnings().empty());
}

TEST_CASE("catalogue: a broken annotation leaves the tool, checks none of its headers, and is said"
) {
  for (const std::string schema : {
           R"({"properties":{"a":{"type":"object","x-mcp-header":"A"}}})",
           R"({"properties":{"a":{"x-mcp-header":"A"}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":""}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":"a b"}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":1}}})",
           R"({"properties":{"a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"}}})",
           R"({"properties":{"a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}}}})",
           R"({"anyOf":[{"properties":{"a":{"type":"string","x-mcp-header":"A"}}}]})",
           R"({"$defs":{"a":{"type":"string","x-mcp-header":"A"}}})",
           R"({"type":"string","x-mcp-header":"A"})",
       }) {
    CAPTURE(schema);
    const Catalogue merged = with_schema(schema);
    REQUIRE(merged.find("t"));
    CHECK(merged.find("t")->param_headers.empty());
    CHECK(merged.warnings().size() == 1);
  }
}
