// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

// Sealed is
//   number (8 bytes, big-endian) | owner
namespace mooring::input {
namespace {

constexpr std::string_view purpose = "question";
constexpr std::size_t number_size = 8;

}  // namespace

Result<std::string> seal_question(
    const QuestionId& question, const seal::Ring& ring, const seal::Nonce& nonce
) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(question.number >> shift & 0xFF);
  }
  return seal::seal(ring, purpose, bytes + question.owner, nonce);
}

std::optional<QuestionId> open_question(std::string_view id, const seal::Ring& ring) {
  const auto opened = seal::open(ring, purpose, id);
  if (!opened || opened->size() < number_size) {
    return std::nullopt;
  }
  QuestionId question{0, opened->substr(number_size)};
  for (const char c : opened->substr(0, number_size)) {
    question.number = question.number << 8 | static_cast<unsigned char>(c);
  }
  return question;
}

}  // namespace mooring::input
