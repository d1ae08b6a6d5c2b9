// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace mooring::validate {

/// The arguments that a tool's text names, in order, each as often as it stands there: `{name}`;
/// `{{` and `}}` are braces. An error if a brace stands alone.
Result<std::vector<std::string>> placeholders(std::string_view text);

}  // namespace mooring::validate
