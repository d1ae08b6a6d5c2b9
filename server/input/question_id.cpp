// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

#include "server/seal/fields.hpp"

// Sealed is
//   number (8 bytes, big-endian) | owner
namespace mooring::input {
namespace {

constexpr std::string_view question_purpose = "question";
constexpr std::size_t number_size = 8;

}  // namespace

Result<std::string> seal_question(
    const QuestionId& question, const seal::Ring& ring, const seal::Nonce& nonce
) {
  std::string bytes;
  seal::append_number(bytes, question.number);
  return seal::seal(ring, question_purpose, bytes + question.owner, nonce);
}

std::optional<QuestionId> open_question(std::string_view id, const seal::Ring& ring) {
  const auto opened = seal::open(ring, question_purpose, id);
  if (!opened || opened->size() < number_size) {
    return std::nullopt;
  }
  const std::string_view bytes = *opened;
  return QuestionId{
      seal::read_number(bytes.substr(0, number_size)), std::string(bytes.substr(number_size))};
}

}  // namespace mooring::input
