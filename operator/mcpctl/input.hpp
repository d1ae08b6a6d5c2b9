// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"

#include <string>
#include <vector>

namespace mooring::mcpctl {

/// The objects of a YAML or JSON file, `-` for standard input; lists (`kind: List`) are opened.
Result<std::vector<api::Object>> read_objects(const std::string& file);

/// Those which are meant to be McpServers.
std::vector<api::Object> servers_in(const std::vector<api::Object>& objects);

/// What validate::accept() says, and what an API server says of the rest of a file.
tl::expected<api::McpServer, std::vector<FieldError>> accept(const api::Object& written);

/// `mcpserver/weather`, for messages.
std::string shown_name(const api::Object& server);

Result<std::string> read_file(const std::string& file);

}  // namespace mooring::mcpctl
