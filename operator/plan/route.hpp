// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/plan/children.hpp"
#include "operator/plan/judge.hpp"
#include "operator/plan/observed.hpp"

#include <optional>

namespace mooring::plan {

/// Whether clients outside are led to it, as far as can be seen in the cluster; nothing where it is
/// not exposed. Unknown where those who would have to tell do not.
std::optional<Finding> judge_route(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
);

}  // namespace mooring::plan
