// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

namespace mooring::input {
namespace {

constexpr std::string_view purpose = "question";
constexpr std::size_t size = 8;  // big-endian

}  // namespace

Result<std::string> seal_question(
    std::uint64_t number, const seal::Ring& ring, const seal::Nonce& nonce
) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(number >> shift & 0xFF);
  }
  return seal::seal(ring, purpose, bytes, nonce);
}

std::optional<std::uint64_t> open_question(std::string_view id, const seal::Ring& ring) {
  const auto opened = seal::open(ring, purpose, id);
  if (!opened || opened->size() != size) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (const char c : *opened) {
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

}  // namespace mooring::input
