// SPDX-License-Identifier: Apache-2.0
#include "core/time/duration.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace mooring::time {
namespace {

constexpr double longest_ms = 10'000.0 * 3'600'000.0;

double unit_ms(std::string_view unit) {
  if (unit == "ms") {
    return 1;
  }
  if (unit == "s") {
    return 1'000;
  }
  if (unit == "m") {
    return 60'000;
  }
  return unit == "h" ? 3'600'000 : 0;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  if (text.empty()) {
    return std::nullopt;
  }
  double total = 0;
  while (!text.empty()) {
    const auto number_end = text.find_first_not_of("0123456789.");
    if (number_end == 0 || number_end == std::string_view::npos || text[0] == '.' ||
        text[number_end - 1] == '.') {
      return std::nullopt;
    }
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + number_end, value);
    if (error != std::errc{} || end != text.data() + number_end) {
      return std::nullopt;
    }
    text.remove_prefix(number_end);
    const auto unit_end = std::min(text.find_first_of("0123456789."), text.size());
    const double factor = unit_ms(text.substr(0, unit_end));
    if (factor == 0) {
      return std::nullopt;
    }
    total += value * factor;
    text.remove_prefix(unit_end);
  }
  if (total > longest_ms) {
    return std::nullopt;
  }
  return std::chrono::milliseconds(std::llround(total));
}

std::string print_duration(std::chrono::milliseconds duration) {
  auto left = duration.count();
  std::string text;
  const auto take = [&](long long unit, const char* suffix) {
    if (left >= unit) {
      text += std::to_string(left / unit) + suffix;
      left %= unit;
    }
  };
  take(3'600'000, "h");
  take(60'000, "m");
  take(1'000, "s");
  take(1, "ms");
  return text.empty() ? "0s" : text;
}

}  // namespace mooring::time
