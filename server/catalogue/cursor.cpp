// SPDX-License-Identifier: Apache-2.0
#include "server/catalogue/cursor.hpp"

#include "core/text/encoding.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::catalogue {
namespace {

constexpr std::string_view purpose = "cursor";

// `<kind>:<page>:<digest>`
std::string encode(const Cursor& cursor) {
  return std::to_string(index_of(cursor.kind)) + ":" + std::to_string(cursor.page) + ":" +
         cursor.digest;
}

// The nonce follows from what is sealed, so the same one never seals two different texts.
seal::Nonce nonce_for(std::string_view plaintext) {
  const std::string digest = text::sha256(std::string(purpose) + ":" + std::string(plaintext));
  seal::Nonce nonce;
  std::copy_n(digest.begin(), nonce.size(), nonce.begin());
  return nonce;
}

bool read_number(std::string_view& text, std::size_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (error != std::errc() || !text.starts_with(':')) {
    return false;
  }
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string seal_cursor(const Cursor& cursor, const seal::Ring& ring) {
  const std::string plaintext = encode(cursor);
  return seal::seal(ring, purpose, plaintext, nonce_for(plaintext)).value_or("");
}

std::optional<Cursor> open_cursor(std::string_view text, const seal::Ring& ring) {
  const auto plaintext = seal::open(ring, purpose, text);
  if (!plaintext) {
    return std::nullopt;
  }
  std::string_view rest = *plaintext;
  std::size_t kind = 0;
  Cursor cursor;
  if (!read_number(rest, kind) || kind >= kinds.size() || !read_number(rest, cursor.page)) {
    return std::nullopt;
  }
  cursor.kind = kinds[kind];
  cursor.digest = rest;
  return cursor;
}

}  // namespace mooring::catalogue
