// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <string>

namespace mooring::file {

/// The whole content, at most `limit` bytes. The error names the path and what the system said
/// (not_found), or the size (invalid).
Result<std::string> read_file(const std::string& path, std::size_t limit = 64U << 20);

}  // namespace mooring::file
