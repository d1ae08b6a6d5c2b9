// SPDX-License-Identifier: Apache-2.0
#include "server/settings/settings.hpp"

#include "tests/support/tree.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

constexpr const char* small = R"(
server: {name: weather}
backends:
  - name: clock
    tools:
      - {name: now, description: The time., text: "noon"}
)";

std::string refusal(std::string_view text, const settings::Environment& environment = {}) {
  const auto parsed = settings::parse(text, environment);
  return parsed ? "accepted" : describe(parsed.error(), "\n");
}

std::string with(std::string_view extra) {
  return std::string(small) + std::string(extra);
}

std::string with_backend(std::string_view backend) {
  return "server: {name: w}\nbackends: [" + std::string(backend) + "]";
}

}  // namespace

TEST_CASE("settings: what a document leaves out has its default") {
  const auto parsed = settings::parse(small);

  REQUIRE(parsed.has_value());
  CHECK(parsed->server.version == MOORING_VERSION);
  CHECK(parsed->server.instance == "weather");
  CHECK(parsed->listen.address == "0.0.0.0");
  CHECK(parsed->listen.port == 3232);
  CHECK(parsed->listen.path == "/mcp");
  CHECK(parsed->listen.threads == 0);
  CHECK(parsed->listen.max_body_bytes == 1048576);
  CHECK(parsed->listen.max_connections == 10000);
  CHECK(parsed->listen.allowed_hosts.empty());
  CHECK(parsed->admin.port == 9090);
  CHECK(parsed->drain_timeout == 25s);
  CHECK(parsed->sessions.key_ring.empty());
  CHECK(parsed->sessions.ttl == 24h);
  CHECK(parsed->logging.level == "info");
  CHECK(parsed->logging.format == "json");
  REQUIRE(parsed->backends.size() == 1);
  CHECK(parsed->backends[0].timeout == 30s);
  CHECK(parsed->backends[0].expose == settings::Exposure());
  const auto& declared = std::get<settings::DeclaredTools>(parsed->backends[0].kind);
  CHECK(declared.tools[0].input_schema == nlohmann::json{{"type", "object"}});
}

TEST_CASE("settings: each kind of backend is read into its own type") {
  const auto parsed = settings::parse(R"({
    "server": {"name": "w", "version": "2.1", "instance": "blue"},
    "backends": [
      {"name": "files", "timeout": "1m30s", "stdio": {"socket": "/run/mooring/files.sock"}},
      {"name": "notes", "stdio": {"command": ["node", "server.mjs", ""], "directory": "/app",
                                  "env": {"A_1": "x"}, "startTimeout": "5s"}}]})");

  REQUIRE(parsed.has_value());
  CHECK(parsed->server == settings::Server{"w", "2.1", "blue"});
  CHECK(parsed->backends[0].timeout == 90s);
  CHECK(
      std::get<settings::StdioSocket>(parsed->backends[0].kind) ==
      settings::StdioSocket{"/run/mooring/files.sock", 30s}
  );
  CHECK(
      std::get<settings::StdioCommand>(parsed->backends[1].kind) ==
      settings::StdioCommand{{"node", "server.mjs", ""}, "/app", {{"A_1", "x"}}, 5s}
  );
}

TEST_CASE("settings: how a backend is exposed") {
  const auto parsed = settings::parse(R"(
server: {name: w}
backends:
  - name: files
    stdio: {command: [x], checkArguments: false}
    expose: {prefix: Always, include: ["read_*"], exclude: [read_all], rename: {read_one: read}}
)");

  REQUIRE(parsed.has_value());
  const settings::Backend& backend = parsed->backends[0];
  CHECK(
      backend.expose ==
      settings::Exposure{
          settings::Exposure::Prefix::always, {"read_*"}, {"read_all"}, {{"read_one", "read"}}}
  );
  CHECK_FALSE(std::get<settings::StdioCommand>(backend.kind).check_arguments);
}

TEST_CASE("settings: how many processes there are, and how long, has the defaults of its mode") {
  using Mode = settings::Instances::Mode;

  struct Case {
    std::string given;
    settings::Instances instances;
  };

  const Case cases[] = {
      {"", {Mode::shared, 16, std::nullopt}},
      {", instances: {}", {Mode::shared, 16, std::nullopt}},
      {", instances: {idleTimeout: 5m}", {Mode::shared, 16, 5min}},
      {", instances: {mode: PerSession}", {Mode::per_session, 16, 10min}},
      {", instances: {mode: PerSession, max: 3, idleTimeout: 1s}", {Mode::per_session, 3, 1s}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.given);
    const auto parsed = settings::parse(
        "server: {name: w}\nbackends:\n  - name: files\n    stdio: {command: [x]" + c.given + "}\n"
    );
    REQUIRE(parsed.has_value());
    CHECK(std::get<settings::StdioCommand>(parsed->backends[0].kind).instances == c.instances);
    CHECK(settings::from_json(settings::print(*parsed)) == *parsed);
  }
}

