// SPDX-License-Identifier: Apache-2.0
#include "server/hop/replica.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace mooring;

TEST_CASE("replica: what was encoded is decoded, and is short") {
  const hop::Replica v4{"10.0.0.7", 3232, 0xFEDCBA9876543210};
  const hop::Replica v6{"fd00::7", 65535, 1};

  CHECK(hop::decode(hop::encode(v4)) == v4);
  CHECK(hop::decode(hop::encode(v6)) == v6);
  CHECK(hop::encode(v4).size() == 14);
  CHECK(hop::encode(v6).size() == 26);
}

TEST_CASE("replica: what is of no such length is none, and no address is not encoded") {
  const std::string bytes = hop::encode({"10.0.0.7", 3232, 1});

  CHECK_FALSE(hop::decode(""));
  CHECK_FALSE(hop::decode(bytes + "x"));
  CHECK_FALSE(hop::decode(bytes.substr(1)));
  CHECK(hop::encode({"notes-0", 3232, 1}).empty());
}

TEST_CASE("replica: the advertised address is an IP address, the port may be left out") {
  struct Case {
    std::string text;
    hop::Replica expected;
  };

  const std::vector<Case> cases = {
      {"10.0.0.7", {"10.0.0.7", 3232, 0}},
      {"10.0.0.7:80", {"10.0.0.7", 80, 0}},
      {"fd00::7", {"fd00::7", 3232, 0}},
      {"[fd00::7]", {"fd00::7", 3232, 0}},
      {"[fd00:0::7]:80", {"fd00::7", 80, 0}},
  };
  for (const Case& each : cases) {
    CAPTURE(each.text);
    const auto parsed = hop::parse_advertised(each.text, 3232);
    REQUIRE(parsed);
    CHECK(*parsed == each.expected);
  }
}

TEST_CASE("replica: what is no address to advertise is refused by its value") {
  for (const std::string text :
       {"",
        "notes-0",
        "10.0.0.7:",
        "10.0.0.7:0",
        "10.0.0.7:65536",
        "10.0.0.7:x",
        "[fd00::7",
        "[fd00::7]80",
        "10.0.0"}) {
    CAPTURE(text);
    const auto parsed = hop::parse_advertised(text, 3232);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().message.starts_with("--advertise is \"" + text + "\", must be "));
  }
  CHECK_FALSE(hop::parse_advertised("10.0.0.7", 0));
}

TEST_CASE("replica: peers are names or addresses, each with its port") {
  const auto peers = hop::parse_peers("notes-peers:3232, 10.0.0.7:80,[fd00::7]:81");

  REQUIRE(peers);
  CHECK(
      *peers == std::vector<hop::Peers>{{"notes-peers", 3232}, {"10.0.0.7", 80}, {"fd00::7", 81}}
  );
  for (const std::string text : {"", "notes-peers", "a:1,", ":80", "a:b"}) {
    CAPTURE(text);
    CHECK_FALSE(hop::parse_peers(text));
  }
}
