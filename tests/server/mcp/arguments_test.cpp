// SPDX-License-Identifier: Apache-2.0
#include "tests/server/mcp/run.hpp"

#include <thread>

using namespace mooring;
using namespace mooring::tests;

namespace {

const std::string weather =
    R"({"name":"weather","inputSchema":{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer","maximum":7}},"required":["city"]}})";

const catalogue::Catalogue checked({offer_tools("files", {weather})}, {}, ring);

std::string call_of(const std::string& arguments) {
  return legacy("tools/call", R"("name":"weather","arguments":)" + arguments);
}

mcp::Reply reply_in(std::string_view version, const std::string& text) {
  session::Session session = a_session;
  session.version = version;
  const auto made = run(text, {}, checked, &session);
  const auto* reply = std::get_if<mcp::Reply>(&made->step);
  REQUIRE(reply);
  return *reply;
}

}  // namespace

TEST_CASE("tools/call: arguments that fit go to the backend") {
  CHECK(std::holds_alternative<mcp::Ask>(
      run(call_of(R"({"city":"Ulm","days":3})"), {}, checked)->step
  ));
}

TEST_CASE("tools/call: what is wrong with arguments is told to the model, who can mend it") {
  const mcp::Reply reply = reply_in("2025-11-25", call_of(R"({"days":9})"));

  CHECK(
      reply.body ==
      R"({"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"arguments.days: is 9, must be at most 7\narguments.city: is missing"}],"isError":true}})"
  );
  CHECK(reply.is_tool_error);
  CHECK(reply.code == 0);

  const auto young =
      run(legacy("tools/call", std::string(envelope) + R"(,"name":"weather")"),
          {{"MCP-Protocol-Version", "2026-07-28"},
           {"Mcp-Method", "tools/call"},
           {"Mcp-Name", "weather"}},
          checked);
  CHECK(
      body_of(*young) ==
      R"({"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","content":[{"type":"text","text":"arguments.city: is missing"}],"isError":true,)"
      R"("_meta":{"io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1.0"}}}})"
  );
}

TEST_CASE("tools/call: before 2025-11-25 wrong arguments are a protocol error") {
  for (const std::string_view version : {"2025-06-18", "2025-03-26", "2024-11-05"}) {
    const mcp::Reply reply = reply_in(version, call_of("{}"));
    CHECK(
        reply.body ==
        R"({"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"arguments.city: is missing"}})"
    );
    CHECK(reply.code == -32602);
  }
}

TEST_CASE("tools/call: arguments are left to a backend that checks them itself") {
  catalogue::Offers offers;
  offers.tools = {weather};
  offers.checks_arguments = true;
  const catalogue::Catalogue unchecked({offer("files", offers)}, {}, ring);

  CHECK(std::holds_alternative<mcp::Ask>(run(call_of("{}"), {}, unchecked)->step));
}

TEST_CASE("tools/call: a schema is compiled once, whoever calls first") {
  const catalogue::Catalogue fresh({offer_tools("files", {weather})}, {}, ring);
  const catalogue::Tool* tool = fresh.find_tool("weather");
  REQUIRE(tool);
  std::vector<std::thread> callers;
  std::array<std::size_t, 4> errors{};
  for (std::size_t i = 0; i < errors.size(); ++i) {
    callers.emplace_back([&, i] {
      errors[i] = tool->arguments->check(rpc::first_value("{}")).size();
    });
  }
  for (std::thread& caller : callers) {
    caller.join();
  }
  CHECK(errors == std::array<std::size_t, 4>{1, 1, 1, 1});
}
