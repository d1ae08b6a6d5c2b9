// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <string_view>

/// What the command lines of the programs have in common.
namespace mooring::cli {

/// What is wrong with the first word of a command line that has to be a subcommand; nothing if it
/// is one, or an option. (CLI11 says that one is required, and not that this word is none.)
std::optional<std::string> unknown_subcommand(const CLI::App& app, std::string_view word);

}  // namespace mooring::cli
