// SPDX-License-Identifier: Apache-2.0
#include "server/gate/gate.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;

namespace {

http::Request a_post(std::vector<http::HeaderView> more = {}) {
  http::Request request;
  request.method = "POST";
  request.target = "/mcp";
  request.headers = {{"Content-Type", "application/json"}};
  bool has_host = false;
  for (const auto& header : more) {
    has_host = has_host || header.name == "Host";
  }
  if (!has_host) {
    request.headers.push_back({"Host", "localhost:3232"});
  }
  request.headers.insert(request.headers.end(), more.begin(), more.end());
  return request;
}

// The status a request ends with; 0: it passes.
int status_of(const http::Request& request, const gate::Rules& rules) {
  const auto endpoint = gate::enter(request, rules);
  return endpoint ? 0 : endpoint.error().status;
}

const gate::Rules on_loopback = gate::make_rules("/mcp", "127.0.0.1", {}, {});
const gate::Rules on_all = gate::make_rules("/mcp", "0.0.0.0", {}, {});

}  // namespace

TEST_CASE("gate: paths and methods lead to an endpoint, or are told what leads there") {
  struct Case {
    std::string method, target;
    int status;
    std::string allow;
  };

  const std::vector<Case> cases = {
      {"POST", "/mcp", 0, ""},
      {"POST", "/mcp?x=1", 0, ""},
      {"GET", "/mcp", 0, ""},
      {"DELETE", "/mcp", 0, ""},
      {"HEAD", "/mcp", 405, "POST, GET, DELETE"},
      {"OPTIONS", "/mcp", 405, "POST, GET, DELETE"},
      {"post", "/mcp", 405, "POST, GET, DELETE"},
      {"GET", "/health", 0, ""},
      {"HEAD", "/health", 0, ""},
      {"POST", "/health", 405, "GET, HEAD"},
      {"GET", "/ready", 0, ""},
      {"HEAD", "/ready", 0, ""},
      {"PUT", "/ready", 405, "GET, HEAD"},
      {"POST", "/", 404, ""},
      {"POST", "/mcp/", 404, ""},
      {"POST", "/MCP", 404, ""},
      {"GET", "/metrics", 404, ""},
  };

  for (const Case& c : cases) {
    CAPTURE(c.method + " " + c.target);
    http::Request request = a_post();
    request.method = c.method;
    request.target = c.target;
    const auto endpoint = gate::enter(request, on_loopback);
    REQUIRE(endpoint.has_value() == (c.status == 0));
    if (!endpoint) {
      CHECK(endpoint.error().status == c.status);
      const auto& headers = endpoint.error().headers;
      CHECK((headers.empty() ? "" : headers.front().second) == c.allow);
    }
  }
}

TEST_CASE("gate: each endpoint is told from the others") {
  http::Request request = a_post();
  CHECK(gate::enter(request, on_all) == gate::Endpoint::mcp);
  request.method = "GET";
  CHECK(gate::enter(request, on_all) == gate::Endpoint::stream);
  request.method = "DELETE";
  CHECK(gate::enter(request, on_all) == gate::Endpoint::end);
  request.method = "OPTIONS";
  request.headers.push_back({"Origin", "http://localhost:6274"});
  request.headers.push_back({"Access-Control-Request-Method", "POST"});
  CHECK(gate::enter(request, on_all) == gate::Endpoint::preflight);
  request.method = "GET";
  request.target = "/health";
  CHECK(gate::enter(request, on_all) == gate::Endpoint::health);
  request.target = "/ready";
  CHECK(gate::enter(request, on_all) == gate::Endpoint::ready);
}

TEST_CASE("gate: a stream and the end of a session need no media type, but Host and Origin") {
  for (const std::string method : {"GET", "DELETE"}) {
    CAPTURE(method);
    http::Request request;
    request.method = method;
    request.target = "/mcp";
    request.headers = {{"Host", "localhost"}};
    CHECK(status_of(request, on_loopback) == 0);
    request.headers.push_back({"Origin", "https://evil.example"});
    CHECK(status_of(request, on_loopback) == 403);
    request.headers = {{"Host", "evil.example"}};
    CHECK(status_of(request, on_loopback) == 403);
  }
}

