// SPDX-License-Identifier: Apache-2.0
#include "operator/validate/validate.hpp"

#include "core/json/yaml.hpp"
#include "operator/validate/template.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace mooring;

namespace {

std::vector<FieldError> errors_of(const std::string& yaml) {
  const auto document = json::parse_yaml(yaml);
  REQUIRE_MESSAGE(document, document.error().message);
  const auto server = validate::accept(api::Object(*document));
  return server ? std::vector<FieldError>{} : server.error();
}

std::string with_spec(const std::string& spec) {
  return "{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}, spec: " + spec +
         "}";
}

std::string with_tool(const std::string& tool) {
  return with_spec("{backends: [{name: b, tools: [{name: t, description: d, " + tool + "}]}]}");
}

std::string with_stdio(const std::string& stdio) {
  return with_spec("{backends: [{name: b, stdio: {" + stdio + "}}]}");
}

struct Case {
  std::string yaml;
  std::string path;
  std::string says;  ///< part of the message
};

void check_all(const std::vector<Case>& cases) {
  for (const Case& each : cases) {
    CAPTURE(each.yaml);
    const auto errors = errors_of(each.yaml);
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
}

const std::string one_tool = "tools: [{name: t, description: d, text: x}]";

}  // namespace

TEST_CASE("validate: a minimal resource is accepted, with every default filled in") {
  const auto document = json::parse_yaml(with_tool("text: hello"));
  REQUIRE(document);
  const auto server = validate::accept(api::Object(*document));
  REQUIRE(server);
  CHECK(server->spec.replicas == 2);
  CHECK(server->spec.image.empty());
  CHECK(server->spec.resources.requests.cpu == "100m");
  CHECK(server->spec.resources.requests.memory == "64Mi");
  CHECK(server->spec.resources.limits.memory == "256Mi");
  CHECK(server->spec.resources.limits.cpu.empty());
  CHECK(server->spec.logging.level == "info");
  CHECK(server->spec.logging.format == "json");
  CHECK(server->spec.backends[0].timeout == std::chrono::seconds(30));
  CHECK(server->spec.backends[0].tools[0].input_schema == nlohmann::json{{"type", "object"}});
}

TEST_CASE("validate: keys seal for long, or for ever, and not much shorter than sessions live") {
  const auto with_sessions = [](const std::string& sessions) {
    return with_spec("{backends: [{name: b, " + one_tool + "}], sessions: {" + sessions + "}}");
  };
  for (const char* good : {"", "keyRotation: 0s", "keyRotation: 1h, ttl: 8h", "ttl: 720h"}) {
    CHECK(errors_of(with_sessions(good)).empty());
  }
  const std::string path = "spec.sessions.keyRotation";
  check_all({
      {with_sessions("keyRotation: 59m"), path, "must last from 1h to 8760h, or be 0s"},
      {with_sessions("keyRotation: 8761h"), path, "must last from 1h to 8760h, or be 0s"},
      {with_sessions("keyRotation: 1h, ttl: 9h"), "spec.sessions", "at least an eighth of ttl"},
  });
}

TEST_CASE("validate: a resource of stdio has the defaults of stdio") {
  const auto document = json::parse_yaml(with_stdio("image: i, command: [c]"));
  REQUIRE(document);
  const auto server = validate::accept(api::Object(*document));
  REQUIRE(server);
  const auto& stdio = server->spec.backends[0].stdio;
  REQUIRE(stdio);
  CHECK(stdio->image_pull_policy == "IfNotPresent");
  CHECK(stdio->start_timeout == std::chrono::seconds(30));
}

TEST_CASE("validate: what the schema refuses names field, value and what is allowed") {
  check_all({
      {"{apiVersion: mooring.dev/v1, kind: McpServer, metadata: {name: a}, spec: {backends: "
       "[{name: "
       "b, " +
           one_tool + "}]}}",
       "apiVersion",
       "is \"mooring.dev/v1\", must be \"mooring.dev/v1alpha1\""},
      {"{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}}",
       "spec",
       "is missing"},
      {"{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: 9a}, spec: {backends: "
       "[{name: b, " +
           one_tool + "}]}}",
       "metadata.name",
       "at most 40 characters"},
      {"{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}, specs: 1, spec: "
       "{backends: [{name: b, " +
           one_tool + "}]}}",
       "specs",
       "did you mean \"spec\"?"},
      {with_spec("{}"), "spec.backends", "is missing"},
      {with_spec("{backends: []}"), "spec.backends", "has 0 entries, must have 1 to 32"},
      {with_spec("{replica: 2, backends: [{name: b, " + one_tool + "}]}"),
       "spec.replica",
       "did you mean \"replicas\"?"},
      {with_spec("{replicas: '2', backends: [{name: b, " + one_tool + "}]}"),
       "spec.replicas",
       "is \"2\" (a string), must be an integer"},
      {with_spec("{replicas: 101, backends: [{name: b, " + one_tool + "}]}"),
       "spec.replicas",
       "is 101, must be 0 to 100"},
      {with_spec("{image: 'a b', backends: [{name: b, " + one_tool + "}]}"),
       "spec.image",
       "an image name in printable ASCII without blanks"},
      {with_spec("{logging: {level: loud}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.logging.level",
       "is \"loud\", must be one of: debug, info, warn, error"},
      {with_spec("{logging: {format: xml}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.logging.format",
       "must be one of: json, text"},
      {with_spec("{resources: {limits: {cpu: lots}}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.resources.limits.cpu",
       "must be a quantity"},
      {with_spec("{backends: [{name: B, " + one_tool + "}]}"),
       "spec.backends[0].name",
       "is \"B\", must be a name such as"},
      {with_spec("{backends: [{name: b, " + one_tool + "}, {name: b, " + one_tool + "}]}"),
       "spec.backends[1].name",
       "each must have its own"},
      {with_spec("{backends: [{name: b}]}"),
       "spec.backends[0]",
       "must have exactly one of stdio and tools"},
      {with_spec("{backends: [{name: b, stdio: {image: i, command: [c]}, " + one_tool + "}]}"),
       "spec.backends[0]",
       "must have exactly one of stdio and tools"},
      {with_spec("{backends: [{name: b, timeout: 5, " + one_tool + "}]}"),
       "spec.backends[0].timeout",
       "is 5 (an integer), must be a string"},
      {with_spec("{backends: [{name: b, timeout: 2h, " + one_tool + "}]}"),
       "spec.backends[0].timeout",
       "is \"2h\", must last from 100ms to 1h"},
      {with_spec("{backends: [{name: b, timeout: 99ms, " + one_tool + "}]}"),
       "spec.backends[0].timeout",
       "must last from 100ms to 1h"},
  });
}

TEST_CASE("validate: what the schema refuses in stdio") {
  check_all({
      {with_stdio("command: [c]"), "spec.backends[0].stdio.image", "is missing"},
      {with_stdio("image: i"), "spec.backends[0].stdio.command", "is missing"},
      {with_stdio("image: i, command: []"), "spec.backends[0].stdio.command", "has 0 entries"},
      {with_stdio("image: i, command: run"), "spec.backends[0].stdio.command", "must be a list"},
      {with_stdio("image: i, command: [c], imagePullPolicy: Sometimes"),
       "spec.backends[0].stdio.imagePullPolicy",
       "must be one of: Always, IfNotPresent, Never"},
      {with_stdio("image: i, command: [c], startTimeout: 500ms"),
       "spec.backends[0].stdio.startTimeout",
       "is \"500ms\", must last from 1s to 10m"},
      {with_stdio("image: i, command: [c], instances: {mode: Many}"),
       "spec.backends[0].stdio.instances.mode",
       "must be one of: Shared, PerSession"},
      {with_stdio("image: i, command: [c], instances: {max: 2}"),
       "spec.backends[0].stdio.instances",
       "max is for mode PerSession; remove it, or set mode to PerSession"},
      {with_stdio("image: i, command: [c], instances: {mode: PerSession, max: 1001}"),
       "spec.backends[0].stdio.instances.max",
       "1000"},
      {with_stdio("image: i, command: [c], instances: {idleTimeout: 500ms}"),
       "spec.backends[0].stdio.instances.idleTimeout",
       "is \"500ms\", must last from 1s to 24h"},
      {with_stdio("image: i, command: [c], env: [{name: 9A, value: x}]"),
       "spec.backends[0].stdio.env[0].name",
       "must be a variable name"},
      {with_stdio("image: i, command: [c], env: [{name: A}]"),
       "spec.backends[0].stdio.env[0]",
       "must have exactly one of value and valueFrom"},
      {with_stdio("image: i, command: [c], env: [{name: A, value: x}, {name: A, value: y}]"),
       "spec.backends[0].stdio.env[1].name",
       "each must have its own"},
      {with_stdio("image: i, command: [c], env: [{name: A, valueFrom: {secretKeyRef: {name: s}}}]"),
       "spec.backends[0].stdio.env[0].valueFrom.secretKeyRef.key",
       "is missing"},
  });
}

TEST_CASE("validate: characters that can never be right are refused") {
  check_all({
      {with_stdio(R"(image: i, command: [c, "a\0b"])"),
       "spec.backends[0].stdio.command[1]",
       R"(is "a\x00b", must be text without the character NUL (\x00))"},
      {with_stdio(R"(image: i, command: [c], env: [{name: A, value: "\0"}])"),
       "spec.backends[0].stdio.env[0].value",
       "must be text without the character NUL"},
      {with_stdio(R"(image: "i\x01", command: [c])"),
       "spec.backends[0].stdio.image",
       "an image name in printable ASCII"},
      {with_spec("{image: \"i\\0\", backends: [{name: b, " + one_tool + "}]}"),
       "spec.image",
       "an image name in printable ASCII"},
      {with_tool(R"(text: "a\0b")"),
       "spec.backends[0].tools[0].text",
       "must be text without control characters other than tab and line breaks"},
      {with_tool(R"(text: a, title: "\e[1m")"),
       "spec.backends[0].tools[0].title",
       "must be text without control characters"},
  });
}

TEST_CASE("validate: line breaks, tabs and what a terminal reads may stand in arguments") {
  CHECK(errors_of(with_stdio(R"(image: i, command: [sh, "-c", "a\nb\t\e[1m"])")).empty());
  CHECK(errors_of(with_tool(R"(text: "a\r\n\tb é 日\n")")).empty());
}

TEST_CASE("validate: what only the checks can tell") {
  check_all({
      {with_tool("text: 'Hi {nane}', inputSchema: {type: object, properties: {name: {}}}"),
       "spec.backends[0].tools[0].text",
       "names {nane}, which inputSchema.properties does not have; did you mean {name}?"},
      {with_tool("text: 'Hi {name}'"),
       "spec.backends[0].tools[0].text",
       "add it there, or write {{ for a brace"},
      {with_tool("text: 'a { b'"), "spec.backends[0].tools[0].text", "a brace that stands alone"},
      {with_tool("text: 'a } b'"), "spec.backends[0].tools[0].text", "a brace that stands alone"},
      {with_tool("text: 'a {} b'"), "spec.backends[0].tools[0].text", "without a name"},
      {with_tool("text: x, inputSchema: {type: array}"),
       "spec.backends[0].tools[0].inputSchema.type",
       "is \"array\", must be \"object\""},
      {with_tool("text: x, inputSchema: {type: object, properties: {a: {type: string, formatt: x}}}"
       ),
       "spec.backends[0].tools[0].inputSchema",
       "formatt"},
      {with_tool("text: x, inputSchema: {type: object, properties: {a: {pattern: '('}}}"),
       "spec.backends[0].tools[0].inputSchema",
       "pattern"},
      {with_tool("text: x, inputSchema: {}"),
       "spec.backends[0].tools[0].inputSchema.type",
       "is missing"},
      {with_tool("text: x, inputSchema: {type: object, properties: []}"),
       "spec.backends[0].tools[0].inputSchema",
       "must be an object"},
      {with_spec(
           "{resources: {requests: {cpu: 2}, limits: {cpu: 500m}}, backends: [{name: b, " +
           one_tool + "}]}"
       ),
       "spec.resources.requests.cpu",
       "is \"2\", must be at most the limit, \"500m\""},
      {with_stdio("image: i, command: [c], resources: {requests: {memory: 1Gi}, limits: {memory: "
                  "1023Mi}}"),
       "spec.backends[0].stdio.resources.requests.memory",
       "must be at most the limit"},
      {with_spec("{resources: {limits: {memory: 100m}}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.resources.limits.memory",
       "did you mean \"100Mi\"?"},
      {with_spec("{resources: {limits: {memory: 1Mi}}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.resources.limits.memory",
       "is \"1Mi\", must be at least 32Mi, or the container cannot start"},
      {with_stdio("image: i, command: [c], resources: {limits: {memory: 1000000}}"),
       "spec.backends[0].stdio.resources.limits.memory",
       "is \"1000000\", must be at least 16Mi"},
      {with_spec("{resources: {limits: {memory: -5}}, backends: [{name: b, " + one_tool + "}]}"),
       "spec.resources.limits.memory",
       "must be a quantity"},
  });
}

TEST_CASE("validate: a tool offered under a merged name must not take another's") {
  const auto errors =
      errors_of(with_spec("{backends: [{name: a, tools: [{name: x, description: d, text: t}]}, "
                          "{name: b, tools: [{name: "
                          "x, description: d, text: t}, {name: a_x, description: d, text: t}]}]}"));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].path == "spec.backends[0].tools[0].name");
  CHECK(errors[0].message.find("offered as \"a_x\"") != std::string::npos);
}

TEST_CASE("validate: what clients see of declared tools names them, and each by a name of its own"
) {
  const auto with_expose = [](const std::string& expose) {
    return with_spec(
        "{backends: [{name: b, expose: " + expose +
        ", tools: [{name: read, description: d, text: x}, {name: list, description: d, text: x}]}]}"
    );
  };
  const std::string path = "spec.backends[0].expose.";
  check_all({
      {with_expose("{include: [raed]}"),
       path + "include",
       R"("raed", which is none of the backend's tools; did you mean "read"?)"},
      {with_expose("{exclude: [wholly]}"),
       path + "exclude",
       R"("wholly", which is none of the backend's tools, known ones: read, list)"},
      {with_expose("{rename: {reed: r}}"), path + "rename", R"(did you mean "read"?)"},
      {with_expose("{rename: {list: r, read: r}}"),
       path + "rename",
       R"(gives "list" and "read" the one name "r")"},
  });
  CHECK(errors_of(with_expose("{include: [read, 'l*', 'x*'], rename: {read: list}}")).empty());
  CHECK(errors_of(with_spec("{backends: [{name: b, expose: {include: [a]}, stdio: {image: i, "
                            "command: [c]}}]}"))
            .empty());
}

TEST_CASE("validate: tools that no ConfigMap can hold are refused") {
  std::string tools;
  for (int i = 0; i < 64; ++i) {
    tools += "{name: t" + std::to_string(i) + ", description: d, text: " + std::string(16000, 'x') +
             "},";
  }
  const auto errors = errors_of(with_spec("{backends: [{name: b, tools: [" + tools + "]}]}"));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].path == "spec.backends");
}

TEST_CASE("validate: all that is wrong is told at once") {
  const auto errors =
      errors_of(with_spec("{replicas: -1, image: '', backends: [{name: B, timeout: x, stdio: "
                          "{image: i, command: [c]}}]}"));
  CHECK(errors.size() >= 4);
}

TEST_CASE("placeholders: names in braces, doubled braces as they are") {
  using Names = std::vector<std::string>;
  CHECK(validate::placeholders("") == Names{});
  CHECK(validate::placeholders("none") == Names{});
  CHECK(validate::placeholders("{a} and {b_c} and {a}") == Names{"a", "b_c", "a"});
  CHECK(validate::placeholders("{{a}} {{{a}}}") == Names{"a"});
  CHECK(validate::placeholders("{{") == Names{});
  CHECK_FALSE(validate::placeholders("{a"));
  CHECK_FALSE(validate::placeholders("{a{b}"));
  CHECK_FALSE(validate::placeholders("a}"));
}

TEST_CASE("validate: every sample is accepted") {
  namespace fs = std::filesystem;
  for (const auto& entry : fs::directory_iterator(tests::in_tree("manifests/samples"))) {
    if (entry.path().extension() != ".yaml") {
      continue;
    }
    CAPTURE(entry.path().string());
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    const auto documents = json::parse_yaml_documents(text.str());
    REQUIRE(documents);
    for (const auto& document : *documents) {
      if (api::text_at(document, {"kind"}) == "McpServer") {
        const auto server = validate::accept(api::Object(document));
        CHECK_MESSAGE(server, describe(server.error()));
      }
    }
  }
}

TEST_CASE("validate: what an Ingress is given is what an Ingress can have") {
  const auto with_ingress = [](const std::string& ingress) {
    return with_spec("{backends: [{name: b, " + one_tool + "}], ingress: {" + ingress + "}}");
  };
  check_all({
      {with_ingress("path: /mcp"), "spec.ingress.host", "is missing"},
      {with_ingress("host: '*.acme.com'"), "spec.ingress.host", "a host name such as"},
      {with_ingress("host: Acme.com"), "spec.ingress.host", "in lower case"},
      {with_ingress("host: a.com, path: /ready"), "spec.ingress.path", "/health and /ready"},
      {with_ingress("host: a.com, path: mcp"), "spec.ingress.path", "an absolute path"},
      {with_ingress("host: a.com, tls: {}"), "spec.ingress.tls.secretName", "is missing"},
      {with_ingress("host: a.com, annotations: {'a b': c}"),
       "spec.ingress.annotations",
       "must have keys such as"},
      {with_ingress("host: a.com, annotations: {acme.com/: c}"),
       "spec.ingress.annotations",
       "must have keys such as"},
  });
  const std::string elsewhere = "}, gateway: {parentRefs: [{name: g}], path: /other";
  check_all({{with_ingress("host: a.com" + elsewhere), "spec", "must be the same"}});
  CHECK(errors_of(with_ingress("host: a.com, path: /other" + elsewhere)).empty());
  CHECK(errors_of(with_ingress("host: a.com, annotations: {acme.com/x.y_z-1: ''}")).empty());
}
