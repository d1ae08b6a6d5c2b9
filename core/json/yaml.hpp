// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// YAML 1.2 core schema in and out of JSON values; JSON is read as the YAML it is.
namespace mooring::json {

/// The documents of a stream; empty ones are left out. Errors name line and column. Duplicate keys,
/// anchors that expand beyond a million nodes, nesting beyond 100, control characters and what is
/// not UTF-8 are refused.
Result<std::vector<nlohmann::json>> parse_yaml_documents(std::string_view text);

/// Exactly one document.
Result<nlohmann::json> parse_yaml(std::string_view text);

/// Block style, keys in order, strings quoted only where they must be.
std::string to_yaml(const nlohmann::json& value);

}  // namespace mooring::json
