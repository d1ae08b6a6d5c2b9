// SPDX-License-Identifier: Apache-2.0
#include "core/time/backoff.hpp"
#include "core/time/duration.hpp"
#include "core/time/rfc3339.hpp"
#include "tests/support/random.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace mooring;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST_CASE("duration: the spellings of Kubernetes") {
  CHECK(time::parse_duration("30s") == 30s);
  CHECK(time::parse_duration("1h30m") == 90min);
  CHECK(time::parse_duration("1.5s") == 1500ms);
  CHECK(time::parse_duration("100ms") == 100ms);
  CHECK(time::parse_duration("0s") == 0s);
  CHECK(time::parse_duration("10000h") == 10'000h);
}

TEST_CASE("duration: what is none") {
  for (const char* bad :
       {"",
        "30",
        "s",
        "30 s",
        "-1s",
        "+1s",
        "1d",
        "1.s",
        ".5s",
        "1..5s",
        "1s2",
        "10001h",
        "1e3s",
        "1ss"}) {
    CAPTURE(bad);
    CHECK_FALSE(time::parse_duration(bad));
  }
}

TEST_CASE("duration: the printed form is short and reads back") {
  CHECK(time::print_duration(90s) == "1m30s");
  CHECK(time::print_duration(0ms) == "0s");
  CHECK(time::print_duration(3'661'001ms) == "1h1m1s1ms");
  tests::Random random(3);
  for (int i = 0; i < 5'000; ++i) {
    const milliseconds duration(random.below(36'000'000'000));
    CHECK(time::parse_duration(time::print_duration(duration)) == duration);
  }
}

TEST_CASE("duration: random bytes never trouble the parser") {
  tests::Random random(4);
  for (int i = 0; i < 20'000; ++i) {
    const auto duration =
        time::parse_duration(random.mutate("1h30m1.5s", {"9999999999", ".", "ms", "h"}));
    CHECK((!duration || (*duration >= 0ms && *duration <= 10'000h)));
  }
}

TEST_CASE("rfc3339: offsets and fractions are read to the instant") {
  const auto noon = *time::parse_rfc3339("2026-11-22T12:00:00Z");

  CHECK(time::parse_rfc3339("2026-11-22T13:30:00+01:30") == noon);
  CHECK(time::parse_rfc3339("2026-11-22t07:00:00-05:00") == noon);
  CHECK(time::parse_rfc3339("2026-11-22T12:00:00.25Z") == noon + 250ms);
  CHECK(time::parse_rfc3339("2026-11-22T12:00:00.123456789z") == noon + 123456us);
  CHECK(time::parse_rfc3339("2024-02-29T00:00:00Z").has_value());
}

TEST_CASE("rfc3339: what is none, or beyond the clock") {
  for (const char* bad :
       {"",
        "2026-11-22",
        "2026-11-22T12:00:00",
        "2026-11-22 12:00:00Z",
        "2026-02-29T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-11-22T24:00:00Z",
        "2026-11-22T12:60:00Z",
        "2026-11-22T12:00:00.Z",
        "2026-11-22T12:00:00+0100",
        "2026-11-22T12:00:00+24:00",
        "2026-11-22T12:00:00Zx",
        "-026-11-22T12:00:00Z",
        "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z"}) {
    CAPTURE(bad);
    CHECK_FALSE(time::parse_rfc3339(bad));
  }
}

TEST_CASE("rfc3339: the printed form reads back, with microseconds if asked") {
  const auto at = *time::parse_rfc3339("2026-01-02T03:04:05.000006Z");
  CHECK(time::print_rfc3339(at) == "2026-01-02T03:04:05Z");
  CHECK(time::print_rfc3339_micro(at) == "2026-01-02T03:04:05.000006Z");
  CHECK(time::print_rfc3339(time::Timestamp(-1s)) == "1969-12-31T23:59:59Z");

  tests::Random random(5);
  for (int i = 0; i < 5'000; ++i) {
    const time::Timestamp random_time(std::chrono::microseconds(random.below(4'000'000'000'000'000))
    );
    CHECK(time::parse_rfc3339(time::print_rfc3339_micro(random_time)) == random_time);
    time::parse_rfc3339(random.mutate("2026-01-02T03:04:05.000006+01:00", {":", "9", "Z"}));
  }
}

TEST_CASE("backoff: doubles up to the cap, and jitter only adds") {
  const time::Backoff backoff{100ms, 2.0, 1'000ms, 0.5};

  CHECK(backoff.delay(0, 0) == 100ms);
  CHECK(backoff.delay(3, 0) == 800ms);
  CHECK(backoff.delay(4, 0) == 1'000ms);
  CHECK(backoff.delay(4'000'000'000U, 0) == 1'000ms);
  CHECK(backoff.delay(0, 0.5) == 125ms);
}
