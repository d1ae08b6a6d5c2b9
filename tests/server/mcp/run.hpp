// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/mcp/mcp.hpp"
#include "tests/server/catalogue/offer.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace mooring::tests {

using namespace std::chrono_literals;
using catalogue::Kind;

constexpr auto legacy_peer = era::Generation::legacy;
constexpr auto modern_peer = era::Generation::modern;

inline catalogue::Offers a_crm() {
  catalogue::Offers offers;
  offers.capabilities = {
      .tools = true,
      .resources = true,
      .subscriptions = true,
      .prompts = true,
      .completions = true,
      .logging = true};
  offers.instructions = "Ask for \"deals\".";
  offers.tools = {
      R"({"name":"find","inputSchema":{"properties":{"region":{"type":"string","x-mcp-header":"Region"}}}})"};
  offers.prompts = {R"({"name":"greet"})"};
  offers.resources = {R"({"uri":"crm://deals","name":"deals"})"};
  offers.templates = {R"({"uriTemplate":"crm://deals/{id}","name":"deal"})"};
  return offers;
}

inline catalogue::Offers of_resources(bool subscriptions) {
  catalogue::Offers offers;
  offers.capabilities = {.resources = true, .subscriptions = subscriptions};
  offers.resources = {R"({"uri":"wiki://home","name":"home"})"};
  return offers;
}

inline const mcp::Profile profile("weather", "1.0", a_crm().capabilities, a_crm().instructions);
inline const catalogue::Catalogue tools(
    {offer_tools("files", {R"({"name":"read","inputSchema":{"type":"object"}})"}),
     offer("crm", a_crm()),
     offer("wiki", of_resources(false))},
    {profile.server_info()},
    ring
);
inline constexpr session::Time noon = session::Time(1'800'000'000s);
inline const session::Session a_session{"2025-11-25", "client", "1", 0, noon, noon + 1h};

inline const std::string capabilities =
    R"({"tools":{"listChanged":true},"resources":{"listChanged":true,"subscribe":true},)"
    R"("prompts":{"listChanged":true},"completions":{},"logging":{}})";

inline constexpr std::string_view envelope =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}})";

struct Run {
  std::string text;
  http::Request request;
  rpc::Body body;
  era::Call call;
  mcp::Step step;
};

// The step that a message leads to, with all that it points into.
inline std::unique_ptr<Run> run(
    std::string text,
    std::vector<http::HeaderView> headers = {},
    const catalogue::Catalogue& on = tools,
    const session::Session* session = &a_session
) {
  auto made = std::make_unique<Run>();
  made->text = std::move(text);
  made->request.headers = std::move(headers);
  made->body = *rpc::parse(made->text);
  const auto call = era::classify(made->body.message, made->request);
  REQUIRE(call);
  made->call = *call;
  const bool is_legacy = call->generation == era::Generation::legacy;
  made->step = mcp::decide(
      made->call, is_legacy ? session : nullptr, made->request, {profile, on, ring, noon, 1h}
  );
  return made;
}

inline std::string body_of(const Run& made) {
  const auto* reply = std::get_if<mcp::Reply>(&made.step);
  REQUIRE(reply);
  CHECK(reply->status == 200);
  return reply->body;
}

inline std::string legacy(std::string_view method, std::string_view params) {
  return R"({"jsonrpc":"2.0","id":1,"method":")" + std::string(method) + R"(","params":{)" +
         std::string(params) + "}}";
}

inline std::unique_ptr<Run> run_modern(
    const std::string& method,
    const std::string& more = "",
    std::vector<http::HeaderView> headers = {}
) {
  headers.push_back({"MCP-Protocol-Version", "2026-07-28"});
  headers.push_back({"Mcp-Method", method});
  return run(legacy(method, std::string(envelope) + more), std::move(headers));
}

}  // namespace mooring::tests
