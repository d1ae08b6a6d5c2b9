// SPDX-License-Identifier: Apache-2.0
#include "server/input/request_state.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 'a'));
constexpr seal::Nonce nonce = {};
constexpr input::Time noon = input::Time(1'800'000'000s);

input::RequestState a_state() {
  input::RequestState state;
  state.target = input::target_of("tools/call", "book");
  state.principal = "alice";
  state.expires = noon + 10min;
  state.backend_state = std::string("a\0\"b", 4);
  state.has_backend_state = true;
  state.owner = "weather-0";
  state.number = 0xFEDCBA9876543210;
  return state;
}

}  // namespace

TEST_CASE("request state: what was sealed comes back to the same call of the same principal") {
  const input::RequestState state = a_state();
  const auto token = input::seal(state, ring, nonce);
  REQUIRE(token);

  const auto opened = input::open(*token, ring, noon, state.target, "alice");

  REQUIRE(opened);
  CHECK(*opened == state);
}

TEST_CASE("request state: an empty state of the backend is not none") {
  input::RequestState state = a_state();
  state.backend_state.clear();
  const auto token = input::seal(state, ring, nonce);

  CHECK(input::open(*token, ring, noon, state.target, "alice")->has_backend_state);
}

TEST_CASE("request state: what is tampered with, over, of another call or another's is refused") {
  const input::RequestState state = a_state();
  const std::string token = *input::seal(state, ring, nonce);
  std::string tampered = token;
  tampered[token.size() / 2] = tampered[token.size() / 2] == 'A' ? 'B' : 'A';
  const auto other_ring = *seal::Ring::of("k1", std::string(32, 'b'));

  CHECK_FALSE(input::open(tampered, ring, noon, state.target, "alice"));
  CHECK_FALSE(input::open("", ring, noon, state.target, "alice"));
  CHECK_FALSE(input::open("tampered-state", ring, noon, state.target, "alice"));
  CHECK_FALSE(input::open(token, other_ring, noon, state.target, "alice"));
  CHECK_FALSE(input::open(token, ring, noon + 10min, state.target, "alice"));
  CHECK_FALSE(input::open(token, ring, noon, input::target_of("tools/call", "pay"), "alice"));
  CHECK_FALSE(input::open(token, ring, noon, state.target, "mallory"));
  CHECK(
      input::open(tampered, ring, noon, state.target, "alice").error().message ==
      "requestState is not of this call, or has expired; send the call again without it"
  );
}

TEST_CASE("request state: a session's token is none") {
  const std::string token = *seal::seal(ring, "session", "x", nonce);

  CHECK_FALSE(input::open(token, ring, noon, "", ""));
}

TEST_CASE("request state: a backend's state that is too large is refused, not cut") {
  input::RequestState state = a_state();
  state.backend_state = std::string(40'000, 'x');
  const auto largest = input::seal(state, ring, nonce);
  REQUIRE(largest);
  CHECK(input::open(*largest, ring, noon, state.target, "alice"));

  state.backend_state += 'x';
  const auto sealed = input::seal(state, ring, nonce);

  REQUIRE_FALSE(sealed);
  CHECK(
      sealed.error().message ==
      "the backend's requestState has 40001 bytes, at most 40000 can be kept"
  );
}
