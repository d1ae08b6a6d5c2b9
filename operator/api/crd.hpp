// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

namespace mooring::api {

/// The CustomResourceDefinition of McpServer, whole.
nlohmann::json crd();

}  // namespace mooring::api
