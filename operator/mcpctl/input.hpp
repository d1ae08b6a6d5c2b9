// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/api/object.hpp"

#include <string>
#include <vector>

namespace mooring::mcpctl {

/// The objects of a YAML or JSON file, `-` for standard input; lists (`kind: List`) are opened.
Result<std::vector<api::Object>> read_objects(const std::string& file);

/// Those which are meant to be McpServers.
std::vector<api::Object> servers_in(const std::vector<api::Object>& objects);

/// `mcpserver/weather`, for messages.
std::string shown_name(const api::Object& server);

Result<std::string> read_file(const std::string& file);

}  // namespace mooring::mcpctl
