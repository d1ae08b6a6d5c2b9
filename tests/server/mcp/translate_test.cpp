// SPDX-License-Identifier: Apache-2.0
#include "server/mcp/mcp.hpp"
#include "tests/server/mcp/run.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using namespace mooring::tests;
using era::Generation;

namespace {

const mcp::Profile its_profile("weather", "1");
constexpr std::string_view own_info =
    R"("io.modelcontextprotocol/serverInfo":{"name":"weather","version":"1"})";

const session::Session its_session{"2025-11-25", "old\"client", "2", 0, {}, {}};

struct Client {
  catalogue::Tool tool{"files_read", "read", 0, {}, nullptr};
  era::Call call;
  mcp::Ask step;

  explicit Client(Generation generation, std::string_view params = "{}") {
    call.generation = generation;
    call.method = era::Method::tools_call;
    call.name = rpc::first_value("\"files_read\"");
    call.id = rpc::first_value("\"i\"");
    call.params = rpc::first_value(params);
    rpc::pick(call.params, {{"_meta", &call.meta}, {"arguments", &call.arguments}});
    rpc::pick(
        call.meta,
        {{era::key::client_info, &call.client_info},
         {era::key::client_capabilities, &call.client_capabilities}}
    );
    step.call = &call;
    step.session = generation == Generation::legacy ? &its_session : nullptr;
    step.tool = &tool;
    step.own_name = tool.own_name;
    rpc::pick(
        call.params,
        {{"inputResponses", &step.input_responses}, {"requestState", &step.request_state}}
    );
  }

  Client(const Client&) = delete;

  std::string params(Generation backend) const {
    mcp::Hop hop;
    hop.generation = backend;
    return mcp::params_of(step, hop);
  }

  std::string reply(Generation backend, std::string_view raw, bool is_error = false) const {
    const mcp::Reply made = mcp::reply_of(step, {backend, is_error, raw}, its_profile);
    CHECK(rpc::check(made.body));
    CHECK(made.status == 200);
    return made.body;
  }
};

std::string result(const std::string& raw) {
  return R"({"jsonrpc":"2.0","id":"i","result":)" + raw + "}";
}

}  // namespace

TEST_CASE("params_of: arguments go byte for byte under the tool's own name") {
  CHECK(
      Client(legacy_peer, R"({"arguments":{ "a" : 1.50 }})").params(legacy_peer) ==
      R"({"name":"read","arguments":{ "a" : 1.50 }})"
  );
  CHECK(Client(legacy_peer).params(legacy_peer) == R"({"name":"read","arguments":{}})");
}

TEST_CASE("params_of: a modern backend gets an envelope") {
  CHECK(
      Client(legacy_peer).params(modern_peer) ==
      R"({"name":"read","arguments":{},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientInfo":{"name":"old\"client","version":"2"},)"
      R"("io.modelcontextprotocol/clientCapabilities":{}}})"
  );
  const std::string params =
      R"({"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":5,)"
      R"("traceparent":"00-a","io.modelcontextprotocol\/logLevel":"debug",)"
      R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}},"com.example/x":[1],)"
      R"("io.modelcontextprotocol/clientInfo":{"name":"c"}},"requestState":"s","inputResponses":{"k":{}}})";
  CHECK(
      Client(modern_peer, params).params(modern_peer) ==
      R"({"name":"read","arguments":{},"inputResponses":{"k":{}},"requestState":"s",)"
      R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
      R"("io.modelcontextprotocol/clientInfo":{"name":"c"},)"
      R"("io.modelcontextprotocol/clientCapabilities":{"roots":{}},)"
      R"("traceparent":"00-a","com.example/x":[1]}})"
  );
  CHECK(
      Client(modern_peer, params).params(legacy_peer) ==
      R"({"name":"read","arguments":{},"_meta":{"traceparent":"00-a","com.example/x":[1]}})"
  );
}

TEST_CASE("params_of: a backend hears of all that the client can do, but for tasks") {
  const auto said = [](const std::string& declared) {
    const std::string made =
        Client(
            modern_peer,
            R"({"_meta":{"io.modelcontextprotocol/clientCapabilities":)" + declared + "}}"
        )
            .params(modern_peer);
    const std::string_view before = "clientCapabilities\":";
    return made.substr(made.find(before) + before.size());
  };

  CHECK(said(R"({"extensions":{"io.modelcontextprotocol/tasks":{}}})") == R"({"extensions":{}}}})");
  CHECK(
      said(
          R"({"roots":{},"extensions":{"a/b":{"c":1},"io.modelcontextprotocol/tasks":{},"d/e":{}},"x":1})"
      ) == R"({"roots":{},"x":1,"extensions":{"a/b":{"c":1},"d/e":{}}}}})"
  );
  CHECK(said(R"({"extensions":{"a/b":{}}})") == R"({"extensions":{"a/b":{}}}}})");
}

TEST_CASE("reply_of: between legacy and legacy nothing is touched") {
  const std::string raw = R"({ "content" : [ ], "_meta":{"x":1},"resultType":"mine" })";

  CHECK(Client(legacy_peer).reply(legacy_peer, raw) == result(raw));
}

