// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/result/result.hpp"
#include "server/backend/backend.hpp"
#include "server/settings/settings.hpp"

#include <memory>
#include <vector>

namespace mooring::backend {

/// One backend each in the order of the settings, none started. Errors (invalid) name the field:
/// `backends[1].tools[0].inputSchema…`.
Result<std::vector<std::unique_ptr<Backend>>> make(
    const settings::Settings& settings, metrics::Registry& registry
);

}  // namespace mooring::backend
