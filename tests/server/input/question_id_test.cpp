// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("question id: only what was sealed is a question, and says whose") {
  const seal::Ring keys = *seal::Ring::of("k1", std::string(32, 'a'));
  constexpr seal::Nonce zeros = {};
  const input::QuestionId anybodys{0x0123456789ABCDEF, ""};
  const input::QuestionId somebodys{0x0123456789ABCDEF, "a replica"};

  CHECK(input::open_question(*input::seal_question(anybodys, keys, zeros), keys) == anybodys);
  CHECK(input::open_question(*input::seal_question(somebodys, keys, zeros), keys) == somebodys);
  CHECK_FALSE(input::open_question("1", keys));
  CHECK_FALSE(input::open_question("", keys));
  CHECK_FALSE(input::open_question(*seal::seal(keys, "question", "7 bytes", zeros), keys));
  CHECK_FALSE(input::open_question(*seal::seal(keys, "session", "8 octets", zeros), keys));
}
