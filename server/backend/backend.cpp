// SPDX-License-Identifier: Apache-2.0
#include "server/backend/backend.hpp"

#include <array>

namespace mooring::backend {
namespace {

constexpr std::array<std::string_view, 8> log_levels = {
    "debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"};

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::starting:
      return "starting";
    case State::up:
      return "up";
    case State::failed:
      return "failed";
  }
  return "failed";
}

std::optional<LogLevel> parse_log_level(std::string_view name) {
  for (std::size_t i = 0; i < log_levels.size(); ++i) {
    if (log_levels[i] == name) {
      return static_cast<LogLevel>(i);
    }
  }
  return std::nullopt;
}

std::string_view name(LogLevel level) {
  return log_levels[static_cast<std::size_t>(level)];
}

}  // namespace mooring::backend
