// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/rfc3339.hpp"

#include <string>
#include <vector>

namespace mooring::report {

/// Columns side by side, each as wide as its widest cell; the last one as long as it is. Each line
/// begins with `indent`. What a terminal would obey is escaped.
std::string table(std::vector<std::vector<std::string>> rows, const std::string& indent);

/// How long ago that was, as `90s`, `5m`, `3h` or `12d`; `?` if the text is no time.
std::string age(const std::string& rfc3339, time::Timestamp now);

}  // namespace mooring::report
