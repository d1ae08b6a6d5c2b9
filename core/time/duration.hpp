// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::time {

/// A duration as Kubernetes and Go write it: `1h30m`, `30s`, `1.5s`, `100ms`. Units h, m, s, ms; no
/// sign. Empty, without a unit, or above 10,000 hours: nothing.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest spelling that parses to the same value: `90s` is `1m30s`, zero is `0s`.
std::string print_duration(std::chrono::milliseconds duration);

/// The pattern of the above for schemas (RE2 syntax).
inline constexpr const char* duration_pattern = R"(^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$)";

}  // namespace mooring::time
