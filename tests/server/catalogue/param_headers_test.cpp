// SPDX-License-Identifier: Apache-2.0
#include "tests/server/catalogue/offer.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using namespace mooring::tests;
using catalogue::Catalogue;

namespace {

Catalogue with_schema(const std::string& schema) {
  return Catalogue(
      {offer_tools("b", {R"({"name":"t","inputSchema":)" + schema + "}"})}, style, ring
  );
}

}  // namespace

TEST_CASE("catalogue: annotated arguments are found down their path") {
  const Catalogue merged = with_schema(
      R"({"type":"object","properties":{"region":{"type":"string","x-mcp-header":"Region"},)"
      R"("page":{"type":"object","properties":{"size":{"type":"integer","x-mcp-header":"Page-Size"}}},)"
      R"("dry":{"type":"boolean","x-mcp-header":"Dry"},"plain":{"type":"string","default":{"x-mcp-header":1}}}})"
  );

  const auto& headers = merged.find_tool("t")->param_headers;
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
    REQUIRE(merged.find_tool("t"));
    CHECK(merged.find_tool("t")->param_headers.empty());
    CHECK(merged.warnings().size() == 1);
  }
}
