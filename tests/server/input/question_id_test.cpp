// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("question id: only what was sealed is a number") {
  const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 'a'));
  constexpr seal::Nonce nonce = {};
  const std::string id = *input::seal_question(0x0123456789ABCDEF, ring, nonce);

  CHECK(input::open_question(id, ring) == 0x0123456789ABCDEF);
  CHECK_FALSE(input::open_question("1", ring));
  CHECK_FALSE(input::open_question("", ring));
  CHECK_FALSE(input::open_question(*seal::seal(ring, "question", "too short", nonce), ring));
  CHECK_FALSE(input::open_question(*seal::seal(ring, "session", "8 octets", nonce), ring));
}
