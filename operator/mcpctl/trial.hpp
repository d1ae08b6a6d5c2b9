// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/mcpctl/cluster.hpp"
#include "operator/report/plan_report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace mooring::mcpctl {

/// The McpServer that would stand in the cluster after `kubectl apply` of `written`, as the API
/// server itself says: checked and defaulted by it, and with what others have set. `live` is the
/// one that stands there. Nothing is kept.
kube::Answer<api::Object> try_server(
    Cluster& cluster, const api::Object& written, const std::optional<api::Object>& live
);

/// A JSON merge patch (RFC 7386) of all that `written` says, that takes away what `before` said and
/// it does not.
nlohmann::json merge_patch(const nlohmann::json& before, const nlohmann::json& written);

/// What the operator would do after that: its own decisions, tried on the API server under its own
/// name, object by object. Errors are those that leave nothing to be said.
Result<report::PlannedServer> plan_for(
    Cluster& cluster, const api::Object& written, const std::vector<Installed>& operators
);

}  // namespace mooring::mcpctl
