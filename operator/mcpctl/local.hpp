// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"
#include "server/settings/settings.hpp"

#include <string>
#include <vector>

namespace mooring::mcpctl {

/// Where and how a resource is served without a cluster.
struct LocalPlace {
  std::string directory;  ///< working directory of the commands
  unsigned short port = 0;
  unsigned short admin_port = 0;
  std::string log_format;
};

/// The resource as settings of a server on this machine: commands are run as they are, without
/// their images, and values from Secrets come from the Secrets among `objects`.
tl::expected<settings::Settings, std::vector<FieldError>> local_settings(
    const api::McpServer& server, const std::vector<api::Object>& objects, const LocalPlace& place
);

}  // namespace mooring::mcpctl
