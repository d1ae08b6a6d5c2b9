// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mooring::time {

using Timestamp = std::chrono::system_clock::time_point;

/// RFC 3339 in UTC: `2026-11-22T17:35:40Z`; with `micro`, six digits of fraction (Kubernetes'
/// MicroTime).
std::string print_rfc3339(Timestamp at);
std::string print_rfc3339_micro(Timestamp at);

/// Any RFC 3339 date-time with offset `Z` or `+hh:mm`; nothing if malformed or outside the years
/// 1678 to 2261, which is all that the clock's nanoseconds hold.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace mooring::time
