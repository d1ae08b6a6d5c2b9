// SPDX-License-Identifier: Apache-2.0
#include "core/text/encoding.hpp"

#include <openssl/sha.h>

#include <array>
#include <cstdint>

namespace mooring::text {
namespace {

constexpr std::string_view standard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_safe =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  std::uint32_t bits = 0;
  int count = 0;
  for (char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
    count += 8;
    while (count >= 6) {
      count -= 6;
      out += alphabet[bits >> count & 63];
    }
  }
  if (count > 0) {
    out += alphabet[bits << (6 - count) & 63];
  }
  return out;
}

using Digits = std::array<int, 256>;

// The value of each byte as a digit, -1 for those that are none.
constexpr Digits digits_of(std::string_view alphabet) {
  Digits digits{};
  for (auto& digit : digits) {
    digit = -1;
  }
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<int>(i);
  }
  return digits;
}

constexpr Digits standard_digits = digits_of(standard);
constexpr Digits url_safe_digits = digits_of(url_safe);

std::optional<std::string> decode(std::string_view encoded, const Digits& digits) {
  if (encoded.size() % 4 == 1) {
    return std::nullopt;
  }
  const auto digit = [&digits, encoded](std::size_t at) {
    return digits[static_cast<unsigned char>(encoded[at])];
  };
  std::string out(encoded.size() * 3 / 4, '\0');
  auto to = out.begin();
  std::size_t at = 0;
  int seen = 0;  // negative once any of them was none
  for (; at + 4 <= encoded.size(); at += 4) {
    const int a = digit(at), b = digit(at + 1), c = digit(at + 2), d = digit(at + 3);
    seen |= a | b | c | d;
    *to++ = static_cast<char>(a << 2 | b >> 4);
    *to++ = static_cast<char>(b << 4 | c >> 2);
    *to++ = static_cast<char>(c << 6 | d);
  }
  // Two digits are a byte, three are two. Bits that no byte uses must be zero, or one value would
  // have several spellings.
  if (at < encoded.size()) {
    const int a = digit(at), b = digit(at + 1);
    const int c = at + 2 < encoded.size() ? digit(at + 2) : 0;
    const bool is_one = at + 2 == encoded.size();
    seen |= a | b | c | ((is_one ? b & 15 : c & 3) != 0 ? -1 : 0);
    *to++ = static_cast<char>(a << 2 | b >> 4);
    if (!is_one) {
      *to++ = static_cast<char>(b << 4 | c >> 2);
    }
  }
  if (seen < 0) {
    return std::nullopt;
  }
  return out;
}

}  // namespace

std::string base64(std::string_view bytes) {
  std::string out = encode(bytes, standard);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> from_base64(std::string_view encoded) {
  if (encoded.size() % 4 != 0) {
    return std::nullopt;
  }
  for (int i = 0; i < 2 && encoded.ends_with('='); ++i) {
    encoded.remove_suffix(1);
  }
  return decode(encoded, standard_digits);
}

std::string base64url(std::string_view bytes) {
  return encode(bytes, url_safe);
}

std::optional<std::string> from_base64url(std::string_view encoded) {
  return decode(encoded, url_safe_digits);
}

std::string hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (char c : bytes) {
    out += digits[static_cast<unsigned char>(c) >> 4];
    out += digits[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), digest.data());
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string sha256_hex(std::string_view bytes) {
  return hex(sha256(bytes));
}

}  // namespace mooring::text
