// SPDX-License-Identifier: Apache-2.0
#include "tests/server/mcp/run.hpp"

using namespace mooring;
using namespace mooring::tests;

namespace {

const mcp::Ask& ask_of(const Run& made) {
  const auto* ask = std::get_if<mcp::Ask>(&made.step);
  REQUIRE(ask);
  CHECK(ask->call == &made.call);
  return *ask;
}

const catalogue::Catalogue tools_only(
    {offer_tools("files", {a_tool("read")})}, {profile.server_info()}, ring
);

}  // namespace

TEST_CASE("prompts/get: the prompt is found by its public name") {
  const auto made = run(legacy("prompts/get", R"("name":"gre\u0065t","arguments":{"x":"1"})"));

  CHECK(ask_of(*made).backend == 1);
  CHECK(ask_of(*made).own_name == "greet");
  CHECK(ask_of(*made).method() == "prompts/get");
  CHECK(
      body_of(*run(legacy("prompts/get", R"("name":"none")"))) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"unknown prompt \"none\"; prompts/list names all"}})"
  );
}

TEST_CASE("resources/read: who lists the resource is asked, or its template") {
  for (const std::string uri : {"crm://deals", "crm:\\/\\/deals\\/17"}) {
    const auto made = run(legacy("resources/read", R"("uri":")" + uri + '"'));
    CHECK(ask_of(*made).backend == 1);
    CHECK(ask_of(*made).others.empty());
  }
}

TEST_CASE("resources/read: what nobody lists may still be known to one, each is asked") {
  const auto made = run(legacy("resources/read", R"("uri":"file:///x")"));

  CHECK(ask_of(*made).backend == 1);
  CHECK(ask_of(*made).others == std::vector<std::size_t>{2});
}

TEST_CASE(
    "resources/read: without resources there is nothing to find, in the words of each generation"
) {
  const auto old = run(legacy("resources/read", R"("uri":"x:\"y")"), {}, tools_only);
  CHECK(
      body_of(*old) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32002,"message":"resource \"x:\"y\" not found","data":{"uri":"x:\"y"}}})"
  );
  const auto young =
      run(legacy("resources/read", std::string(envelope) + R"(,"uri":"x:y")"),
          {{"MCP-Protocol-Version", "2026-07-28"},
           {"Mcp-Method", "resources/read"},
           {"Mcp-Name", "x:y"}},
          tools_only);
  CHECK(
      body_of(*young) ==
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"resource \"x:y\" not found","data":{"uri":"x:y"}}})"
  );
}

TEST_CASE("completion/complete: who has the prompt or the template is asked") {
  const auto prompt = run(legacy(
      "completion/complete",
      R"("ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"who","value":"a"})"
  ));
  CHECK(ask_of(*prompt).backend == 1);
  CHECK(ask_of(*prompt).own_name == "greet");

  for (const std::string uri : {"crm://deals/{id}", "crm://deals/1", "crm://deals"}) {
    const auto resource = run_modern(
        "completion/complete",
        R"(,"ref":{"type":"ref/resource","uri":")" + uri +
            R"("},"argument":{"name":"id","value":""})"
    );
    CHECK(ask_of(*resource).backend == 1);
    CHECK(ask_of(*resource).own_name.empty());
  }
}

TEST_CASE(
    "completion/complete: what cannot be completed is refused, who cannot complete has no values"
) {
  for (const std::string params :
       {R"("ref":{"type":"ref/prompt","name":"none"},"argument":{})",
        R"("ref":{"type":"ref/resource","uri":"no://such"},"argument":{})",
        R"("ref":{"type":"ref/tool","name":"find"},"argument":{})",
        R"("ref":{"type":"ref/prompt","name":"greet"})",
        R"("argument":{})",
        R"("ref":{"type":"ref/prompt","name":1},"argument":{})"}) {
    CAPTURE(params);
    CHECK(body_of(*run(legacy("completion/complete", params))).find("-32602") != std::string::npos);
  }
  CHECK(
      body_of(*run(legacy(
          "completion/complete",
          R"("ref":{"type":"ref/resource","uri":"wiki://home"},"argument":{})"
      ))) ==
      R"({"jsonrpc":"2.0","id":1,"result":{"completion":{"values":[],"total":0,"hasMore":false}}})"
  );
}

TEST_CASE("methods that no backend has are not served") {
  const std::string complete =
      R"("ref":{"type":"ref/prompt","name":"greet"},"argument":{"name":"a","value":""})";
  for (const auto& [method, params] : std::vector<std::pair<std::string, std::string>>{
           {"completion/complete", complete},
           {"logging/setLevel", R"("level":"info")"},
           {"resources/subscribe", R"("uri":"x:y")"}}) {
    CHECK(
        body_of(*run(legacy(method, params), {}, tools_only)) ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"the method is not served"}})"
    );
  }
  const auto modern =
      run(legacy("completion/complete", std::string(envelope) + "," + complete),
          {{"MCP-Protocol-Version", "2026-07-28"}, {"Mcp-Method", "completion/complete"}},
          tools_only);
  CHECK(std::get<mcp::Reply>(modern->step).status == 404);
}

