// SPDX-License-Identifier: Apache-2.0
#include "server/session/session.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 'a'));
constexpr seal::Nonce nonce = {};
constexpr session::Time noon = session::Time(1'800'000'000s);

session::Session a_session(const std::string& params, std::string_view version = "2025-11-25") {
  const auto checked = rpc::check(params);
  REQUIRE(checked);
  return session::begin(version, *checked, noon, 24h);
}

}  // namespace

TEST_CASE("session: what was begun is what any replica resumes") {
  const auto begun = a_session(
      R"({"protocolVersion":"x","clientInfo":{"name":"inspector","version":"1.2"},"capabilities":{"roots":{"listChanged":true}}})",
      "2025-03-26"
  );
  const auto token = session::seal(begun, ring, nonce);
  REQUIRE(token);

  const auto resumed = session::resume(*token, ring, noon + 1h);

  REQUIRE(resumed);
  CHECK(*resumed == begun);
  CHECK(resumed->version == "2025-03-26");
  CHECK(resumed->client_name == "inspector");
  CHECK(resumed->client_version == "1.2");
  CHECK(resumed->capabilities == session::roots);
}

TEST_CASE("session: its home is in the token, and a token without one is what it was before") {
  auto begun = a_session("{}");
  const std::size_t homeless = session::seal(begun, ring, nonce)->size();
  begun.home = std::string("\x00\x01 a replica", 12);

  const auto token = session::seal(begun, ring, nonce);

  REQUIRE(token);
  CHECK(session::resume(*token, ring, noon)->home == begun.home);
  CHECK(token->size() - homeless <= 18);
}

TEST_CASE("session: a token of before there were homes opens") {
  std::string bytes{1, session::roots};
  for (int i = 0; i < 2; ++i) {
    bytes.append("\0\0\0\0\x7F\0\0", 7).append(1, static_cast<char>(i));
  }
  bytes += "2025-06-18";
  bytes.append(
      "\x03"
      "cli"
      "\x01"
      "1"
  );

  const auto resumed = session::resume(*seal::seal(ring, "session", bytes, nonce), ring, noon);

  REQUIRE(resumed);
  CHECK(resumed->home.empty());
  CHECK(resumed->client_name == "cli");
}

TEST_CASE("session: what the client can be asked for") {
  struct Case {
    std::string capabilities;
    unsigned expected;
  };

  const std::vector<Case> cases = {
      {"{}", 0},
      {"null", 0},
      {"[]", 0},
      {R"({"sampling":{}})", session::sampling},
      {R"({"sampling":{"tools":{}}})", session::sampling | session::sampling_tools},
      {R"({"elicitation":{}})", session::elicitation_form},
      {R"({"elicitation":{"form":{}}})", session::elicitation_form},
      {R"({"elicitation":{"url":{}}})", session::elicitation_url},
      {R"({"elicitation":{"form":{},"url":{}}})",
       session::elicitation_form | session::elicitation_url},
  };

  for (const Case& c : cases) {
    CAPTURE(c.capabilities);
    CHECK(a_session(R"({"capabilities":)" + c.capabilities + "}").capabilities == c.expected);
  }
}

TEST_CASE("session: names are cut at a character's border") {
  const std::string name = std::string(63, 'x') + "ä";

  const auto begun = a_session(R"({"clientInfo":{"name":")" + name + R"(","version":7}})");

  CHECK(begun.client_name == std::string(63, 'x'));
  CHECK(begun.client_version.empty());
}

TEST_CASE("session: a missing token is 400, all that is not a living session 404") {
  const auto begun = a_session("{}");
  const std::string token = *session::seal(begun, ring, nonce);
  const auto status = [](std::string_view text, const seal::Ring& keys, session::Time now) {
    const auto resumed = session::resume(text, keys, now);
    return resumed ? 200 : resumed.error().status;
  };

  CHECK(status("", ring, noon) == 400);
  CHECK(status(token, ring, noon) == 200);
  CHECK(status(token, ring, noon + 24h - 1s) == 200);
  CHECK(status(token, ring, noon + 24h) == 404);
  CHECK(status(token.substr(1), ring, noon) == 404);
  CHECK(status("session-1", ring, noon) == 404);
  CHECK(status(token, *seal::Ring::of("k1", std::string(32, 'b')), noon) == 404);
  CHECK(status(*seal::seal(ring, "cursor", "x", nonce), ring, noon) == 404);
  CHECK(status(*seal::seal(ring, "session", "", nonce), ring, noon) == 404);
  CHECK(status(*seal::seal(ring, "session", std::string(60, '\x7f'), nonce), ring, noon) == 404);
}

TEST_CASE("session: the token is short enough for a header") {
  const auto begun = a_session(
      R"({"clientInfo":{"name":")" + std::string(500, 'n') + R"(","version":")" +
      std::string(500, 'v') + "\"}}"
  );

  CHECK(session::seal(begun, ring, nonce)->size() < 300);
}
