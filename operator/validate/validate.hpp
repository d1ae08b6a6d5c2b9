// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/api/mcp_server.hpp"

#include <span>
#include <string_view>
#include <vector>

/// What the API server's schema cannot tell, and all that it can: a resource, or everything that is
/// wrong with it.
namespace mooring::validate {

/// One thing that may be wrong, named for the violation.
struct Check {
  std::string_view name;
  void (*find)(const api::McpServer& server, std::vector<FieldError>& errors);
};

/// In the order in which they are reported.
std::span<const Check> checks();

/// The schema first: the other checks need a resource that is well-formed.
tl::expected<api::McpServer, std::vector<FieldError>> accept(const api::Object& object);

}  // namespace mooring::validate