TEST_CASE("settings: a refusal names the field, its value and what is allowed") {
  struct Case {
    std::string document;
    std::string_view message;
  };

  const Case cases[] = {
      {"", "the document is empty"},
      {"[]", "is [] (a list), must be an object"},
      {"backends: []", "server: is missing: How the endpoint introduces itself to clients."},
      {with("listn: {}"), "listn: unknown field; did you mean \"listen\"?"},
      {with("listen: {porta: 1}"), "listen.porta: unknown field; did you mean \"port\"?"},
      {with("listen: {port: 70000}"), "listen.port: is 70000, must be 0 to 65535"},
      {with("listen: {port: \"80\"}"), "listen.port: is \"80\" (a string), must be an integer"},
      {with("listen: {address: localhost}"),
       "listen.address: is \"localhost\", must be an IPv4 or IPv6 address"},
      {with("listen: {path: mcp}"), "listen.path: is \"mcp\", must be an absolute path"},
      {with("listen: {path: /ready}"), "listen.path: is taken"},
      {with("listen: {port: 9090}"), "admin.port must differ from listen.port"},
      {with("listen: {allowedHosts: ['*.example.com', 'a*.example.com']}"),
       "listen.allowedHosts[1]: is \"a*.example.com\", must be a host name"},
      {with("drain: {timeout: 1d}"), "drain.timeout: is \"1d\", must be a duration such as"},
      {with("drain: {timeout: 11m}"),
       "drain.timeout: is \"11m\", must be a duration from 0s to 10m"},
      {with("logging: {level: loud}"), "must be one of: debug, info, warn, error"},
      {with_backend("{name: a}"), "backends[0]: must have exactly one of: stdio, tools"},
      {with_backend("{name: A, tools: [{name: x, description: d, text: t}]}"),
       "backends[0].name: is \"A\", must be a DNS label"},
      {with_backend("{name: a, timeout: 99ms, stdio: {command: [x]}}"),
       "backends[0].timeout: is \"99ms\", must be a duration from 100ms to 1h"},
      {with_backend("{name: a, stdio: {}}"), "backends[0].stdio: must have exactly one of: socket"},
      {with_backend("{name: a, stdio: {command: [\"\"]}}"), "command[0] must name a program"},
      {with_backend("{name: a, stdio: {command: [a], env: {1x: y}}}"),
       "backends[0].stdio.env: names must be letters"},
      {with_backend("{name: a, stdio: {socket: /s, env: {x: y}}}"), "env belong to a command"},
      {with_backend("{name: a, stdio: {socket: /s}, expose: {prefix: always}}"),
       "backends[0].expose.prefix: is \"always\", must be one of: WhenConflicting, Always, Never"},
      {with_backend("{name: a, stdio: {socket: /s}, expose: {include: [a b]}}"),
       "backends[0].expose.include[0]: is \"a b\", must be a tool's own name; * stands for any"},
      {with_backend("{name: a, stdio: {socket: /s}, expose: {rename: {a: b/c}}}"),
       "must be 1 to 64 letters, digits and _ . -"},
      {with_backend("{name: a, stdio: {socket: /s}}, {name: a, stdio: {socket: /t}}"),
       "backends[1].name: is \"a\", which an entry before it has already"},
      {"server: {name: w\n", "line 2"},
      {"server: {name: \"\x04\"}", "line 1: a control character"},
      {"server: {name: \xff}", "is not UTF-8"},
      {R"({"server": {"name": "w"}, "server": {}})", "server.name: is missing"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.document);
    const std::string message = refusal(c.document);
    CAPTURE(message);
    CHECK(message.find(c.message) != std::string::npos);
  }
}

TEST_CASE("settings: everything that is wrong is told at once") {
  const auto parsed = settings::parse("server: {}\nlisten: {port: -1, path: x}\nbackends: []");

  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().size() == 4);
}

