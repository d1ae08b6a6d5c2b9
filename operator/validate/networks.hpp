// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"

#include <string>
#include <vector>

namespace mooring::validate {

/// Networks of spec.networkPolicy that the API server would refuse: what is no network, has bits
/// beyond its prefix, or an exception that is no part of it.
void networks_are_wrong(const api::McpServer& server, std::vector<FieldError>& errors);

}  // namespace mooring::validate
