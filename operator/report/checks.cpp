// SPDX-License-Identifier: Apache-2.0
#include "operator/report/checks.hpp"

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mooring::report {
namespace {

using nlohmann::json;

std::string_view sign(Check::State state) {
  switch (state) {
    case Check::State::good:
      return "✓";
    case Check::State::bad:
      return "✗";
    case Check::State::absent:
      return "-";
    case Check::State::unknown:
      return "?";
  }
  return "";
}

int number(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::pair<int, int> version(std::string_view text) {
  if (text.starts_with('v')) {
    text.remove_prefix(1);
  }
  const auto parts = text::split(text, '.');
  return {number(parts[0]), parts.size() > 1 ? number(parts[1]) : 0};
}

// They differ, so there is one.
std::string difference_of_objects(const json& a, const json& b, const std::string& path) {
  for (const auto* side : {&a, &b}) {
    for (const auto& [name, value] : side->items()) {
      std::string place = path.empty() ? name : path + "." + name;
      if (!a.contains(name) || !b.contains(name)) {
        return place;
      }
      if (a[name] != b[name]) {
        return first_difference(a[name], b[name], place);
      }
    }
  }
  return path;
}

}  // namespace

std::string_view name(Check::State state) {
  switch (state) {
    case Check::State::good:
      return "good";
    case Check::State::bad:
      return "bad";
    case Check::State::absent:
      return "absent";
    case Check::State::unknown:
      return "unknown";
  }
  return "";
}

bool is_well(const std::vector<Check>& checks) {
  return std::none_of(checks.begin(), checks.end(), [](const Check& check) {
    return check.state == Check::State::bad;
  });
}

std::string print(const std::vector<Check>& checks) {
  std::size_t width = 0;
  for (const Check& check : checks) {
    width = std::max(width, text::utf8_characters(check.what));
  }
  std::string text;
  for (const Check& check : checks) {
    text.append(sign(check.state)).append(" ").append(check.what);
    text.append(width - text::utf8_characters(check.what) + 2, ' ')
        .append(text::printable(check.found));
    text += '\n';
    if (!check.remedy.empty()) {
      text.append("  → ").append(text::printable(check.remedy)).append("\n");
    }
  }
  return text;
}

json to_json(const std::vector<Check>& checks) {
  json list = json::array();
  for (const Check& check : checks) {
    list.push_back(
        {{"state", name(check.state)},
         {"what", check.what},
         {"found", check.found},
         {"remedy", check.remedy}}
    );
  }
  return {{"well", is_well(checks)}, {"checks", std::move(list)}};
}

bool is_served(std::string_view kubernetes) {
  return version(kubernetes) >= version(oldest_kubernetes);
}

std::string first_difference(const json& a, const json& b, const std::string& path) {
  if (a == b) {
    return {};
  }
  if (a.is_object() && b.is_object()) {
    return difference_of_objects(a, b, path);
  }
  if (a.is_array() && b.is_array() && a.size() == b.size()) {
    std::size_t i = 0;
    while (a[i] == b[i]) {
      ++i;
    }
    return first_difference(a[i], b[i], path + "[" + std::to_string(i) + "]");
  }
  return path;
}

}  // namespace mooring::report