TEST_CASE("reply_of: a modern client is told the result's type and who answered") {
  struct Case {
    Generation backend;
    std::string from, to;
  };

  const std::string own(own_info);
  const std::vector<Case> cases = {
      {legacy_peer,
       R"({"content":[]})",
       R"({"resultType":"complete","content":[],"_meta":{)" + own + "}}"},
      {legacy_peer,
       R"({"content":[],"isError":true,"_meta":{"a":1}})",
       R"({"resultType":"complete","content":[],"isError":true,"_meta":{"a":1,)" + own + "}}"},
      {legacy_peer,
       R"({"resultType":"odd","content":[]})",
       R"({"resultType":"complete","content":[],"_meta":{)" + own + "}}"},
      {modern_peer,
       R"({"content":[]})",
       R"({"resultType":"complete","content":[],"_meta":{)" + own + "}}"},
      {modern_peer,
       R"({"content":[],"structuredContent":5,"resultType":"complete","_meta":{"io.modelcontextprotocol\/serverInfo":{"name":"b"},"z":2}})",
       R"({"resultType":"complete","content":[],"structuredContent":5,"_meta":{"z":2,)" + own +
           "}}"},
      {modern_peer,
       R"({"resultType":"input_required","inputRequests":{"k":{}},"requestState":"s"})",
       R"({"resultType":"input_required","inputRequests":{"k":{}},"requestState":"s","_meta":{)" +
           own + "}}"},
      {legacy_peer, "{}", R"({"resultType":"complete","_meta":{)" + own + "}}"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.from);
    CHECK(Client(modern_peer).reply(c.backend, c.from) == result(c.to));
  }
}

TEST_CASE("reply_of: a legacy client is spared what its generation does not know") {
  struct Case {
    std::string from, to;
  };

  const std::vector<Case> cases = {
      {R"({"resultType":"complete","content":[]})", R"({"content":[]})"},
      {R"({"content":[],"structuredContent":{"a":1}})",
       R"({"content":[],"structuredContent":{"a":1}})"},
      {R"({"content":[],"structuredContent":[1]})", R"({"content":[]})"},
      {R"({"content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{},"z":2}})",
       R"({"content":[],"_meta":{"z":2}})"},
      {R"({"resultType":"complete"})", "{}"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.from);
    CHECK(Client(legacy_peer).reply(modern_peer, c.from) == result(c.to));
  }
}

TEST_CASE("reply_of: a legacy client cannot be asked for more input yet") {
  const std::string body =
      Client(legacy_peer)
          .reply(modern_peer, R"({"resultType":"input_required","inputRequests":{}})");

  CHECK(body.find("-32603") != std::string::npos);
  CHECK(body.find("files_read") != std::string::npos);
}

TEST_CASE("reply_of: what is no tool result is said to be none") {
  struct Case {
    Generation client, backend;
    std::string raw;
    bool is_error;
  };

  const std::vector<Case> cases = {
      {modern_peer, modern_peer, "[]", false},
      {legacy_peer, legacy_peer, "null", false},
      {modern_peer, modern_peer, R"({"resultType":"task"})", false},
      {modern_peer, modern_peer, R"({"resultType":1})", false},
      {modern_peer, legacy_peer, R"({"_meta":{},"_meta":{}})", false},
      {legacy_peer,
       modern_peer,
       R"({"resultType":"complete","resultType":"input_required"})",
       false},
      {modern_peer, legacy_peer, "\"oops\"", true},
      {legacy_peer, legacy_peer, R"({"message":"no code"})", true},
      {legacy_peer, legacy_peer, R"({"code":1.5,"message":"x"})", true},
      {legacy_peer, legacy_peer, R"({"code":1,"message":7})", true},
  };

  for (const Case& c : cases) {
    CAPTURE(c.raw);
    CHECK(
        Client(c.client).reply(c.backend, c.raw, c.is_error) ==
        R"({"jsonrpc":"2.0","id":"i","error":{"code":-32603,"message":"tool \"files_read\": its backend's answer is not one to tools/call"}})"
    );
  }
}

TEST_CASE("reply_of: errors pass, with the codes that the client's generation may see") {
  struct Case {
    Generation client;
    std::string from, to;
  };

  const std::vector<Case> cases = {
      {legacy_peer, R"({"code":-32002,"message":"m"})", R"({"code":-32002,"message":"m"})"},
      {modern_peer,
       R"({"code":-32000,"message":"m","data":[1]})",
       R"({"code":-32000,"message":"m","data":[1]})"},
      {modern_peer,
       R"({"code":-32002,"message":"m","data":{"uri":"u"}})",
       R"({"code":-32602,"message":"m","data":{"uri":"u"}})"},
      {modern_peer, R"({"message":"m","code":-32042})", R"({"code":-32603,"message":"m"})"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.from);
    CHECK(
        Client(c.client).reply(legacy_peer, c.from, true) ==
        R"({"jsonrpc":"2.0","id":"i","error":)" + c.to + "}"
    );
  }
}

TEST_CASE("failure: says why there was no answer") {
  CHECK(
      mcp::failure(Client(legacy_peer).step, "backend \"files\" is down").body ==
      R"({"jsonrpc":"2.0","id":"i","error":{"code":-32603,"message":"backend \"files\" is down"}})"
  );
}
