// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/schema/field.hpp"

#include <string>

namespace mooring::schema {

/// The structural schema of apiextensions.k8s.io/v1 (OpenAPI v3 subset) with list types, CEL rules
/// and defaults; those inside of lists are only told in the descriptions.
nlohmann::json to_openapi(const Field& field);

/// A reference table in Markdown, a line a field: path, type, default, bounds, description.
std::string to_markdown(const Field& root, const std::string& path);

/// The same for one field, as plain text for a terminal: `mcpctl explain spec.backends`. Empty if
/// there is no such field.
std::string explain(const Field& root, const std::string& root_path, const std::string& path);

}  // namespace mooring::schema
