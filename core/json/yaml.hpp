// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

/// YAML 1.2 core schema in and out of JSON values; JSON is read as the YAML it is.
namespace mooring::json {

/// What YAML 1.1 reads otherwise than 1.2: yes, no, on, off, y and n are booleans there, 010 is
/// eight.
enum class OldWords {
  as_written,
  refused,  ///< who else reads the text takes them so, as kubectl does
};

/// The documents of a stream; empty ones are left out. Errors name line and column. Duplicate keys,
/// anchors that expand beyond a million nodes, nesting beyond 100, control characters and what is
/// not UTF-8 are refused.
Result<std::vector<nlohmann::json>> parse_yaml_documents(
    std::string_view text, OldWords old_words = OldWords::as_written
);

/// Exactly one document.
Result<nlohmann::json> parse_yaml(std::string_view text);

/// Block style, keys in order, strings quoted only where they must be.
std::string to_yaml(const nlohmann::json& value);

}  // namespace mooring::json
