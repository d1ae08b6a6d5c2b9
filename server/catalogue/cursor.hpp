// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/offers.hpp"
#include "server/seal/seal.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mooring::catalogue {

/// Where a list goes on.
struct Cursor {
  Kind kind = Kind::tools;
  std::string digest;  ///< of the list that it was given out for
  std::size_t page = 0;

  bool operator==(const Cursor&) const = default;
};

/// The same cursor is always the same text: lists are the same, byte for byte, on every replica.
std::string seal_cursor(const Cursor& cursor, const seal::Ring& ring);
/// Nothing if it is none of ours.
std::optional<Cursor> open_cursor(std::string_view text, const seal::Ring& ring);

}  // namespace mooring::catalogue
