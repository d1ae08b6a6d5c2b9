// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/plan/explain.hpp"

#include <optional>
#include <string>

/// Pods that get no place: what the scheduler and the admission of pods say, in terms of the spec.
namespace mooring::plan {

/// No node takes the pod.
Problem unschedulable_problem(const api::McpServer& server, const Pod& pod);

/// The field that names what the cluster does not have, where that is why it makes no pods; `words`
/// are the API server's.
std::optional<std::string> absent_object(const api::McpServer& server, const std::string& words);

}  // namespace mooring::plan