TEST_CASE("gate: the generation without sessions has neither streams of them nor an end") {
  for (const std::string method : {"GET", "DELETE"}) {
    CAPTURE(method);
    http::Request request;
    request.method = method;
    request.target = "/mcp";
    request.headers = {{"Host", "localhost"}, {"MCP-Protocol-Version", "2026-07-28"}};
    const auto endpoint = gate::enter(request, on_loopback);
    REQUIRE_FALSE(endpoint);
    CHECK(endpoint.error().status == 405);
    CHECK(endpoint.error().headers.front().second == "POST");
  }
}

TEST_CASE("gate: Host alone decides, whatever Origin says") {
  struct Case {
    std::string host;
    int on_loopback, on_all, listed;
  };

  const gate::Rules listed =
      gate::make_rules("/mcp", "0.0.0.0", {"mcp.example.com", "*.internal:8080"}, {});
  const std::vector<Case> cases = {
      {"localhost", 0, 0, 403},
      {"localhost:3232", 0, 0, 403},
      {"LocalHost:1", 0, 0, 403},
      {"127.0.0.1:80", 0, 0, 403},
      {"[::1]:80", 0, 0, 403},
      {"[::1]", 0, 0, 403},
      {"evil.example.com", 403, 0, 403},
      {"localhost.evil.example.com", 403, 0, 403},
      {"127.0.0.1.evil.example.com", 403, 0, 403},
      {"localhost:1@evil.example.com", 403, 0, 403},
      {"[::2]:80", 403, 0, 403},
      {"MCP.example.com", 403, 0, 0},
      {"mcp.example.com:443", 403, 0, 0},
      {"a.internal:8080", 403, 0, 0},
      {"a.internal:8081", 403, 0, 403},
      {"a.internal", 403, 0, 403},
      {"", 400, 400, 400},
  };

  for (const Case& c : cases) {
    CAPTURE(c.host);
    const http::Request request = a_post({{"Host", c.host}});
    CHECK(status_of(request, on_loopback) == c.on_loopback);
    CHECK(status_of(request, on_all) == c.on_all);
    CHECK(status_of(request, listed) == c.listed);
  }
}

TEST_CASE("gate: Origin alone decides, whatever Host says") {
  struct Case {
    std::string origin;
    int unlisted, listed;
  };

  const gate::Rules listed = gate::make_rules(
      "/mcp", "127.0.0.1", {}, {"https://app.example.com", "http://dev.example.com:*"}
  );
  const std::vector<Case> cases = {
      {"http://localhost", 0, 403},
      {"http://localhost:6274", 0, 403},
      {"https://127.0.0.1:1", 0, 403},
      {"http://[::1]:1", 0, 403},
      {"http://evil.example.com", 403, 403},
      {"http://localhost.evil.example.com", 403, 403},
      {"chrome-extension://localhost", 403, 403},
      {"file://localhost", 403, 403},
      {"null", 403, 403},
      {"", 403, 403},
      {"localhost", 403, 403},
      {"https://app.example.com", 403, 0},
      {"https://APP.example.com", 403, 0},
      {"http://app.example.com", 403, 403},
      {"https://app.example.com:8443", 403, 403},
      {"https://app.example.com.evil.com", 403, 403},
      {"http://dev.example.com:3000", 403, 0},
      {"http://dev.example.com", 403, 0},
      {"https://dev.example.com:3000", 403, 403},
  };

  for (const Case& c : cases) {
    CAPTURE(c.origin);
    const http::Request request = a_post({{"Origin", c.origin}});
    CHECK(status_of(request, on_loopback) == c.unlisted);
    CHECK(status_of(request, on_all) == c.unlisted);
    CHECK(status_of(request, listed) == c.listed);
  }
  CHECK(status_of(a_post(), listed) == 0);
}

