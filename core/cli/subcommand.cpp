// SPDX-License-Identifier: Apache-2.0
#include "core/cli/subcommand.hpp"

#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <vector>

namespace mooring::cli {

std::optional<std::string> unknown_subcommand(const CLI::App& app, std::string_view word) {
  std::vector<std::string> known;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    known.push_back(command->get_name());
  }
  if (word.starts_with('-') || std::find(known.begin(), known.end(), word) != known.end()) {
    return std::nullopt;
  }
  return "there is no subcommand " + text::quoted(word) + text::hint(word, known);
}

}  // namespace mooring::cli
