// SPDX-License-Identifier: Apache-2.0
#include "core/schema/openapi.hpp"
#include "core/text/ascii.hpp"
#include "server/settings/fields.hpp"
#include "server/settings/settings.hpp"

namespace mooring::settings {

std::string markdown() {
  std::string page =
      "# Settings of mcp-server\n\n"
      "`mcp-server serve --settings FILE` reads one document, YAML or JSON. The operator writes it "
      "from an McpServer; `mcpctl serve` does the same on a workstation. All that is wrong is "
      "reported at once, one line each on standard error, and the exit code is 2.\n\n"
      "## Fields\n\n";
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
