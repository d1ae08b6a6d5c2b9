// SPDX-License-Identifier: Apache-2.0
#include "server/seal/seal.hpp"

#include "core/text/encoding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace mooring;

namespace {

std::string secret(char fill) {
  return text::base64url(std::string(32, fill));
}

std::string key(const std::string& id, char fill) {
  return R"({"id":")" + id + R"(","secret":")" + secret(fill) + "\"}";
}

seal::Ring a_ring(const std::string& keys) {
  auto ring = seal::Ring::parse(R"({"keys":[)" + keys + "]}");
  REQUIRE(ring);
  return *ring;
}

constexpr seal::Nonce nonce = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

}  // namespace

TEST_CASE("seal: what was sealed opens, for its purpose only") {
  const seal::Ring ring = a_ring(key("k1", 'a'));

  for (const unsigned size : {0U, 1U, 15U, 16U, 17U, 100U, 40'000U}) {
    CAPTURE(size);
    const std::string plaintext(size, 'x');
    const auto token = seal::seal(ring, "session", plaintext, nonce);
    REQUIRE(token);
    CHECK(std::all_of(token->begin(), token->end(), [](char c) { return c > 0x20 && c < 0x7f; }));
    CHECK(seal::open(ring, "session", *token) == plaintext);
    CHECK_FALSE(seal::open(ring, "cursor", *token));
    CHECK_FALSE(seal::open(ring, "", *token));
  }
}

TEST_CASE("seal: the wire form stays what other AES-GCM libraries make of it") {
  const auto token = seal::seal(a_ring(key("k1", 'a')), "session", "hello", nonce);

  REQUIRE(token);
  CHECK(*token == "AQJrMQECAwQFBgcICQoLDHPKHM3MYSP-H6hkVa9hvJZkGi46Ug");
}

TEST_CASE("seal: keys are exchanged without losing a token") {
  const auto before = a_ring(key("old", 'a'));
  const auto during = a_ring(key("new", 'b') + "," + key("old", 'a'));
  const auto after = a_ring(key("new", 'b'));
  const auto from_before = seal::seal(before, "s", "x", nonce);
  const auto from_during = seal::seal(during, "s", "x", nonce);

  CHECK(seal::open(during, "s", *from_before) == "x");
  CHECK(seal::open(after, "s", *from_during) == "x");
  CHECK_FALSE(seal::open(after, "s", *from_before));
  CHECK_FALSE(seal::open(a_ring(key("old", 'c')), "s", *from_before));
}

TEST_CASE("open: a token changed anywhere is refused") {
  const seal::Ring ring = a_ring(key("k1", 'a'));
  const std::string token = *seal::seal(ring, "session", "some plaintext", nonce);
  const std::string binary = *text::from_base64url(token);

  for (std::size_t at = 0; at < binary.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = binary;
      changed[at] = static_cast<char>(changed[at] ^ (1 << bit));
      REQUIRE_FALSE(seal::open(ring, "session", text::base64url(changed)));
    }
    REQUIRE_FALSE(seal::open(ring, "session", text::base64url(binary.substr(0, at))));
  }
  CHECK_FALSE(seal::open(ring, "session", token + "A"));
  CHECK_FALSE(seal::open(ring, "session", token + "="));
  CHECK_FALSE(seal::open(ring, "session", ""));
  CHECK_FALSE(seal::open(ring, "session", std::string(100'000, 'A')));
}

TEST_CASE("open: random tokens are refused") {
  const seal::Ring ring = a_ring(key("k1", 'a'));
  std::mt19937 random(3);

  for (int round = 0; round < 5'000; ++round) {
    std::string bytes(random() % 80, '\0');
    for (char& c : bytes) {
      c = static_cast<char>(random() % 256);
    }
    if (bytes.size() > 4 && random() % 2 == 0) {
      bytes.replace(0, 4, "\x01\x02k1");
    }
    REQUIRE_FALSE(seal::open(ring, "session", text::base64url(bytes)));
  }
}

TEST_CASE("ring: what is wrong is said with its place") {
  struct Case {
    std::string text, message;
  };

  const std::string form =
      R"(key ring: must be {"keys": [{"id": "…", "secret": "…"}]} and no more)";
  const std::vector<Case> cases = {
      {"", form},
      {"[]", form},
      {"{}", form},
      {R"({"keys":{}})", form},
      {R"({"keys":[],"more":1})", form},
      {R"({"keys":[]})", "key ring: has 0 keys, must have 1 to 16"},
      {R"({"keys":[1]})", R"(key ring: keys[0] must be {"id": "…", "secret": "…"})"},
      {R"({"keys":[{"id":"a"}]})", R"(key ring: keys[0] must be {"id": "…", "secret": "…"})"},
      {R"({"keys":[{"id":"a","secret":"YQ","use":"x"}]})",
       R"(key ring: keys[0] has the unknown field "use")"},
      {R"({"keys":[{"id":"a","secret":"YQ"}]})",
       "key ring: keys[0] secret has 1 bytes, must have 32"},
      {R"({"keys":[{"id":"a","secret":"a+b="}]})",
       "key ring: keys[0] secret is not base64url without padding (RFC 4648 section 5)"},
      {R"({"keys":[{"id":"a b","secret":")" + secret('a') + "\"}]}",
       R"(key ring: keys[0] id is "a b", must be 1 to 32 letters, digits, "-", "_" or ".")"},
      {R"({"keys":[)" + key("a", 'a') + "," + key("a", 'b') + "]}",
       R"(key ring: keys[1] id "a" stands there twice)"},
  };

  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto ring = seal::Ring::parse(c.text);
    REQUIRE_FALSE(ring);
    CHECK(ring.error().message == c.message);
  }
  CHECK(seal::Ring::of("only", std::string(32, 'z')));
  CHECK_FALSE(seal::Ring::of("only", "short"));
}
