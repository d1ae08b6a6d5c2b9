// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/http_client.hpp"
#include "core/result/result.hpp"
#include "operator/plan/observed.hpp"

#include <functional>
#include <string>

namespace mooring::observe {

using Exchange = std::function<Result<net::ClientResponse>(const net::ClientRequest&)>;

/// Speaks MCP to the URL as a client would: `server/discover` (revision 2026-07-28), else
/// `initialize`; then counts the tools. `is_inside`: this operator runs in the cluster, so that no
/// answer means the server's failure, not ours.
plan::Probe probe(const std::string& url, bool is_inside, const Exchange& exchange);

}  // namespace mooring::observe
