// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

/// What a word of YAML without quotes means, here and to others.
namespace mooring::json {

/// YAML 1.2 core schema, section 10.3.2.
nlohmann::json plain_scalar(const std::string& text);

/// A boolean of YAML 1.1, as kubectl's yaml.v2 reads it, and an octal number.
bool is_old_boolean(std::string_view text);
bool is_old_octal(std::string_view text);

/// YAML 1.1 readers take these for booleans, merges and defaults, so they are quoted too.
bool is_old_word(std::string_view text);

/// What some reader may take for a number, a time or a date: 0777, 1_000, 12:30, 0b11,
/// 2026-01-01, 2026-01-01T00:00:00Z.
bool is_number_like(std::string_view text);

}  // namespace mooring::json
