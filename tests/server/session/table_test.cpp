// SPDX-License-Identifier: Apache-2.0
#include "server/session/table.hpp"

#include "server/session/session.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;

namespace {

const session::Time t0{1'000'000s};

}  // namespace

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
  table.end("a", t0 + 1h, t0);
  table.set_log_level("a", era::LogLevel::info);
  table.end("a", t0 + 1h, t0 + 1s);

  CHECK(table.known("a").has_ended);
  CHECK_FALSE(table.known("b").has_ended);
}

TEST_CASE("session table: levels are bounded, and forgotten first that were used longest ago") {
  session::Table table(2);
  table.set_log_level("a", era::LogLevel::info);
  table.set_log_level("b", era::LogLevel::info);
  CHECK(table.known("a").log_level);
  table.set_log_level("c", era::LogLevel::info);

  CHECK(table.known("a").log_level);
  CHECK_FALSE(table.known("b").log_level);
  CHECK(table.known("c").log_level);
}

TEST_CASE("session table: no number of levels makes an end forgotten") {
  session::Table table(2);
  table.end("a", t0 + 1h, t0);
  for (const char* other : {"b", "c", "d", "e"}) {
    table.set_log_level(other, era::LogLevel::info);
  }

  CHECK(table.known("a").has_ended);
}

TEST_CASE("session table: an end is kept until its token is good for nothing") {
  session::Table table;
  table.end("a", t0 + 10s, t0);
  table.end("b", t0 + 20s, t0 + 9s);
  CHECK(table.known("a").has_ended);
  table.end("c", t0 + 30s, t0 + 10s);

  CHECK_FALSE(table.known("a").has_ended);
  CHECK(table.known("b").has_ended);
  CHECK(table.known("c").has_ended);
}

TEST_CASE("session table: where there are too many ends, those nearest to theirs make room") {
  session::Table table(2);
  table.end("late", t0 + 30s, t0);
  table.end("soon", t0 + 10s, t0);
  table.end("between", t0 + 20s, t0);

  CHECK(table.known("late").has_ended);
  CHECK_FALSE(table.known("soon").has_ended);
  CHECK(table.known("between").has_ended);
}

TEST_CASE("session: the key of a token is its end, or all of a short one") {
  CHECK(session::key_of("abc") == "abc");
  CHECK(
      session::key_of(std::string(100, 'x') + "0123456789012345678901") == "0123456789012345678901"
  );
}
