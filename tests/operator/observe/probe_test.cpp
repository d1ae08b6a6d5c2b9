// SPDX-License-Identifier: Apache-2.0
#include "operator/observe/probe.hpp"

#include "operator/observe/prober.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>

namespace mooring::observe {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using plan::Probe;

const std::string url = "http://web.tools.svc:3232/mcp";

net::ClientResponse response(int status, const json& body, std::string session = "") {
  net::ClientResponse made;
  made.status = status;
  made.body = body.dump();
  made.headers = {{"content-type", "application/json"}};
  if (!session.empty()) {
    made.headers.emplace_back("mcp-session-id", std::move(session));
  }
  return made;
}

json result(const json& value) {
  return {{"jsonrpc", "2.0"}, {"id", 1}, {"result", value}};
}

json error(int code, const std::string& message, const json& data = nullptr) {
  return {
      {"jsonrpc", "2.0"},
      {"id", 1},
      {"error", {{"code", code}, {"message", message}, {"data", data}}}};
}

/// Answers in turn, and writes down what was asked.
struct Script {
  std::deque<Result<net::ClientResponse>> answers;
  std::string asked;
  std::vector<net::ClientRequest> requests;

  Exchange exchange() {
    return [this](const net::ClientRequest& request) {
      requests.push_back(request);
      const json body = json::parse(request.body, nullptr, false);
      asked += body.is_object() ? body.value("method", "") : request.method;
      asked += " ";
      auto answer = answers.empty() ? fail(Errc::internal, "not in the script") : answers.front();
      if (!answers.empty()) {
        answers.pop_front();
      }
      return answer;
    };
  }
};

const json discovered = result({
    {"supportedVersions", {"2026-07-28", "2025-11-25"}},
    {"_meta", {{"io.modelcontextprotocol/serverInfo", {{"name", "web"}, {"version", "0.1.0"}}}}},
});

std::string header(const net::ClientRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers) {
    if (key == name) {
      return value;
    }
  }
  return "";
}

TEST_CASE("probe: a modern server says who it is, and its tools are counted page by page") {
  Script script;
  script.answers = {
      response(200, discovered),
      response(200, result({{"tools", {1, 2}}, {"nextCursor", "c"}})),
      response(200, result({{"tools", {3}}})),
      response(404, error(-32601, "no such method"))};

  const Probe made = probe(url, true, script.exchange());

  CHECK(made.outcome == Probe::Outcome::verified);
  CHECK(made.server_name == "web");
  CHECK(made.server_version == "0.1.0");
  CHECK(made.protocol_versions == std::vector<std::string>{"2026-07-28", "2025-11-25"});
  CHECK(made.tools == 3);
  CHECK(script.asked == "server/discover tools/list tools/list initialize ");
  const net::ClientRequest& first = script.requests.at(0);
  CHECK(first.url == url);
  CHECK(header(first, "MCP-Protocol-Version") == "2026-07-28");
  CHECK(header(first, "Mcp-Method") == "server/discover");
  const json meta = json::parse(first.body)["params"]["_meta"];
  CHECK(meta["io.modelcontextprotocol/protocolVersion"] == "2026-07-28");
  CHECK(meta["io.modelcontextprotocol/clientCapabilities"] == json::object());
}

TEST_CASE("probe: that a modern server serves the older generation too is told") {
  Script script;
  script.answers = {
      response(200, result({{"supportedVersions", {"2026-07-28"}}})),
      response(200, result({{"tools", json::array()}})),
      response(200, result({{"protocolVersion", "2025-11-25"}}), "s1"),
      response(405, nullptr)};

  const Probe made = probe(url, true, script.exchange());

  CHECK(made.protocol_versions == std::vector<std::string>{"2026-07-28", "2025-11-25"});
  CHECK(script.asked == "server/discover tools/list initialize DELETE ");
  CHECK(header(script.requests.at(3), "Mcp-Session-Id") == "s1");
}

TEST_CASE("probe: a legacy server is asked by initialize, and its session is left") {
  Script script;
  script.answers = {
      response(404, error(-32601, "no such method")),
      response(
          200,
          result(
              {{"protocolVersion", "2025-06-18"},
               {"serverInfo", {{"name", "old"}, {"version", "9"}}}}
          ),
          "s1"
      ),
      response(202, nullptr),
      response(200, result({{"tools", {1}}})),
      response(405, nullptr)};

  const Probe made = probe(url, true, script.exchange());

  CHECK(made.outcome == Probe::Outcome::verified);
  CHECK(made.server_name == "old");
  CHECK(made.protocol_versions == std::vector<std::string>{"2025-06-18"});
  CHECK(script.asked == "server/discover initialize notifications/initialized tools/list DELETE ");
  CHECK(header(script.requests.at(3), "Mcp-Session-Id") == "s1");
  CHECK(header(script.requests.at(3), "MCP-Protocol-Version") == "2025-06-18");
  CHECK_FALSE(json::parse(script.requests.at(2).body).contains("id"));
}

