// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/scan.hpp"
#include "server/rpc/value.hpp"

#include <simdjson.h>

namespace mooring::rpc {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

void append_code_point(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  } else {
    put(0xF0 | code >> 18);
    put(0x80 | (code >> 12 & 0x3F));
    put(0x80 | (code >> 6 & 0x3F));
    put(0x80 | (code & 0x3F));
  }
}

// The four digits after `\u`; -1 if that is not what stands there.
int escape_unit(std::string_view text) {
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') {
    return -1;
  }
  int unit = 0;
  for (std::size_t i = 2; i < 6; ++i) {
    unit = unit << 4 | hex_digit(text[i]);
  }
  return unit;
}

bool is_high_surrogate(int unit) {
  return unit >= 0xD800 && unit < 0xDC00;
}

bool is_low_surrogate(int unit) {
  return unit >= 0xDC00 && unit < 0xE000;
}

// Appends what the escape at the head says and returns its length.
std::size_t append_escape(std::string& out, std::string_view text) {
  constexpr std::string_view letters = "bfnrt";
  constexpr std::string_view meanings = "\b\f\n\r\t";
  const int unit = escape_unit(text);
  if (unit < 0) {
    const auto letter = letters.find(text[1]);
    out += letter == std::string_view::npos ? text[1] : meanings[letter];
    return 2;
  }
  const int second = escape_unit(text.substr(6));
  if (is_high_surrogate(unit) && is_low_surrogate(second)) {
    append_code_point(
        out, static_cast<std::uint32_t>(0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00))
    );
    return 12;
  }
  if (is_high_surrogate(unit) || is_low_surrogate(unit)) {
    out += replacement;
  } else {
    append_code_point(out, static_cast<std::uint32_t>(unit));
  }
  return 6;
}

void append_control(std::string& out, char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::string_view letters = "\"\\\b\f\n\r\t";
  constexpr std::string_view escapes = "\"\\bfnrt";
  out += '\\';
  const auto letter = letters.find(c);
  if (letter != std::string_view::npos) {
    out += escapes[letter];
    return;
  }
  out += "u00";
  out += digits[static_cast<unsigned char>(c) >> 4];
  out += digits[static_cast<unsigned char>(c) & 15];
}

// Each byte that does not begin a well-formed sequence becomes U+FFFD.
std::string as_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    std::size_t length = 1;
    while (length <= 4 && length <= bytes.size() && !simdjson::validate_utf8(bytes.data(), length)
    ) {
      ++length;
    }
    if (length > 4 || length > bytes.size()) {
      text += replacement;
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, length);
      bytes.remove_prefix(length);
    }
  }
  return text;
}

}  // namespace

bool says(std::string_view raw_string, std::string_view text) {
  const std::string_view inside = raw_string.substr(1, raw_string.size() - 2);
  if (inside.find('\\') == std::string_view::npos) {
    return inside == text;
  }
  return text_of(raw_string) == text;
}

std::string text_of(std::string_view raw_string) {
  std::string_view inside = raw_string.substr(1, raw_string.size() - 2);
  std::string text;
  text.reserve(inside.size());
  for (auto escape = inside.find('\\'); escape != std::string_view::npos;
       escape = inside.find('\\')) {
    text += inside.substr(0, escape);
    inside.remove_prefix(escape);
    inside.remove_prefix(append_escape(text, inside));
  }
  return text += inside;
}

void append_quoted(std::string& out, std::string_view text) {
  if (!simdjson::validate_utf8(text.data(), text.size())) {
    append_quoted(out, as_utf8(text));
    return;
  }
  out += '"';
  const char* at = text.data();
  const char* end = at + text.size();
  while (at < end) {
    const char* stop = plain_end(at, end);
    out.append(at, stop);
    if (stop < end) {
      append_control(out, *stop++);
    }
    at = stop;
  }
  out += '"';
}

std::string quoted(std::string_view text) {
  std::string out;
  append_quoted(out, text);
  return out;
}

}  // namespace mooring::rpc
