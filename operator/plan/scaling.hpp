// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/judge.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

/// Servers whose number of pods an autoscaler chooses.
namespace mooring::plan {

/// The Deployment to apply to one that stands there. An autoscaler writes its replicas through the
/// subresource `scale`, which takes the field from us; then we leave it out. Until then it is ours,
/// and is sent as it stands: left out, it would be removed, and come back as 1. Switched off, the
/// spec's number stands in the Deployment again.
api::Object with_scaled_replicas(
    const api::McpServer& server, api::Object deployment, const api::Object& live
);

/// How many pods there are to be: of the spec, or as the autoscaler has chosen.
std::int64_t replicas_wanted(const api::McpServer& server, const api::Object& deployment);

/// Whether all pods are of the newest template and as many work as there must be, by the counts of
/// the generation that Kubernetes has seen last. Where an autoscaler chooses, those are the fewest:
/// more are wanted for the load, and come as they can.
bool is_rolled_out(const api::McpServer& server, const api::Object& deployment);

/// The field that lessens how many pods are wanted.
std::string_view replicas_field(const api::McpServer& server);

/// What the autoscaler says of itself; nothing where there is to be none. A server that cannot be
/// scaled serves all the same, so none of this keeps it from being ready.
std::optional<Finding> judge_scaling(
    const api::McpServer& server, const Observed& observed, const ChildChanges& changes
);

}  // namespace mooring::plan
