// SPDX-License-Identifier: Apache-2.0
#include "server/session/opened.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

const seal::Ring own_ring = *seal::Ring::of("k1", std::string(32, 'a'));
const seal::Ring other_ring = *seal::Ring::of("k1", std::string(32, 'b'));
constexpr session::Time start = session::Time(1'800'000'000s);

std::string token_of(std::string name, unsigned char number = 0) {
  session::Session session;
  session.version = "2025-11-25";
  session.client_name = std::move(name);
  session.issued = start;
  session.expires = start + 1h;
  return *session::seal(session, own_ring, {number});
}

}  // namespace

TEST_CASE("opened: a token opens each time as it did the first time") {
  session::Opened opened;
  const std::string token = token_of("inspector");

  for (int i = 0; i < 3; ++i) {
    const auto session = opened.resume(token, own_ring, start + 1min);
    REQUIRE(session);
    CHECK(*session == *session::resume(token, own_ring, start));
  }
}

TEST_CASE("opened: what was opened before ends all the same") {
  session::Opened opened;
  const std::string token = token_of("inspector");
  REQUIRE(opened.resume(token, own_ring, start + 59min));

  const auto late = opened.resume(token, own_ring, start + 1h);

  REQUIRE(!late);
  CHECK(late.error().status == 404);
}

TEST_CASE("opened: a own_ring without its key opens no token that another own_ring has opened") {
  session::Opened opened;
  const std::string token = token_of("inspector");
  REQUIRE(opened.resume(token, own_ring, start));

  CHECK(!opened.resume(token, other_ring, start));
  CHECK(opened.resume(token, own_ring, start));
}

TEST_CASE("opened: a token that differs in one character is refused as ever") {
  session::Opened opened;
  std::string token = token_of("inspector");
  REQUIRE(opened.resume(token, own_ring, start));

  for (char& c : token) {
    const char was = c;
    c = was == 'A' ? 'B' : 'A';
    CHECK(!opened.resume(token, own_ring, start));
    c = was;
  }
  CHECK(opened.resume("", own_ring, start).error().status == 400);
}

TEST_CASE("opened: more sessions than it holds are told apart") {
  session::Opened opened(2);
  std::vector<std::string> tokens;
  for (unsigned char i = 0; i < 20; ++i) {
    tokens.push_back(token_of("client " + std::to_string(i), i));
  }

  for (int round = 0; round < 2; ++round) {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      const auto session = opened.resume(tokens[i], own_ring, start);
      REQUIRE(session);
      CHECK(session->client_name == "client " + std::to_string(i));
    }
  }
}
