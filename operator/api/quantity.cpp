// SPDX-License-Identifier: Apache-2.0
#include "operator/api/quantity.hpp"

#include <nlohmann/json.hpp>

namespace mooring::api {
namespace {

struct Suffix {
  std::string_view text;
  int base;
  int exponent;
};

constexpr Suffix suffixes[] = {
    {"", 10, 9},
    {"n", 10, 0},
    {"u", 10, 3},
    {"m", 10, 6},
    {"k", 10, 12},
    {"M", 10, 15},
    {"G", 10, 18},
    {"T", 10, 21},
    {"P", 10, 24},
    {"E", 10, 27},
    {"Ki", 1024, 1},
    {"Mi", 1024, 2},
    {"Gi", 1024, 3},
    {"Ti", 1024, 4},
    {"Pi", 1024, 5},
    {"Ei", 1024, 6},
};

// Ten digits before the unit are more than any amount needs, and keep 128 bits from overflowing.
constexpr std::size_t digits_limit = 10;

}  // namespace

std::optional<Quantity> Quantity::parse(std::string_view text) {
  const std::size_t number_end = std::min(text.find_first_not_of("0123456789."), text.size());
  const std::string_view number = text.substr(0, number_end);
  const std::string_view unit = text.substr(number_end);
  const std::size_t dot = std::min(number.find('.'), number.size());
  const std::string_view whole = number.substr(0, dot);
  const std::string_view fraction = dot < number.size() ? number.substr(dot + 1) : "";
  if (whole.empty() || (dot < number.size() && fraction.empty()) ||
      fraction.find('.') != std::string_view::npos) {
    return std::nullopt;
  }
  for (const Suffix& suffix : suffixes) {
    if (suffix.text != unit) {
      continue;
    }
    Nano factor = suffix.base == 1024 ? 1'000'000'000 : 1;
    for (int i = 0; i < suffix.exponent; ++i) {
      factor *= suffix.base;
    }
    Quantity quantity;
    const std::size_t leading = std::min(whole.find_first_not_of('0'), whole.size());
    if (whole.size() - leading > digits_limit) {
      // Plain bytes are written with more digits: they have no factor that could overflow.
      if (!unit.empty() || whole.size() - leading > 20) {
        return std::nullopt;
      }
    }
    for (const char digit : whole) {
      quantity.nano_ = quantity.nano_ * 10 + (digit - '0') * factor;
    }
    for (const char digit : fraction) {
      factor /= 10;
      quantity.nano_ += (digit - '0') * factor;
    }
    return quantity;
  }
  return std::nullopt;
}

std::string quantity_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
}

}  // namespace mooring::api
