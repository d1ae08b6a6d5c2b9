// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// ASCII only and locale-free: what header names, hosts and keywords need.
namespace mooring::text {

char to_lower(char c);
std::string to_lower(std::string_view value);
bool iequals_at_one_length(std::string_view a, std::string_view b);

// The length tells most names apart, and a request asks for dozens.
inline bool iequals(std::string_view a, std::string_view b) {
  return a.size() == b.size() && iequals_at_one_length(a, b);
}

std::string_view trim(std::string_view value);
std::vector<std::string_view> split(std::string_view value, char separator);
std::string join(const std::vector<std::string>& parts, std::string_view separator);

/// The text in double quotes, cut at `limit` bytes, with control characters and what is not UTF-8
/// escaped: for messages.
std::string quoted(std::string_view value, std::size_t limit = 80);

/// Whether the bytes are well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms).
bool is_utf8(std::string_view bytes);

/// The bytes of the well-formed character at the head, 0 if there is none (Unicode, table 3-7).
std::size_t utf8_length(std::string_view bytes);

/// The longest head of at most `limit` bytes that splits no character.
std::string_view utf8_cut(std::string_view text, std::size_t limit);

/// The number of characters (code points) of well-formed UTF-8.
std::size_t utf8_characters(std::string_view text);

/// Like the glob of file names: `*` is any run, `?` any one character; nothing else is special.
bool glob_match(std::string_view pattern, std::string_view value);

}  // namespace mooring::text
