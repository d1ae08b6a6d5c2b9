// SPDX-License-Identifier: Apache-2.0
// Sealed tokens and what is in them. The first byte says what the rest is: a token, a ring of keys
// (r), or the content of a token, for what is in one is to be read with care all the same: a
// session (c), a cursor (p), a request's state (s).
#include "server/catalogue/cursor.hpp"
#include "server/era/era.hpp"
#include "server/input/request_state.hpp"
#include "server/seal/seal.hpp"
#include "server/session/session.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace mooring::fuzz {
namespace {

using namespace std::chrono_literals;

const session::Time now{1'000'000s};
constexpr seal::Nonce nonce{1, 2, 3};

const seal::Ring& ring() {
  static const seal::Ring made = *seal::Ring::of("k1", std::string(32, 's'));
  return made;
}

void try_token(std::string_view token) {
  require(!seal::open(ring(), "session", token), "nobody but us seals");
  require(!session::resume(token, ring(), now), "nobody but us begins sessions");
  require(!catalogue::open_cursor(token, ring()), "nobody but us gives cursors out");
  require(!input::open(token, ring(), now, "", ""), "nobody but us keeps state with clients");
}

void try_cursor(std::string_view content) {
  const auto token = seal::seal(ring(), "cursor", content, nonce);
  const auto cursor = token ? catalogue::open_cursor(*token, ring()) : std::nullopt;
  if (cursor) {
    const std::string again = catalogue::seal_cursor(*cursor, ring());
    require(catalogue::open_cursor(again, ring()) == cursor, "a cursor is opened as it was");
  }
}

void try_state(std::string_view content) {
  const auto token = seal::seal(ring(), "request-state", content, nonce);
  const auto state =
      token ? input::open(*token, ring(), now, "tools/call\necho", "") : fail(Errc::invalid, "");
  if (!state) {
    return;
  }
  require(state->expires > now, "a state has not expired");
  const auto again = input::seal(*state, ring(), nonce);
  require(again.has_value(), "it is sealed again");
  require(
      input::open(*again, ring(), now, state->target, state->principal) == *state,
      "it is opened as it was"
  );
}

void try_content(std::string_view content) {
  const auto token = seal::seal(ring(), "session", content, nonce);
  if (!token) {
    return;
  }
  require(seal::open(ring(), "session", *token) == content, "what was sealed is opened");
  require(!seal::open(ring(), "cursor", *token), "for its purpose only");
  const auto session = session::resume(*token, ring(), now);
  if (!session) {
    return;
  }
  require(session->expires > now, "a session has not ended");
  require(!era::legacy_version(session->version).empty(), "and has a version");
  const auto again = session::seal(*session, ring(), nonce);
  require(again.has_value(), "it is sealed again");
  require(session::resume(*again, ring(), now) == *session, "it is resumed as it was");
}

void try_ring(std::string_view text) {
  const auto other = seal::Ring::parse(text);
  if (!other) {
    require(!other.error().message.empty(), "a refusal says why");
    return;
  }
  const auto token = seal::seal(*other, "p", "content", nonce);
  require(token.has_value(), "a ring seals");
  require(seal::open(*other, "p", *token) == std::string_view("content"), "and opens");
}

}  // namespace

void try_input(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const std::string_view rest = input.substr(1);
  switch (input[0]) {
    case 'c':
      return try_content(rest);
    case 'p':
      return try_cursor(rest);
    case 's':
      return try_state(rest);
    case 'r':
      return try_ring(rest);
    default:
      return try_token(rest);
  }
}

}  // namespace mooring::fuzz
