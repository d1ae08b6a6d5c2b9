// SPDX-License-Identifier: Apache-2.0
#include "core/text/printable.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>

namespace mooring::text {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return static_cast<unsigned char>(text[i]);
}

// C1 is U+0080 to U+009F: c2 and a byte below a0.
bool is_control(std::string_view character) {
  const unsigned char lead = byte_at(character, 0);
  return lead < 0x20 || lead == 0x7f || (lead == 0xc2 && byte_at(character, 1) < 0xa0);
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string result;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::string_view piece = text.substr(0, std::max<std::size_t>(length, 1));
    if (length > 0 && !is_control(piece)) {
      result += piece;
    } else {
      for (std::size_t i = 0; i < piece.size(); ++i) {
        result += "\\x";
        result += digits[byte_at(piece, i) >> 4];
        result += digits[byte_at(piece, i) & 15];
      }
    }
    text.remove_prefix(piece.size());
  }
  return result;
}

}  // namespace mooring::text
