// SPDX-License-Identifier: Apache-2.0
#include "operator/report/table.hpp"

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"

#include <algorithm>
#include <chrono>

namespace mooring::report {

std::string table(std::vector<std::vector<std::string>> rows, const std::string& indent) {
  std::vector<std::size_t> widths;
  for (auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) {
      row[i] = text::printable(row[i]);
      widths[i] = std::max(widths[i], text::utf8_characters(row[i]));
    }
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line = indent;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) {
        line.append(widths[i] - text::utf8_characters(row[i]) + 2, ' ');
      }
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string age(const std::string& rfc3339, time::Timestamp now) {
  using namespace std::chrono;
  const auto then = time::parse_rfc3339(rfc3339);
  if (!then) {
    return "?";
  }
  const auto passed = std::max(duration_cast<seconds>(now - *then), seconds(0));
  if (passed < minutes(2)) {
    return std::to_string(passed.count()) + "s";
  }
  if (passed < hours(2)) {
    return std::to_string(duration_cast<minutes>(passed).count()) + "m";
  }
  if (passed < hours(48)) {
    return std::to_string(duration_cast<hours>(passed).count()) + "h";
  }
  return std::to_string(duration_cast<hours>(passed).count() / 24) + "d";
}

}  // namespace mooring::report
