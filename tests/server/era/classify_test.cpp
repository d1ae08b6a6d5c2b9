// SPDX-License-Identifier: Apache-2.0
#include "server/era/era.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

using namespace mooring;
using era::Generation;
using era::Method;

namespace {

using Headers = std::vector<http::HeaderView>;

constexpr std::string_view envelope =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

std::string a_request(std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":{)" +
         std::string(params) + "}}";
}

std::string a_modern_request(std::string_view method, std::string_view more = "") {
  return a_request(method, std::string(envelope) + std::string(more));
}

tl::expected<era::Call, rpc::Refusal> classify(const std::string& text, Headers headers) {
  const auto body = rpc::parse(text);
  REQUIRE(body);
  http::Request request;
  request.headers = std::move(headers);
  return era::classify(body->message, request);
}

const Headers modern_list = {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/list"}};
const Headers modern_call = {
    {"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "tools/call"}, {"Mcp-Name", "echo"}};

struct Rung {
  std::string name;
  std::string text;
  Headers headers;
  int status;  ///< 0: it passes
  int code = 0;
};

void check_rungs(const std::vector<Rung>& rungs) {
  for (const Rung& rung : rungs) {
    CAPTURE(rung.name);
    const auto call = classify(rung.text, rung.headers);
    REQUIRE(call.has_value() == (rung.status == 0));
    if (!call) {
      CAPTURE(call.error().message);
      CHECK(call.error().status == rung.status);
      CHECK(call.error().code == rung.code);
      CHECK(call.error().id == "1");
      CHECK(rpc::check(rpc::refusal_body(call.error())));
    }
  }
}

}  // namespace

TEST_CASE("classify: a modern tools/call leaves its parts") {
  const std::string text = a_request(
      "tools/call",
      R"("name":"echo","arguments":{"a":1},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}},"io.modelcontextprotocol/clientInfo":{"name":"c"},"traceparent":"00-1"})"
  );

  const auto call = classify(text, modern_call);

  REQUIRE(call);
  CHECK(call->generation == Generation::modern);
  CHECK(call->method == Method::tools_call);
  CHECK(call->version == "2026-07-28");
  CHECK(call->id.raw == "1");
  CHECK(call->name.raw == "\"echo\"");
  CHECK(call->arguments.raw == R"({"a":1})");
  CHECK(call->client_capabilities.raw == R"({"roots":{}})");
  CHECK(call->client_info.raw == R"({"name":"c"})");
}

TEST_CASE("classify: every rung of the modern ladder answers for itself") {
  const std::string list = a_modern_request("tools/list");
  const std::string call = a_modern_request("tools/call", R"(,"name":"echo")");
  const auto with_meta = [](std::string_view meta) {
    return a_request("tools/list", R"("_meta":)" + std::string(meta));
  };
  const std::string claim = R"("io.modelcontextprotocol/protocolVersion":"2026-07-28")";
  const std::string capabilities = R"("io.modelcontextprotocol/clientCapabilities":{})";

  check_rungs({
      {"list", list, modern_list, 0},
      {"call", call, modern_call, 0},
      {"discover",
       a_modern_request("server/discover"),
       {{"mcp-protocol-version", " 2026-07-28\t"}, {"MCP-METHOD", "server/discover"}},
       0},
      {"one media type is enough",
       list,
       {modern_list[0], modern_list[1], {"Accept", "application/json"}},
       0},

      {"header of another version", list, {{"MCP-Protocol-Version", "2025-11-25"}}, 400, -32020},
      {"unsupported version, both agree",
       with_meta(R"({"io.modelcontextprotocol/protocolVersion":"2099-01-01"})"),
       {{"MCP-Protocol-Version", "2099-01-01"}},
       400,
       -32022},
      {"a legacy version in _meta",
       with_meta(
           R"({"io.modelcontextprotocol/protocolVersion":"2025-11-25",)" + capabilities + "}"
       ),
       {},
       400,
       -32022},
      {"version is no string",
       with_meta(R"({"io.modelcontextprotocol/protocolVersion":1})"),
       modern_list,
       400,
       -32602},
      {"_meta is no object", with_meta("[]"), modern_list, 400, -32602},
      {"_meta twice", a_request("tools/list", R"("_meta":{},"_meta":{})"), {}, 400, -32602},
      {"version twice", with_meta("{" + claim + "," + claim + "}"), modern_list, 400, -32602},

      {"header says modern, _meta has no version",
       with_meta("{" + capabilities + "}"),
       modern_list,
       400,
       -32602},
      {"header says modern, no _meta", a_request("tools/list", ""), modern_list, 400, -32602},
      {"capabilities missing", with_meta("{" + claim + "}"), modern_list, 400, -32602},
      {"capabilities no object",
       with_meta("{" + claim + R"(,"io.modelcontextprotocol/clientCapabilities":[]})"),
       modern_list,
       400,
       -32602},
      {"client info no object",
       with_meta(
           "{" + claim + "," + capabilities + R"(,"io.modelcontextprotocol/clientInfo":"me"})"
       ),
       modern_list,
       400,
       -32602},

      {"unknown method", a_modern_request("no/such"), modern_list, 404, -32601},
      {"initialize with an envelope", a_modern_request("initialize"), modern_list, 404, -32601},
      {"ping with an envelope", a_modern_request("ping"), modern_list, 404, -32601},
      {"method known before headers", a_modern_request("no/such"), {}, 404, -32601},
      {"initialize with a modern header",
       a_request("initialize", ""),
       {{"MCP-Protocol-Version", "2026-07-28"}},
       400,
       -32020},

      {"no name", a_modern_request("tools/call"), modern_call, 200, -32602},
      {"name no string", a_modern_request("tools/call", R"(,"name":1)"), modern_call, 200, -32602},
      {"arguments no object",
       a_modern_request("tools/call", R"(,"name":"echo","arguments":[])"),
       modern_call,
       200,
       -32602},
      {"name twice",
       a_modern_request("tools/call", R"(,"name":"echo","name":"x")"),
       modern_call,
       400,
       -32602},
      {"params before headers", a_modern_request("tools/call"), {}, 200, -32602},

      {"version header missing", list, {{"Mcp-Method", "tools/list"}}, 400, -32020},
      {"method header missing", list, {modern_list[0]}, 400, -32020},
      {"method header differs", list, {modern_list[0], {"Mcp-Method", "tools/call"}}, 400, -32020},
      {"method header in another case",
       list,
       {modern_list[0], {"Mcp-Method", "Tools/List"}},
       400,
       -32020},
      {"method header twice", list, {modern_list[0], modern_list[1], modern_list[1]}, 400, -32020},
      {"name header missing", call, {modern_call[0], modern_call[1]}, 400, -32020},
      {"name header differs",
       call,
       {modern_call[0], modern_call[1], {"Mcp-Name", "Echo"}},
       400,
       -32020},
      {"name header encoded",
       call,
       {modern_call[0], modern_call[1], {"Mcp-Name", "=?base64?ZWNobw==?="}},
       0},
      {"name header badly encoded",
       call,
       {modern_call[0], modern_call[1], {"Mcp-Name", "=?base64?ZWNobw?="}},
       400,
       -32020},
  });
}

TEST_CASE("classify: an unsupported version is echoed with what is supported") {
  const auto call = classify(
      a_request("tools/list", R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2\"x"})"), {}
  );

  REQUIRE_FALSE(call);
  CHECK(call.error().data == R"({"supported":["2026-07-28"],"requested":"2\"x"})");
}

TEST_CASE("classify: every legacy rule answers for itself") {
  const Headers both = {{"Accept", "application/json, text/event-stream"}};
  check_rungs({
      {"no header at all", a_request("tools/list", ""), {}, 0},
      {"both media types", a_request("tools/list", ""), both, 0},
      {"one media type",
       a_request("tools/list", ""),
       {{"Accept", "application/json"}},
       406,
       -32000},
      {"each version", a_request("ping", ""), {{"MCP-Protocol-Version", "2024-11-05"}}, 0},
      {"an unknown version",
       a_request("ping", ""),
       {{"MCP-Protocol-Version", "2025-01-01"}},
       400,
       -32000},
      {"an empty version", a_request("ping", ""), {{"MCP-Protocol-Version", ""}}, 400, -32000},
      {"initialize", a_request("initialize", R"("protocolVersion":"2025-11-25")"), both, 0},
      {"an unknown method is for later", a_request("no/such", ""), both, 0},
      {"call without a name", a_request("tools/call", ""), both, 200, -32602},
      {"arguments null", a_request("tools/call", R"("name":"x","arguments":null)"), both, 0},
      {"arguments a list",
       a_request("tools/call", R"("name":"x","arguments":[])"),
       both,
       200,
       -32602},
      {"Mcp-Method means nothing here", a_request("ping", ""), {{"Mcp-Method", "x"}}, 0},
  });
}

TEST_CASE("classify: the body chooses the generation") {
  struct Case {
    std::string name, text;
    Headers headers;
    Generation generation;
    Method method;
    std::string version;
  };

  const std::vector<Case> cases = {
      {"claim",
       a_modern_request("tools/list"),
       modern_list,
       Generation::modern,
       Method::tools_list,
       "2026-07-28"},
      {"no claim",
       a_request("tools/list", ""),
       {{"MCP-Protocol-Version", "2025-06-18"}},
       Generation::legacy,
       Method::tools_list,
       "2025-06-18"},
      {"no claim, no header",
       a_request("tools/list", ""),
       {},
       Generation::legacy,
       Method::tools_list,
       ""},
      {"discover is unknown to the old",
       a_request("server/discover", ""),
       {},
       Generation::legacy,
       Method::other,
       ""},
      {"escaped method",
       a_request(R"(tools\/list)", ""),
       {},
       Generation::legacy,
       Method::tools_list,
       ""},
      {"notification",
       R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
       {},
       Generation::legacy,
       Method::none,
       ""},
      {"notification, modern header",
       R"({"jsonrpc":"2.0","method":"notifications/x"})",
       {{"MCP-Protocol-Version", "2026-07-28"}},
       Generation::modern,
       Method::none,
       "2026-07-28"},
      {"response",
       R"({"jsonrpc":"2.0","id":1,"result":{}})",
       {{"MCP-Protocol-Version", "2025-11-25"}},
       Generation::legacy,
       Method::none,
       "2025-11-25"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.name);
    const auto call = classify(c.text, c.headers);
    REQUIRE(call);
    CHECK(call->generation == c.generation);
    CHECK(call->method == c.method);
    CHECK(call->version == c.version);
  }
}

TEST_CASE("refuse_batch: only sessions of 2025-03-26 know batches, without initialize") {
  const auto refuse = [](std::string_view text, std::string_view version) {
    const auto body = rpc::parse(text);
    REQUIRE(body);
    return era::refuse_batch(*body, version);
  };
  const std::string plain = "[" + a_request("ping", "") + "]";

  CHECK_FALSE(refuse(plain, "2025-03-26"));
  for (const std::string_view version : {"2025-11-25", "2025-06-18", "2024-11-05", ""}) {
    const auto refusal = refuse(plain, version);
    REQUIRE(refusal);
    CHECK(refusal->status == 400);
    CHECK(refusal->code == -32600);
  }
  CHECK(refuse("[" + a_request("initialize", "") + "]", "2025-03-26"));
  CHECK(refuse("[" + a_modern_request("tools/list") + "]", "2025-03-26"));
}

TEST_CASE("classify: no params break it") {
  std::mt19937 random(99);
  const std::string seed =
      a_modern_request("tools/call", R"(,"name":"echo","arguments":{"x":[1]})");

  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    const std::string alphabet = "{}[]\",:\\u0a1 ";
    for (std::size_t times = 1 + random() % 3; times > 0; --times) {
      text[30 + random() % (text.size() - 30)] = alphabet[random() % alphabet.size()];
    }
    if (const auto body = rpc::parse(text); body && !body->is_batch) {
      http::Request request;
      request.headers = modern_call;
      const auto call = era::classify(body->message, request);
      if (!call) {
        CAPTURE(text);
        REQUIRE(rpc::check(rpc::refusal_body(call.error())));
      }
    }
  }
}
