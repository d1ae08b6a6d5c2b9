// SPDX-License-Identifier: Apache-2.0
#include "operator/validate/template.hpp"

#include "core/text/ascii.hpp"

namespace mooring::validate {
namespace {

std::string around(std::string_view text, std::size_t at) {
  constexpr std::size_t shown = 20;
  return text::quoted(text.substr(at, shown));
}

}  // namespace

Result<std::vector<std::string>> placeholders(std::string_view text) {
  std::vector<std::string> names;
  std::size_t at = 0;
  while ((at = text.find_first_of("{}", at)) != std::string_view::npos) {
    if (text.substr(at + 1, 1) == text.substr(at, 1)) {
      at += 2;
      continue;
    }
    const std::size_t end = text.find_first_of("{}", at + 1);
    if (text[at] == '}' || end == std::string_view::npos || text[end] != '}') {
      return fail(
          Errc::invalid,
          "has a brace that stands alone, at " + around(text, at) +
              "; write {name} for an argument, {{ and }} for braces"
      );
    }
    names.emplace_back(text.substr(at + 1, end - at - 1));
    if (names.back().empty()) {
      return fail(
          Errc::invalid, "has {} without a name; write {name} for an argument, {{ and }} for braces"
      );
    }
    at = end + 1;
  }
  return names;
}

}  // namespace mooring::validate