TEST_CASE("gate: a header that decides may stand there once") {
  CHECK(status_of(a_post({{"Host", "localhost"}, {"Host", "localhost"}}), on_all) == 400);
  CHECK(
      status_of(a_post({{"Origin", "http://localhost"}, {"Origin", "http://localhost"}}), on_all) ==
      403
  );
}

TEST_CASE("gate: only JSON is read") {
  struct Case {
    std::string type;
    int status;
  };

  for (const Case& c : std::vector<Case>{
           {"application/json", 0},
           {"Application/JSON; charset=utf-8", 0},
           {"application/json ;x=y", 0},
           {"text/plain", 415},
           {"application/jsonp", 415},
           {"application/x-www-form-urlencoded", 415},
           {"", 415}}) {
    CAPTURE(c.type);
    http::Request request = a_post();
    request.headers[0].value = c.type;
    CHECK(status_of(request, on_all) == c.status);
  }
}

TEST_CASE("gate: a header that two readers would read differently may stand there once") {
  for (const std::string_view name :
       {"Content-Type", "Content-Length", "Mcp-Session-Id", "MCP-Protocol-Version", "Host"}) {
    CAPTURE(name);
    const std::string_view value = name == "Host" ? "localhost" : "application/json";
    CHECK(status_of(a_post({{name, value}, {name, value}}), on_loopback) == 400);
  }
  CHECK(status_of(a_post({{"Accept", "*/*"}, {"Accept", "text/html"}}), on_loopback) == 0);
}

TEST_CASE("gate: a target in absolute form leads where its path does, and its host counts") {
  const auto status = [](std::string_view target, std::string_view host) {
    http::Request request = a_post({{"Host", host}});
    request.target = target;
    return status_of(request, on_loopback);
  };

  CHECK(status("http://localhost:3232/mcp", "localhost") == 0);
  CHECK(status("HTTPS://127.0.0.1/mcp?x=1", "ignored.example") == 0);
  CHECK(status("http://evil.example/mcp", "localhost") == 403);
  CHECK(status("http://localhost", "localhost") == 404);
  CHECK(status("ftp://localhost/mcp", "localhost") == 404);
}

TEST_CASE("gate: the checks stand in their order") {
  std::vector<std::string_view> names;
  for (const gate::Check& check : gate::mcp_checks()) {
    names.push_back(check.name);
  }

  CHECK(
      names ==
      std::vector<std::string_view>{
          "host_is_missing",
          "header_is_repeated",
          "host_is_foreign",
          "origin_is_foreign",
          "content_is_not_json"}
  );
}

TEST_CASE("gate: a refusal is a JSON-RPC error without an id, and quotes safely") {
  const auto endpoint = gate::enter(a_post({{"Host", "e\"vil"}}), on_loopback);

  REQUIRE_FALSE(endpoint);
  CHECK(
      endpoint.error().body ==
      R"({"jsonrpc":"2.0","error":{"code":-32600,"message":"Host \"e\"vil\" is not allowed; see allowedHosts"}})"
  );
}

TEST_CASE("accepts: media ranges cover what they say") {
  struct Case {
    std::vector<http::HeaderView> headers;
    bool json, stream;
  };

  const std::vector<Case> cases = {
      {{}, true, true},
      {{{"Accept", "*/*"}}, true, true},
      {{{"Accept", "application/json, text/event-stream"}}, true, true},
      {{{"Accept", "application/json"}, {"accept", "text/event-stream"}}, true, true},
      {{{"Accept", "Application/JSON;q=0.9 , TEXT/event-stream ; q=0.1"}}, true, true},
      {{{"Accept", "application/*"}}, true, false},
      {{{"Accept", "application/json"}}, true, false},
      {{{"Accept", "text/event-stream"}}, false, true},
      {{{"Accept", "application/json;q=0, text/event-stream;q=0.000"}}, false, false},
      {{{"Accept", "text/html"}}, false, false},
      {{{"Accept", ""}}, false, false},
      {{{"Accept", ",;,/,*/"}}, false, false},
  };

  for (const Case& c : cases) {
    CAPTURE((c.headers.empty() ? "none" : c.headers[0].value));
    http::Request request;
    request.headers = c.headers;
    CHECK(gate::accepts(request, "application/json") == c.json);
    CHECK(gate::accepts(request, "text/event-stream") == c.stream);
  }
}

