// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"

#include <string>
#include <string_view>
#include <vector>

/// What bears the name of a child and is somebody else's: left alone, until it is handed over.
namespace mooring::plan {

/// On an object that is not ours and has the name of a child: the McpServer that it is handed to.
inline constexpr std::string_view adopt_annotation = "mooring.dev/adopt";

/// A desired name that is taken.
struct Conflict {
  api::ObjectRef ref;
  std::string whose;  ///< `controlled by Website "weather"`, `written by "helm"`
  bool can_be_handed_over = false;
};

Conflict conflict(const api::Object& foreign);

/// Whether its annotation names this resource. What another controller looks after cannot be
/// handed over: it would put back what we write.
bool is_handed_over(const api::Object& foreign, const api::McpServer& server);

/// What people are to do.
std::string describe(const std::vector<Conflict>& conflicts, const api::McpServer& server);

}  // namespace mooring::plan
