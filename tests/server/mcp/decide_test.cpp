// SPDX-License-Identifier: Apache-2.0
#include "tests/server/mcp/run.hpp"

using namespace mooring;
using namespace mooring::tests;

TEST_CASE("initialize: a version that is known is answered with itself, others with the latest") {
  struct Case {
    std::string wanted, answered;
  };

  for (const Case& c : std::vector<Case>{
           {"2025-11-25", "2025-11-25"},
           {"2025-06-18", "2025-06-18"},
           {"2025-03-26", "2025-03-26"},
           {"2024-11-05", "2024-11-05"},
           {"2026-07-28", "2025-11-25"},
           {"1.0", "2025-11-25"},
           {"", "2025-11-25"}}) {
    CAPTURE(c.wanted);
    const auto made = run(legacy("initialize", R"("protocolVersion":")" + c.wanted + '"'));
    CHECK(
        body_of(*made) ==
        R"({"jsonrpc":"2.0","id":1,"result":{"protocolVersion":")" + c.answered +
            R"(","capabilities":)" + capabilities +
            R"(,"instructions":"Ask for \"deals\".","serverInfo":{"name":"weather","version":"1.0"}}})"
    );
    const auto& begun = std::get<mcp::Reply>(made->step).begun;
    REQUIRE(begun);
    CHECK(begun->version == c.answered);
    CHECK(begun->expires == noon + 1h);
  }
}

TEST_CASE("initialize: without a version there is no session") {
  const auto made = run(legacy("initialize", ""));

  CHECK(
      body_of(*made) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"initialize: \"protocolVersion\" must be a string"}})"
  );
  CHECK_FALSE(std::get<mcp::Reply>(made->step).begun);
}

TEST_CASE("the methods without a backend answer at once") {
  CHECK(body_of(*run(legacy("ping", ""))) == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  CHECK(
      body_of(*run(legacy("tools/list", ""))) ==
      R"({"jsonrpc":"2.0","id":1,"result":)" +
          *tools.list(Kind::tools, era::Generation::legacy, "", ring) + "}"
  );
  CHECK(
      body_of(*run_modern("tools/list")) ==
      R"({"jsonrpc":"2.0","id":1,"result":)" +
          *tools.list(Kind::tools, era::Generation::modern, "", ring) + "}"
  );
  CHECK(
      body_of(*run_modern("server/discover")) ==
      R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","supportedVersions":["2026-07-28"],)"
      R"("capabilities":)" +
          capabilities +
          R"(,"instructions":"Ask for \"deals\".","ttlMs":60000,"cacheScope":"public",)"
          R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1.0"}}}})"
  );
}

TEST_CASE("notifications and responses are accepted") {
  for (const std::string text :
       {R"({"jsonrpc":"2.0","method":"notifications/initialized"})",
        R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}})",
        R"({"jsonrpc":"2.0","id":9,"result":{}})"}) {
    CAPTURE(text);
    CHECK(std::holds_alternative<mcp::Accepted>(run(text)->step));
  }
}

TEST_CASE("lists: a cursor must be ours") {
  for (const std::string method :
       {"tools/list", "resources/list", "resources/templates/list", "prompts/list"}) {
    CAPTURE(method);
    const std::string list = body_of(*run(legacy(method, "")));

    CHECK(body_of(*run(legacy(method, R"("cursor":"")"))) == list);
    CHECK(body_of(*run(legacy(method, R"("cursor":null)"))) == list);
    for (const std::string cursor :
         {R"("cursor":"x")", R"("cursor":1)", R"("cursor":"","cursor":"")"}) {
      CAPTURE(cursor);
      const std::string refusal = body_of(*run(legacy(method, cursor)));
      CHECK(refusal.find("-32602") != std::string::npos);
      CHECK(refusal.find(method + ": \\\"cursor\\\"") != std::string::npos);
      CHECK(body_of(*run_modern(method, "," + cursor)).find("-32602") != std::string::npos);
    }
  }
}

TEST_CASE("an unknown legacy method is refused in-band") {
  for (const std::string method : {"server/discover", "subscriptions/listen", "x"}) {
    CAPTURE(method);
    CHECK(body_of(*run(legacy(method, ""))).find("-32601") != std::string::npos);
  }
}

TEST_CASE("tools/call: the tool is found by its public name") {
  const auto made = run(legacy("tools/call", R"("name":"re\u0061d","arguments":{"x":1})"));

  const auto* call = std::get_if<mcp::Ask>(&made->step);
  REQUIRE(call);
  CHECK(call->tool == tools.find_tool("read"));
  CHECK(call->call == &made->call);
  CHECK(call->session == &a_session);
}

TEST_CASE("tools/call: an unknown tool is named") {
  CHECK(
      body_of(*run(legacy("tools/call", R"("name":"no\nsuch")"))) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown tool \"no\\x0asuch\"; tools/list names all"}})"
  );
}

TEST_CASE("tools/call: annotated arguments must stand in their headers, in the modern generation") {
  const std::string params = R"(,"name":"find","arguments":{"region":"eu"})";
  const http::HeaderView name = {"Mcp-Name", "find"};

  const auto without = run_modern("tools/call", params, {name});
  const auto* reply = std::get_if<mcp::Reply>(&without->step);
  REQUIRE(reply);
  CHECK(reply->status == 400);
  CHECK(reply->body.find("-32020") != std::string::npos);

  const auto with = run_modern("tools/call", params, {name, {"Mcp-Param-Region", "eu"}});
  CHECK(std::holds_alternative<mcp::Ask>(with->step));
  const auto old = run(legacy("tools/call", params.substr(1)));
  CHECK(std::holds_alternative<mcp::Ask>(old->step));
}