TEST_CASE("probe: a modern server of another revision is asked in its own") {
  Script script;
  script.answers = {
      response(400, error(-32022, "unsupported", {{"supported", {"2027-01-01"}}})),
      response(200, discovered),
      response(200, result({{"tools", json::array()}}))};

  CHECK(probe(url, true, script.exchange()).outcome == Probe::Outcome::verified);
  CHECK(header(script.requests.at(1), "MCP-Protocol-Version") == "2027-01-01");
}

TEST_CASE("probe: an answer as an event stream counts as well") {
  Script script;
  net::ClientResponse stream;
  stream.status = 200;
  stream.headers = {{"content-type", "text/event-stream; charset=utf-8"}};
  stream.body =
      "event: message\r\ndata: {\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}\r\n\r\n"
      "data: " +
      discovered.dump() + "\r\n\r\n";
  script.answers = {stream, response(200, result({{"tools", json::array()}}))};

  CHECK(probe(url, true, script.exchange()).server_name == "web");
}

TEST_CASE("probe: what went wrong is told in the server's words") {
  struct Case {
    std::string_view name;
    std::deque<Result<net::ClientResponse>> answers;
    std::string error;
  };

  const Case cases[] = {
      {"internal",
       {response(500, error(-32603, "oops"))},
       "server/discover was answered HTTP 500: \"oops\""},
      {"not MCP", {response(404, "no"), response(404, "no")}, "initialize was answered HTTP 404"},
      {"tools",
       {response(200, discovered), response(200, error(-32603, "backend down"))},
       url + ": tools/list was answered HTTP 200: \"backend down\""},
      {"refused", {fail(Errc::unavailable, "connection refused")}, url + ": connection refused"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Script script;
    script.answers = c.answers;
    const Probe made = probe(url, true, script.exchange());
    CHECK(made.outcome == Probe::Outcome::failed);
    CHECK(made.error == c.error);
  }
}

TEST_CASE("probe: from outside the cluster, no answer says nothing about the server") {
  Script script;
  script.answers = {fail(Errc::unavailable, "name unknown")};

  CHECK(probe(url, false, script.exchange()).outcome == Probe::Outcome::unreachable);
}

/// A prober whose server can be switched off.
struct Fixture {
  std::mutex mutex;
  std::condition_variable changed;
  bool up = true;
  int asked = 0;
  int told = 0;
  Prober prober{
      {true, 1, 300'000ms, 5ms},
      [this](const net::ClientRequest& request) -> Result<net::ClientResponse> {
        const std::lock_guard lock(mutex);
        if (!up) {
          ++asked;
          changed.notify_all();
          return fail(Errc::unavailable, "refused");
        }
        const bool is_list = request.body.find("tools/list") != std::string::npos;
        asked += is_list ? 1 : 0;
        changed.notify_all();
        return response(200, is_list ? result({{"tools", json::array()}}) : discovered);
      },
      [this](const api::ObjectKey&) {
        const std::lock_guard lock(mutex);
        ++told;
        changed.notify_all();
      }};

  bool until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    std::unique_lock lock(mutex);
    while (!condition() && std::chrono::steady_clock::now() < deadline) {
      changed.wait_for(lock, 2ms);
    }
    return condition();
  }

  std::optional<Probe> latest(const std::string& hash) {
    return prober.latest({"tools", "web"}, url, hash);
  }
};

TEST_CASE("prober: it asks once for each pod template, and tells when it knows") {
  Fixture f;
  f.prober.start();

  CHECK_FALSE(f.latest(""));
  CHECK_FALSE(f.latest("h1"));
  REQUIRE(f.until([&] { return f.told == 1; }));
  CHECK(f.latest("h1")->template_hash == "h1");
  CHECK(f.latest("h1")->outcome == Probe::Outcome::verified);
  CHECK(f.asked == 1);

  f.latest("h2");
  REQUIRE(f.until([&] { return f.told == 2; }));
  CHECK(f.latest("h2")->template_hash == "h2");
  CHECK(f.asked == 2);
}

TEST_CASE("prober: a Service that leads nowhere for a moment is no failure of the server") {
  Fixture f;
  f.up = false;
  f.prober.start();
  f.latest("h1");
  REQUIRE(f.until([&] {
    f.up = f.asked == 2;
    return f.told == 1;
  }));
  CHECK(f.latest("h1")->outcome == Probe::Outcome::verified);
}

TEST_CASE("prober: a server that fails is asked again, and told of when it recovers") {
  Fixture f;
  f.up = false;
  f.prober.start();
  f.latest("h1");
  REQUIRE(f.until([&] { return f.told == 1; }));
  CHECK(f.latest("h1")->outcome == Probe::Outcome::failed);
  {
    const std::lock_guard lock(f.mutex);
    f.up = true;
  }
  REQUIRE(f.until([&] {
    f.latest("h1");
    return f.told == 2;
  }));
  CHECK(f.latest("h1")->outcome == Probe::Outcome::verified);
}

}  // namespace
}  // namespace mooring::observe
