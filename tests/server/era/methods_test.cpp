// SPDX-License-Identifier: Apache-2.0
#include "server/era/era.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using era::Generation;
using era::Method;

namespace {

constexpr std::string_view open_envelope =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{})";

/// A request classified, with the text that it points into.
struct Asked {
  std::string text;
  tl::expected<era::Call, rpc::Refusal> call;

  Asked(
      Generation generation,
      std::string_view method,
      std::string_view params,
      std::string_view mirrored = "",
      std::string_view meta = ""
  ) {
    http::Request request;
    text = R"({"jsonrpc":"2.0","id":7,"method":")" + std::string(method) + R"(","params":{)";
    if (generation == Generation::modern) {
      text += std::string(open_envelope) + std::string(meta) + "}";
      text += params.empty() ? "" : ",";
      request.headers = {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", method}};
      if (!mirrored.empty()) {
        request.headers.push_back({"Mcp-Name", mirrored});
      }
    } else if (!meta.empty()) {
      text += R"("_meta":{)" + std::string(meta) + "}" + (params.empty() ? "" : ",");
    }
    text += std::string(params) + "}}";
    const auto body = rpc::parse(text);
    REQUIRE(body);
    call = era::classify(body->message, request);
  }

  Asked(const Asked&) = delete;
};

constexpr auto legacy = Generation::legacy;
constexpr auto modern = Generation::modern;

}  // namespace

TEST_CASE("classify: which method is of which generation") {
  struct Row {
    Method method;
    bool in_legacy, in_modern;
    std::string params = {};
    std::string mirrored = {};
  };

  const std::vector<Row> rows = {
      {Method::initialize, true, false},
      {Method::ping, true, false},
      {Method::server_discover, false, true},
      {Method::tools_list, true, true},
      {Method::tools_call, true, true, R"("name":"a")", "a"},
      {Method::resources_list, true, true},
      {Method::resources_templates_list, true, true},
      {Method::resources_read, true, true, R"("uri":"x://a")", "x://a"},
      {Method::resources_subscribe, true, false, R"("uri":"x://a")"},
      {Method::resources_unsubscribe, true, false, R"("uri":"x://a")"},
      {Method::prompts_list, true, true},
      {Method::prompts_get, true, true, R"("name":"a")", "a"},
      {Method::completion_complete, true, true},
      {Method::logging_set_level, true, false, R"("level":"info")"},
      {Method::subscriptions_listen, false, true},
  };

  CHECK(rows.size() == era::method_count - 2);
  for (const Row& row : rows) {
    CAPTURE(era::name(row.method));
    const Asked old(legacy, era::name(row.method), row.params);
    REQUIRE(old.call);
    CHECK(old.call->method == (row.in_legacy ? row.method : Method::other));

    const Asked young(modern, era::name(row.method), row.params, row.mirrored);
    REQUIRE(young.call.has_value() == row.in_modern);
    if (row.in_modern) {
      CHECK(young.call->method == row.method);
    } else {
      CHECK(young.call.error().status == 404);
      CHECK(young.call.error().code == -32601);
      CHECK(young.call.error().id == "7");
    }
  }
}

TEST_CASE("classify: what a request is about must be named, in the body and in Mcp-Name") {
  for (const auto& [method, member] : std::vector<std::pair<std::string, std::string>>{
           {"tools/call", "name"}, {"prompts/get", "name"}, {"resources/read", "uri"}}) {
    CAPTURE(method);
    const std::string named = "\"" + member + R"(":"test:\/\/a")";
    const Asked good(modern, method, named, "test://a");
    REQUIRE(good.call);
    CHECK(rpc::text_of(good.call->name.raw) == "test://a");

    for (const std::string header : {"", "test://b", "=?base64?dGVzdDovL2I=?="}) {
      const Asked other(modern, method, named, header);
      REQUIRE_FALSE(other.call);
      CHECK(other.call.error().status == 400);
      CHECK(other.call.error().code == -32020);
    }
    CHECK(Asked(modern, method, named, "=?base64?dGVzdDovL2E=?=").call);
    for (const std::string& params : {std::string(), "\"" + member + "\":1"}) {
      const Asked unnamed(modern, method, params, "test://a");
      REQUIRE_FALSE(unnamed.call);
      CHECK(unnamed.call.error().status == 200);
      CHECK(unnamed.call.error().code == -32602);
    }
    CHECK(Asked(modern, method, named + "," + named, "test://a").call.error().status == 400);
  }
  CHECK_FALSE(Asked(legacy, "resources/subscribe", "").call);
  CHECK_FALSE(Asked(legacy, "resources/unsubscribe", R"("uri":null)").call);
  CHECK_FALSE(Asked(legacy, "prompts/get", R"("name":"a","arguments":"b")").call);
}

TEST_CASE("classify: only what a method has is taken from its params") {
  const Asked list(legacy, "tools/list", R"("name":"a","arguments":[],"level":"x","uri":1)");

  REQUIRE(list.call);
  CHECK_FALSE(list.call->name);
  CHECK_FALSE(list.call->arguments);
  CHECK_FALSE(list.call->log_level);
}

TEST_CASE("classify: a log level is set by the old and wished for by the young") {
  CHECK(
      Asked(legacy, "logging/setLevel", R"("level":"warning")").call->log_level ==
      era::LogLevel::warning
  );
  for (const std::string params : {"", R"("level":"loud")", R"("level":4)"}) {
    const Asked wrong(legacy, "logging/setLevel", params);
    REQUIRE_FALSE(wrong.call);
    CHECK(wrong.call.error().code == -32602);
    CHECK(wrong.call.error().status == 200);
  }

  const std::string key = R"(,"io.modelcontextprotocol/logLevel":)";
  CHECK_FALSE(Asked(modern, "tools/list", "").call->log_level);
  CHECK(
      Asked(modern, "tools/list", "", "", key + "\"debug\"").call->log_level == era::LogLevel::debug
  );
  const Asked wrong(modern, "tools/list", "", "", key + "\"loud\"");
  REQUIRE_FALSE(wrong.call);
  CHECK(wrong.call.error().code == -32602);
  CHECK(wrong.call.error().status == 400);
}

TEST_CASE("classify: a progress token is a string or a number") {
  CHECK(
      Asked(legacy, "tools/list", "", "", R"("progressToken":"p")").call->progress_token.raw ==
      "\"p\""
  );
  CHECK(
      Asked(modern, "tools/list", "", "", R"(,"progressToken":5)").call->progress_token.raw == "5"
  );
  CHECK_FALSE(Asked(modern, "tools/list", "", "", R"(,"progressToken":{})").call->progress_token);
}

TEST_CASE("missing_capability: says what would be needed") {
  const Asked list(modern, "tools/list", "");
  const rpc::Refusal refusal = era::missing_capability(*list.call, R"({"sampling":{}})");

  CHECK(refusal.status == 400);
  CHECK(refusal.code == -32021);
  CHECK(refusal.id == "7");
  CHECK(refusal.data == R"({"requiredCapabilities":{"sampling":{}}})");
}

TEST_CASE("log level: names go both ways") {
  CHECK(era::parse_log_level("emergency") == era::LogLevel::emergency);
  CHECK(era::name(era::LogLevel::notice) == "notice");
  CHECK_FALSE(era::parse_log_level("Info"));
}
