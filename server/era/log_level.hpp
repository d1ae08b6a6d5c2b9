// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mooring::era {

/// The severities of `notifications/message`, those of RFC 5424 section 6.2.1, least first.
enum class LogLevel : std::uint8_t {
  debug,
  info,
  notice,
  warning,
  error,
  critical,
  alert,
  emergency,
};

inline constexpr std::array<std::string_view, 8> log_level_names = {
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"};

constexpr std::string_view name(LogLevel level) {
  return log_level_names[static_cast<std::size_t>(level)];
}

constexpr std::optional<LogLevel> parse_log_level(std::string_view text) {
  for (std::size_t i = 0; i < log_level_names.size(); ++i) {
    if (log_level_names[i] == text) {
      return static_cast<LogLevel>(i);
    }
  }
  return std::nullopt;
}

}  // namespace mooring::era
