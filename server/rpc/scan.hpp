// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/rpc/value.hpp"

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/// What the checker and the readers share.
namespace mooring::rpc {

#ifdef __SSE2__
/// The bits of those of sixteen bytes at which a run inside a string ends.
inline unsigned plain_ends(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)))
  );
}

/// The same for quotes, brackets and braces: `[` and `]` differ from `{` and `}` in one bit.
inline unsigned structure_ends(const char* at) {
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const __m128i folded = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
  const __m128i opening = _mm_cmpeq_epi8(folded, _mm_set1_epi8('{'));
  const __m128i closing = _mm_cmpeq_epi8(folded, _mm_set1_epi8('}'));
  const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  return static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(quote, _mm_or_si128(opening, closing))
  ));
}
#endif

/// The first byte from `at` on that is not plain inside a JSON string: a quote, a backslash or a
/// control character.
inline const char* plain_end(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    if (const unsigned hits = plain_ends(at); hits != 0) {
      return at + std::countr_zero(hits);
    }
  }
#endif
  while (at < end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) {
    ++at;
  }
  return at;
}

/// The first quote, bracket or brace from `at` on, outside of strings.
inline const char* next_structure(const char* at, const char* end) {
#ifdef __SSE2__
  for (; end - at >= 16; at += 16) {
    if (const unsigned hits = structure_ends(at); hits != 0) {
      return at + std::countr_zero(hits);
    }
  }
#endif
  while (at < end && *at != '"' && (*at | 0x20) != '{' && (*at | 0x20) != '}') {
    ++at;
  }
  return at;
}

inline const char* skip_blanks(const char* at, const char* end) {
  while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t')) {
    ++at;
  }
  return at;
}

inline Kind kind_of(char head) {
  switch (head) {
    case '{':
      return Kind::object;
    case '[':
      return Kind::array;
    case '"':
      return Kind::string;
    case 't':
    case 'f':
      return Kind::boolean;
    case 'n':
      return Kind::null;
    default:
      return Kind::number;
  }
}

inline bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The value of a hexadecimal digit, or -1.
inline int hex_digit(char c) {
  if (is_digit(c)) {
    return c - '0';
  }
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

}  // namespace mooring::rpc