TEST_CASE("settings: a variable of the environment replaces its field before the check") {
  const auto parsed = settings::parse(
      small,
      {{"MOORING_LISTEN_PORT", "4000"},
       {"MOORING_LISTEN_MAX_BODY_BYTES", "2048"},
       {"MOORING_LISTEN_ALLOWED_HOSTS", "a.example, b.example:80"},
       {"MOORING_DRAIN_TIMEOUT", "1s"},
       {"MOORING_SESSIONS_KEY_RING", "/keys"},
       {"MOORING_PORT_3232_TCP", "tcp://10.0.0.1:3232"}}
  );

  REQUIRE(parsed.has_value());
  CHECK(parsed->listen.port == 4000);
  CHECK(parsed->listen.max_body_bytes == 2048);
  CHECK(parsed->listen.allowed_hosts == std::vector<std::string>{"a.example", "b.example:80"});
  CHECK(parsed->drain_timeout == 1s);
  CHECK(parsed->sessions.key_ring == "/keys");
}

TEST_CASE("settings: a variable can give what the document must have") {
  CHECK(
      refusal("backends: [{name: a, stdio: {socket: /s}}]", {{"MOORING_SERVER_NAME", "w"}}) ==
      "accepted"
  );
}

TEST_CASE("settings: a refused variable is named") {
  CHECK(
      refusal(small, {{"MOORING_LISTEN_PORT", "http"}}) ==
      "listen.port: is \"http\" (a string), must be an integer (from the environment variable "
      "MOORING_LISTEN_PORT)"
  );
}

TEST_CASE("settings: a variable that is not text is refused") {
  CHECK(
      refusal(small, {{"MOORING_SERVER_NAME", "\xff"}}) ==
      "server.name: is not UTF-8, must be a string (from the environment variable "
      "MOORING_SERVER_NAME)"
  );
  CHECK(refusal(small, {{"MOORING_LISTEN_PORT", "\xff"}}).starts_with("listen.port: is not UTF-8"));
}

TEST_CASE("settings: a variable that is nearly one of theirs is doubted, not refused") {
  const auto parsed = settings::parse(
      small,
      {{"MOORING_LISTEN_PROT", "4000"},
       {"MOORING_LOGING_LEVEL", "debug"},
       {"MOORING_LISTEN_ADDRESS", "127.0.0.1"},
       {"MOORING_SOMETHING_ELSE_ALTOGETHER", "1"}}
  );

  REQUIRE(parsed.has_value());
  CHECK(parsed->listen.port == 3232);
  CHECK(
      parsed->doubts ==
      std::vector<std::string>{
          "environment variable MOORING_LISTEN_PROT is ignored; did you mean MOORING_LISTEN_PORT?",
          "environment variable MOORING_LOGING_LEVEL is ignored; did you mean "
          "MOORING_LOGGING_LEVEL?"}
  );
}

TEST_CASE("settings: what Kubernetes tells a pod of Services is not doubted") {
  const auto parsed = settings::parse(
      small,
      {{"MOORING_LISTEN_SERVICE_HOST", "10.0.0.1"},
       {"MOORING_LISTEN_SERVICE_PORT", "3232"},
       {"MOORING_SERVER_PORT", "tcp://10.0.0.1:3232"},
       {"MOORING_LISTEN_PORT_3232_TCP", "tcp://10.0.0.1:3232"},
       {"MOORING_LISTEN_PORT_3232_TCP_PORT", "3232"},
       {"MOORING_LISTEN_PORT_3232_TCP_ADDR", "10.0.0.1"}}
  );

  REQUIRE(parsed.has_value());
  CHECK(parsed->doubts.empty());
}

TEST_CASE("settings: what no process can be given is refused: an argument or variable with NUL") {
  CHECK(
      refusal(with_backend(R"({name: a, stdio: {command: ["x", "a\0b"]}})")) ==
      "backends[0].stdio.command[1]: is \"a\\x00b\", must be text without the character NUL (\\x00)"
  );
  CHECK(refusal(with_backend(R"({name: a, stdio: {command: [x], env: {A: "\0"}}})"))
            .starts_with("backends[0].stdio.env.A: is "));
  CHECK(refusal(with_backend(R"({name: a, stdio: {command: [x], directory: "/a\0"}})"))
            .starts_with("backends[0].stdio.directory: is "));
}

TEST_CASE("settings: the reference page is the one that is checked in") {
  std::ifstream file(tests::in_tree("docs/reference/settings.md"));
  std::stringstream page;
  page << file.rdbuf();

  // Compared as a whole; on a difference run: mcp-server settings --markdown.
  CHECK((page.str() == settings::markdown()));
}

TEST_CASE("settings: the example of the reference page is taken as it stands") {
  const std::string page = settings::markdown();
  const std::string begin = "```yaml\n";
  const auto from = page.find(begin) + begin.size();
  const auto parsed = settings::parse(page.substr(from, page.find("```", from) - from), {});
  REQUIRE(parsed);
  CHECK(parsed->backends.size() == 2);
}
