// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mooring::json {

/// Where a text that begins as JSON ends before its strings and brackets do, and what is missing;
/// empty if it does not. A parser of YAML complains of something in the middle then.
std::string early_end(std::string_view text);

}  // namespace mooring::json
