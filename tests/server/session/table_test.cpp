// SPDX-License-Identifier: Apache-2.0
#include "server/session/table.hpp"

#include "server/session/session.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("session table: what a session set is known, of others nothing") {
  session::Table table;
  table.set_log_level("a", era::LogLevel::error);
  table.set_log_level("a", era::LogLevel::debug);

  CHECK(table.known("a").log_level == era::LogLevel::debug);
  CHECK_FALSE(table.known("b").log_level);
  CHECK_FALSE(table.known("a").has_ended);
}

TEST_CASE("session table: an end is an end, whatever was set before and after") {
  session::Table table;
  table.set_log_level("a", era::LogLevel::info);
  table.end("a");
  table.set_log_level("a", era::LogLevel::info);

  CHECK(table.known("a").has_ended);
  CHECK_FALSE(table.known("b").has_ended);
}

TEST_CASE("session table: it is bounded, and forgets first what was written longest ago") {
  session::Table table(2);
  table.end("a");
  table.end("b");
  table.end("a");
  table.end("c");

  CHECK(table.known("a").has_ended);
  CHECK_FALSE(table.known("b").has_ended);
  CHECK(table.known("c").has_ended);
}

TEST_CASE("session: the key of a token is its end, or all of a short one") {
  CHECK(session::key_of("abc") == "abc");
  CHECK(
      session::key_of(std::string(100, 'x') + "0123456789012345678901") == "0123456789012345678901"
  );
}
