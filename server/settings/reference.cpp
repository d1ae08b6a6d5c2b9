// SPDX-License-Identifier: Apache-2.0
#include "core/schema/openapi.hpp"
#include "core/text/ascii.hpp"
#include "server/settings/fields.hpp"
#include "server/settings/settings.hpp"

namespace mooring::settings {

namespace {

constexpr const char* example = R"(server: {name: weather}
listen: {port: 3232, allowedHosts: [mcp.example.com]}
sessions: {keyRing: /etc/mooring/ring.json, ttl: 12h}
logging: {level: info, format: json}
backends:
  - name: files
    timeout: 1m
    stdio:
      command: [node, server.mjs]
      env: {ROOT: /srv/files}
    expose: {include: ["read_*"]}
  - name: greeter
    tools:
      - name: greet
        description: Greets by name
        inputSchema: {type: object, properties: {name: {type: string}}, required: [name]}
        text: Hello, {name}!
)";

}  // namespace

std::string markdown() {
  std::string page =
      "# Settings of mcp-server\n\n"
      "`mcp-server serve --settings FILE` reads one document, YAML or JSON. The operator writes it "
      "from an McpServer; `mcpctl serve` does the same on a workstation. All that is wrong is "
      "reported at once, one line each on standard error, and the exit code is 2.\n\n"
      "```yaml\n";
  page += example;
  page += "```\n\n## Fields\n\n";
  page += schema::to_markdown(fields(), "");
  page +=
      "\n## Environment variables\n\n"
      "A variable replaces the field it names, before the check. Lists are separated by commas.\n\n"
      "| Variable | Field |\n|---|---|\n";
  for (const Variable& variable : variables()) {
    page += "| `" + variable.name + "` | `" + text::join(variable.path, ".") + "` |\n";
  }
  return page;
}

}  // namespace mooring::settings
