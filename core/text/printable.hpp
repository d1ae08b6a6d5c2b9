// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace mooring::text {

/// The text with what a terminal would obey (C0, DEL and C1 of ISO 6429, newlines too) and what is
/// not UTF-8 escaped as `\x1b`: for words of others that people are shown.
std::string printable(std::string_view text);

}  // namespace mooring::text