TEST_CASE("gate: a page that may call is told so with every reply, another one nothing") {
  const gate::Rules listed =
      gate::make_rules("/mcp", "0.0.0.0", {}, {"https://app.example.com", "http://pages.test:*"});
  const auto headers = [](const gate::Rules& rules, const std::string& origin) {
    std::string said;
    const http::Request request = a_post({{"Origin", origin}});
    for (const http::HeaderView& header : gate::page_headers(request, rules)) {
      said.append(header.name).append("=").append(header.value).append(";");
    }
    return said;
  };
  const auto told = [](const std::string& origin) {
    return "Access-Control-Allow-Origin=" + origin +
           ";Access-Control-Expose-Headers=Mcp-Session-Id, Mcp-Protocol-Version, "
           "WWW-Authenticate, Retry-After;Vary=Origin;";
  };

  CHECK(headers(listed, "https://app.example.com") == told("https://app.example.com"));
  CHECK(headers(listed, "http://pages.test:8080") == told("http://pages.test:8080"));
  CHECK(headers(listed, "https://app.example.com.evil.test") == "");
  CHECK(headers(listed, "http://localhost:6274") == "");
  CHECK(headers(listed, "null") == "");
  CHECK(headers(on_all, "http://localhost:6274") == told("http://localhost:6274"));
  CHECK(headers(on_all, "https://app.example.com") == "");
  CHECK(gate::page_headers(a_post(), listed).empty());
  const http::Request twice =
      a_post({{"Origin", "https://app.example.com"}, {"Origin", "https://app.example.com"}});
  CHECK(gate::page_headers(twice, listed).empty());
  http::Request probe = a_post({{"Origin", "https://app.example.com"}});
  probe.target = "/health";
  CHECK(gate::page_headers(probe, listed).empty());
}

TEST_CASE("gate: a browser that asks for a page is told what the page may send") {
  const gate::Rules listed = gate::make_rules("/mcp", "0.0.0.0", {}, {"https://app.example.com"});
  http::Request request = a_post(
      {{"Origin", "https://app.example.com"},
       {"Access-Control-Request-Method", "POST"},
       {"Access-Control-Request-Headers",
        "content-type,Mcp-Session-Id, "
        "mcp-param-region,last-event-id,authorization,x-other,mcp-\x01"}}
  );
  request.method = "OPTIONS";
  CHECK(gate::enter(request, listed) == gate::Endpoint::preflight);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  const auto reply = gate::preflight_reply(request);

  CHECK(reply.status == 204);
  CHECK(reply.body.empty());
  CHECK(
      reply.headers ==
      Headers{
          {"Access-Control-Allow-Methods", "POST, GET, DELETE"},
          {"Access-Control-Max-Age", "600"},
          {"Access-Control-Allow-Headers",
           "content-type, mcp-session-id, mcp-param-region, last-event-id, authorization"}}
  );
}

TEST_CASE("gate: a preflight from elsewhere is refused, and what is none is no method") {
  const gate::Rules listed = gate::make_rules("/mcp", "0.0.0.0", {}, {"https://app.example.com"});
  http::Request request =
      a_post({{"Origin", "https://evil.example"}, {"Access-Control-Request-Method", "POST"}});
  request.method = "OPTIONS";
  CHECK(status_of(request, listed) == 403);
  request.headers = {{"Host", "a"}, {"Origin", "https://app.example.com"}};
  CHECK(status_of(request, listed) == 405);
  request.headers = {{"Host", "a"}, {"Access-Control-Request-Method", "POST"}};

  CHECK(status_of(request, listed) == 405);
}
