// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/plan/judge.hpp"
#include "operator/plan/observed.hpp"

#include <optional>

namespace mooring::plan {

/// Whether the cluster has the kinds of prometheus-operator that the spec asks for by name; nothing
/// where it asks for none.
std::optional<Finding> judge_monitoring(const api::McpServer& server, const Observed& observed);

}  // namespace mooring::plan
