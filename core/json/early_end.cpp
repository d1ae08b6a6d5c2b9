// SPDX-License-Identifier: Apache-2.0
#include "core/json/early_end.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>

namespace mooring::json {
namespace {

// Empty: nothing, or brackets that do not match.
std::string missing_end(std::string_view text) {
  if (const auto first = text::trim(text).substr(0, 1); first != "{" && first != "[") {
    return "";
  }
  std::string closing;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      i += c == '\\' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      closing += c == '{' ? '}' : ']';
    } else if (c == '}' || c == ']') {
      if (closing.empty() || closing.back() != c) {
        return "";
      }
      closing.pop_back();
    }
  }
  if (in_string) {
    return "a string has no closing quotation mark";
  }
  return closing.empty() ? "" : std::string("the closing ") + closing.back() + " is missing";
}

}  // namespace

std::string early_end(std::string_view text) {
  const std::string missing = missing_end(text);
  if (missing.empty()) {
    return "";
  }
  text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
  const auto line = std::count(text.begin(), text.end(), '\n') + 1;
  const auto column = text.size() - (text.rfind('\n') + 1) + 1;  // npos + 1 is 0
  return "line " + std::to_string(line) + ", column " + std::to_string(column) +
         ": the text ends too early: " + missing;
}

}  // namespace mooring::json
