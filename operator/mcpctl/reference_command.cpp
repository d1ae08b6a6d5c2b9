// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "core/schema/openapi.hpp"
#include "operator/api/crd.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/mcpctl/command.hpp"

#include <iostream>

namespace mooring::mcpctl {
namespace {

constexpr const char* markdown_head = R"(# McpServer

One resource is one MCP server: `apiVersion: mooring.dev/v1alpha1`, `kind: McpServer`, short name `moor`.
This page is printed from the table that the schema is made of: `mcpctl explain --markdown`.

```yaml
apiVersion: mooring.dev/v1alpha1
kind: McpServer
metadata:
  name: weather
spec:
  backends:
    - name: files
      stdio:
        image: ghcr.io/acme/files:1.4
        command: [node, server.mjs]
    - name: greeter
      tools:
        - name: greet
          description: Greets by name
          inputSchema: {type: object, properties: {name: {type: string}}, required: [name]}
          text: Hello, {name}!
```

`metadata.name` has at most 40 characters: lower-case letters, digits and `-`, a letter first.

Two annotations are for the moment rather than for the spec: `mooring.dev/paused: "true"` keeps the operator from changing
anything of this server (as `spec.suspend` does), and any new value of `mooring.dev/restartedAt` replaces its pods, one by one.

An object that has the name of one that the operator would make is not touched, and the condition `Accepted` tells whose it is. The
annotation `mooring.dev/adopt: NAME` on that object (not on the McpServer `NAME`) hands it over: it becomes what the spec says, and
goes with the McpServer.

)";

}  // namespace

int explain(const ExplainOptions& options) {
  const schema::Field& spec = api::spec_field();
  const schema::Field& status = api::status_field();
  if (options.as_markdown) {
    std::cout << markdown_head << "## spec\n\n"
              << schema::to_markdown(spec, "spec") << "\n## status\n\n"
              << schema::to_markdown(status, "status");
    return exit_ok;
  }
  const std::string path = options.path.empty() ? "spec" : options.path;
  std::string text = schema::explain(spec, "spec", path);
  if (text.empty()) {
    text = schema::explain(status, "status", path);
  }
  if (text.empty()) {
    text = schema::explain(spec, "spec", "spec." + path);
  }
  if (text.empty()) {
    return complain(
        exit_invalid,
        "there is no field \"" + path +
            "\"; start from `mcpctl explain spec` or `mcpctl explain status`"
    );
  }
  std::cout << text;
  return exit_ok;
}

int crd() {
  std::cout << "# Printed by `mcpctl crd` (make crds).\n" << mooring::json::to_yaml(api::crd());
  return exit_ok;
}

}  // namespace mooring::mcpctl
