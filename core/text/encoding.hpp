// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mooring::text {

/// RFC 4648 section 4 (`+/`, padded). Decoding is strict: padding required, no blanks, no spare
/// bits.
std::string base64(std::string_view bytes);
std::optional<std::string> from_base64(std::string_view encoded);

/// RFC 4648 section 5 (`-_`, without padding). Decoding is strict.
std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view encoded);

std::string hex(std::string_view bytes);

/// SHA-256 (FIPS 180-4): 32 bytes, and the same as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);

}  // namespace mooring::text
