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

/// The end of a message on a word that is none of these: `; did you mean "b"?`, or which there are.
std::string hint(std::string_view word, const std::vector<std::string>& known);

}  // namespace mooring::text
