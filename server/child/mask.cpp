// SPDX-License-Identifier: Apache-2.0
#include "server/child/mask.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace mooring::child {
namespace {

// A shorter one stands in any text by chance.
constexpr std::size_t shortest = 6;

bool is_public(std::string_view name) {
  constexpr std::array<std::string_view, 14> names{
      "PATH",
      "HOME",
      "PWD",
      "OLDPWD",
      "HOSTNAME",
      "SHELL",
      "USER",
      "LOGNAME",
      "LANG",
      "TERM",
      "TZ",
      "TMPDIR",
      "NODE_ENV",
      "_"};
  // Of the image, and of Services: Kubernetes puts those into every pod.
  constexpr std::array<std::string_view, 5> ends{
      "_VERSION", "_SERVICE_HOST", "_SERVICE_PORT", "_PORT", "_ADDR"};
  return std::find(names.begin(), names.end(), name) != names.end() || name.starts_with("LC_") ||
         name.starts_with("KUBERNETES_") ||
         std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
           return name.ends_with(end);
         });
}

}  // namespace

Mask Mask::of(const std::map<std::string, std::string>& added) {
  std::map<std::string, std::string> all = added;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (const auto equals = text.find('='); equals != text.npos) {
      all.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return Mask(all);
}

Mask::Mask(const std::map<std::string, std::string>& variables) {
  for (const auto& [name, value] : variables) {
    if (is_public(name)) {
      continue;
    }
    // A key of several lines is said line by line.
    for (const std::string_view line : text::split(value, '\n')) {
      if (const std::string_view trimmed = text::trim(line); trimmed.size() >= shortest) {
        values_.emplace_back(trimmed);
      }
    }
  }
  // One may be a part of another.
  std::stable_sort(values_.begin(), values_.end(), [](const std::string& a, const std::string& b) {
    return a.size() > b.size();
  });
}

std::string Mask::apply(std::string_view text) const {
  std::string masked(text);
  for (const std::string& value : values_) {
    for (auto at = masked.find(value); at != masked.npos; at = masked.find(value, at + 3)) {
      masked.replace(at, value.size(), "***");
    }
  }
  return masked;
}

}  // namespace mooring::child