TEST_CASE("lists are there even if they are empty") {
  CHECK(
      body_of(*run(legacy("prompts/list", ""), {}, tools_only)) ==
      R"({"jsonrpc":"2.0","id":1,"result":{"prompts":[]}})"
  );
}

TEST_CASE("logging/setLevel: the level is taken") {
  const auto made = run(legacy("logging/setLevel", R"("level":"error")"));

  const auto* level = std::get_if<mcp::SetLevel>(&made->step);
  REQUIRE(level);
  CHECK(level->level == era::LogLevel::error);
  CHECK(level->reply.body == R"({"jsonrpc":"2.0","id":1,"result":{}})");
}

TEST_CASE("resources/subscribe: one backend keeps it") {
  for (const bool is_on : {true, false}) {
    const auto made = run(
        legacy(is_on ? "resources/subscribe" : "resources/unsubscribe", R"("uri":"crm://deals")")
    );
    const auto* subscribe = std::get_if<mcp::Subscribe>(&made->step);
    REQUIRE(subscribe);
    CHECK(subscribe->uri == "crm://deals");
    CHECK(subscribe->is_on == is_on);
    CHECK(subscribe->backend == 1);
    CHECK(subscribe->reply.body == R"({"jsonrpc":"2.0","id":1,"result":{}})");
  }
  CHECK(
      body_of(*run(legacy("resources/subscribe", R"("uri":"no://such")"))).find("-32002") !=
      std::string::npos
  );
  CHECK(
      body_of(*run(legacy("resources/subscribe", R"("uri":"wiki://home")")))
          .find("does not tell of updates") != std::string::npos
  );
}

TEST_CASE("subscriptions/listen: what can be told is promised, and nothing else") {
  const auto made = run_modern(
      "subscriptions/listen",
      R"(,"notifications":{"toolsListChanged":true,"promptsListChanged":false,"resourcesListChanged":true,)"
      R"("resourceSubscriptions":["crm://deals","wiki://home","no://such"]})"
  );

  const auto* listen = std::get_if<mcp::Listen>(&made->step);
  REQUIRE(listen);
  CHECK(
      mcp::acknowledged_body(*listen) ==
      R"({"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged","params":{)"
      R"("_meta":{"io.modelcontextprotocol/subscriptionId":1},"notifications":{)"
      R"("toolsListChanged":true,"resourcesListChanged":true,"resourceSubscriptions":["crm://deals"]}}})"
  );
  CHECK(listen->updates.front().backend == 1);
  CHECK(
      mcp::heard_body(
          *listen,
          "notifications/resources/updated",
          R"({"uri":"crm://deals","_meta":{"a":1,"io.modelcontextprotocol/subscriptionId":9}})"
      ) == R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{)"
           R"("_meta":{"io.modelcontextprotocol/subscriptionId":1,"a":1},"uri":"crm://deals"}})"
  );
  CHECK(
      mcp::heard_body(*listen, "notifications/tools/list_changed", "") ==
      R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed","params":{"_meta":{"io.modelcontextprotocol/subscriptionId":1}}})"
  );
  CHECK(
      mcp::listened_body(*listen, profile) ==
      R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":1,)"
      R"("io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1.0"}}}})"
  );
}

TEST_CASE("subscriptions/listen: a filter is an object of booleans and URIs") {
  for (const std::string filter :
       {"",
        R"(,"notifications":[])",
        R"(,"notifications":{"resourceSubscriptions":"x"})",
        R"(,"notifications":{"resourceSubscriptions":[1]})",
        R"(,"notifications":{"toolsListChanged":true,"toolsListChanged":false})"}) {
    CAPTURE(filter);
    CHECK(body_of(*run_modern("subscriptions/listen", filter)).find("-32602") != std::string::npos);
  }
}

TEST_CASE("subscriptions/listen: a filter names a thousand resources at most") {
  const auto filter = [](std::size_t count) {
    std::string text = R"(,"notifications":{"resourceSubscriptions":["crm://0")";
    for (std::size_t i = 1; i < count; ++i) {
      text += ",\"crm://" + std::to_string(i) + "\"";
    }
    return text + "]}";
  };
  const auto most = run_modern("subscriptions/listen", filter(1'000));
  CHECK(std::holds_alternative<mcp::Listen>(most->step));

  CHECK(
      body_of(*run_modern("subscriptions/listen", filter(1'001))).find("at most 1000 URIs") !=
      std::string::npos
  );
}
