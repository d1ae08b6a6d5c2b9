// SPDX-License-Identifier: Apache-2.0
#include "core/text/suggest.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <numeric>

namespace mooring::text {
namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char c : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (to_lower(c) == to_lower(b[j]) ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
    }
  }
  return row.back();
}

}  // namespace

std::optional<std::string> suggest(
    std::string_view word, const std::vector<std::string>& candidates
) {
  constexpr std::size_t longest = 128;
  if (word.size() > longest) {
    return std::nullopt;
  }
  std::optional<std::string> best;
  // A word with nothing in common with a candidate was not meant to be it.
  // Two letters changed places count as two edits.
  const std::size_t typical = word.size() < 4 ? 1 : std::max<std::size_t>(2, word.size() / 3);
  std::size_t best_distance = std::min(typical + 1, word.size());
  for (const std::string& candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string hint(std::string_view word, const std::vector<std::string>& known) {
  const auto meant = suggest(word, known);
  return meant ? "; did you mean " + text::quoted(*meant) + "?"
               : ", known ones: " + join(known, ", ");
}

}  // namespace mooring::text
