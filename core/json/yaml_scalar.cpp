// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml_scalar.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

namespace mooring::json {

using nlohmann::json;

namespace {

template <class T>
std::optional<T> whole(std::string_view digits, int base) {
  T value{};
  const char* last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value, base);
  return error == std::errc{} && end == last ? std::optional(value) : std::nullopt;
}

// std::from_chars takes no plus sign.
std::string_view without_plus(std::string_view text) {
  const bool plus = text.size() > 1 && text[0] == '+' && text[1] != '-' && text[1] != '+';
  return text.substr(plus ? 1 : 0);
}

std::optional<json> integer(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0o")) {
    const auto value = whole<std::uint64_t>(text.substr(2), text[1] == 'x' ? 16 : 8);
    return value ? std::optional<json>(*value) : std::nullopt;
  }
  text = without_plus(text);
  if (const auto value = whole<std::int64_t>(text, 10)) {
    return *value;
  }
  const auto value = whole<std::uint64_t>(text, 10);
  return value ? std::optional<json>(*value) : std::nullopt;
}

std::optional<json> real(std::string_view text) {
  text = without_plus(text);
  const auto digit = text.find_first_of("0123456789");
  if (digit == std::string_view::npos || text.find_first_not_of("-.", 0) != digit ||
      text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) {
    return std::nullopt;
  }
  double value = 0;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data(), last, value);
  const bool read = error == std::errc{} && end == last && std::isfinite(value);
  return read ? std::optional<json>(value) : std::nullopt;
}

}  // namespace

json plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") {
    return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") {
    return true;
  }
  if (text == "false" || text == "False" || text == "FALSE") {
    return false;
  }
  if (auto number = integer(text)) {
    return *number;
  }
  if (auto number = real(text)) {
    return *number;
  }
  return text;
}

bool is_old_boolean(std::string_view text) {
  static constexpr std::string_view words[] = {
      "y",
      "Y",
      "yes",
      "Yes",
      "YES",
      "on",
      "On",
      "ON",
      "n",
      "N",
      "no",
      "No",
      "NO",
      "off",
      "Off",
      "OFF"};
  return std::find(std::begin(words), std::end(words), text) != std::end(words);
}

bool is_old_octal(std::string_view text) {
  text = without_plus(text);
  return text.size() > 1 && text[0] == '0' &&
         text.find_first_not_of("01234567") == std::string_view::npos;
}

bool is_old_word(std::string_view text) {
  return is_old_boolean(text::to_lower(text)) || text == "<<" || text == "=";
}

bool is_number_like(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos &&
         std::string_view("0123456789+-.").find(text[0]) != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEFxXoOtTzZ_:.+-") == std::string_view::npos;
}

}  // namespace mooring::json
