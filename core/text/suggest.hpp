// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::text {

/// The candidate that `word` was probably meant to be (edit distance at most two, or a third of
/// its length), if any.
std::optional<std::string> suggest(
    std::string_view word, const std::vector<std::string>& candidates
);

}  // namespace mooring::text
