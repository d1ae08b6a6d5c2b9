// SPDX-License-Identifier: Apache-2.0
#include "core/text/encoding.hpp"
#include "server/era/era.hpp"

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

using namespace mooring;

TEST_CASE("decode_header: both marks make it encoded, all else is literal") {
  struct Case {
    std::string value;
    std::optional<std::string> text;
  };

  const std::vector<Case> cases = {
      {"", ""},
      {"echo", "echo"},
      {"a b\tc", "a b\tc"},
      {"=?base64?ZWNobw==?=", "echo"},
      {"=?base64?"
       "?=",
       ""},
      {"=?base64?w6Q=?=", "ä"},
      {"=?BASE64?ZWNobw==?=", "=?BASE64?ZWNobw==?="},
      {"=?base64?ZWNobw==", "=?base64?ZWNobw=="},
      {"ZWNobw==?=", "ZWNobw==?="},
      {"=?base64?=", "=?base64?="},
      {"=?base64?ZWNobw?=", std::nullopt},
      {"=?base64?ZW!obw==?=", std::nullopt},
      {"=?base64?ZWNobw-_?=", std::nullopt},
      {"=?base64?/w==?=", std::nullopt},
      {"\xc3\xa4", std::nullopt},
      {"a\x01", std::nullopt},
  };

  for (const Case& c : cases) {
    CAPTURE(c.value);
    CHECK(era::decode_header(c.value) == c.text);
  }
}

TEST_CASE("refuse_param_headers: what stands in the arguments must stand in the header") {
  struct Case {
    std::string arguments;
    std::vector<http::HeaderView> headers;
    bool passes;
  };

  const std::vector<era::ParamHeader> declared = {
      {{"region"}, "Mcp-Param-Region", rpc::Kind::string},
      {{"page", "size"}, "Mcp-Param-Size", rpc::Kind::number},
      {{"dry"}, "Mcp-Param-Dry", rpc::Kind::boolean},
  };
  const std::vector<Case> cases = {
      {R"({})", {}, true},
      {R"({"region":null})", {}, true},
      {R"({})", {{"Mcp-Param-Region", "of no argument"}}, false},
      {R"({"region":null})", {{"Mcp-Param-Region", "of no argument"}}, false},
      {R"({"region":"eu"})", {{"mcp-param-region", "eu"}}, true},
      {R"({"region":"eu"})", {{"Mcp-Param-Region", "=?base64?ZXU=?="}}, true},
      {R"({"region":"e\u0075"})", {{"Mcp-Param-Region", "eu"}}, true},
      {R"({"region":"=?base64?x"})", {{"Mcp-Param-Region", "=?base64?x"}}, true},
      {R"({"region":"eu"})", {}, false},
      {R"({"region":"eu"})", {{"Mcp-Param-Region", "EU"}}, false},
      {R"({"region":"eu"})", {{"Mcp-Param-Region", "=?base64?ZXU?="}}, false},
      {R"({"region":"eu"})", {{"Mcp-Param-Region", "eu"}, {"Mcp-Param-Region", "eu"}}, false},
      {R"({"page":{"size":42}})", {{"Mcp-Param-Size", "42"}}, true},
      {R"({"page":{"size":42}})", {{"Mcp-Param-Size", "42.0"}}, true},
      {R"({"page":{"size":42.0}})", {{"Mcp-Param-Size", "42"}}, true},
      {R"({"page":{"size":9007199254740993}})", {{"Mcp-Param-Size", "9007199254740993"}}, true},
      {R"({"page":{"size":9007199254740993}})", {{"Mcp-Param-Size", "9007199254740992"}}, false},
      {R"({"page":{"size":42}})", {{"Mcp-Param-Size", "0x2a"}}, false},
      {R"({"page":{"size":42}})", {{"Mcp-Param-Size", "4.2e1"}}, false},
      {R"({"page":{"size":42}})", {{"Mcp-Param-Size", ""}}, false},
      {R"({"page":[1]})", {}, true},
      {R"({"dry":true})", {{"Mcp-Param-Dry", "true"}}, true},
      {R"({"dry":true})", {{"Mcp-Param-Dry", "True"}}, false},
      {R"({"dry":false})", {{"Mcp-Param-Dry", "true"}}, false},
  };

  for (const Case& c : cases) {
    CAPTURE(c.arguments);
    era::Call call;
    call.id = rpc::first_value("5");
    call.arguments = rpc::first_value(c.arguments);
    http::Request request;
    request.headers = c.headers;
    const auto refusal = era::refuse_param_headers(call, declared, request);
    CHECK(refusal.has_value() != c.passes);
    if (refusal) {
      CHECK(refusal->status == 400);
      CHECK(refusal->code == -32020);
      CHECK(refusal->id == "5");
    }
  }
}
