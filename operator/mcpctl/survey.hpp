// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/mcpctl/cluster.hpp"
#include "operator/report/server_report.hpp"

#include <vector>

namespace mooring::mcpctl {

/// One McpServer with its pods, what these say of their backends, and its Events. What may not be
/// read stands in the notes.
kube::Answer<report::ServerDetails> survey(Cluster& cluster, const api::ObjectKey& key);

/// The pods of a server.
kube::Answer<std::vector<plan::Pod>> pods_of(Cluster& cluster, const api::ObjectKey& key);

}  // namespace mooring::mcpctl
