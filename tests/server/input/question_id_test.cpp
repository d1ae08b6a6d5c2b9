// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("question id: only what was sealed is a question, and says whose") {
  const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 'a'));
  constexpr seal::Nonce nonce = {};
  const input::QuestionId anybodys{0x0123456789ABCDEF, ""};
  const input::QuestionId somebodys{0x0123456789ABCDEF, "a replica"};

  CHECK(input::open_question(*input::seal_question(anybodys, ring, nonce), ring) == anybodys);
  CHECK(input::open_question(*input::seal_question(somebodys, ring, nonce), ring) == somebodys);
  CHECK_FALSE(input::open_question("1", ring));
  CHECK_FALSE(input::open_question("", ring));
  CHECK_FALSE(input::open_question(*seal::seal(ring, "question", "7 bytes", nonce), ring));
  CHECK_FALSE(input::open_question(*seal::seal(ring, "session", "8 octets", nonce), ring));
}
