// SPDX-License-Identifier: Apache-2.0
#include "server/events/log.hpp"

#include "tests/support/stream_reader.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace mooring::events;

namespace {

std::vector<std::string> texts(const Result<std::vector<Frame>>& frames) {
  REQUIRE(frames);
  tests::StreamReader reader;
  for (const Frame& frame : *frames) {
    reader.read(*frame);
  }
  std::vector<std::string> made;
  for (const auto& event : reader.events) {
    made.push_back(event.data);
  }
  return made;
}

using Texts = std::vector<std::string>;

}  // namespace

TEST_CASE("event log: ids count from 1 and name the stream") {
  Log log(5, {10, 10'000});

  CHECK(*log.append("a") == frame("0000000000000005-1", "a"));
  CHECK(*log.append("b") == frame("0000000000000005-2", "b"));
  CHECK(log.origin() == EventId{5, 0});
}

TEST_CASE("event log: after an event comes exactly what is later") {
  Log log(5, {10, 10'000});
  CHECK(texts(log.after(0)) == Texts{});
  for (const char* data : {"a", "b", "c"}) {
    log.append(data);
  }

  CHECK(texts(log.after(0)) == Texts{"a", "b", "c"});
  CHECK(texts(log.after(2)) == Texts{"c"});
  CHECK(texts(log.after(3)) == Texts{});
}

TEST_CASE("event log: a number that was not yet given is refused") {
  Log log(5, {10, 10'000});
  log.append("a");

  const auto refused = log.after(2);

  REQUIRE_FALSE(refused);
  CHECK(refused.error() == Error{Errc::invalid, "there has been no event 0000000000000005-2"});
}

TEST_CASE("event log: what was dropped is told as gone, not skipped") {
  Log log(5, {2, 10'000});
  for (const char* data : {"a", "b", "c", "d"}) {
    log.append(data);
  }

  CHECK(log.size() == 2);
  CHECK(texts(log.after(2)) == Texts{"c", "d"});
  const auto refused = log.after(1);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::gone);
  CHECK(
      refused.error().message ==
      "events after 0000000000000005-1 are no longer kept; the oldest kept is 0000000000000005-3"
  );
}

TEST_CASE("event log: bytes are bounded, but for the newest event") {
  Log log(5, {100, 1000});
  for (int i = 0; i < 50; ++i) {
    log.append(std::string(200, 'x'));
    CHECK(log.bytes() <= 1000);
  }
  CHECK(log.size() == 3);

  log.append(std::string(5000, 'y'));

  CHECK(log.size() == 1);
  CHECK(texts(log.after(50)) == Texts{std::string(5000, 'y')});
  log.append("small");
  CHECK(log.size() == 1);
  CHECK(log.bytes() < 200);
}

TEST_CASE("event log: who has had all of it before it is cleared reads on, others are told") {
  Log log(5, {10, 10'000});
  log.append("a");
  log.append("b");
  log.clear();
  CHECK(log.bytes() == 0);
  CHECK(texts(log.after(2)) == Texts{});
  const auto refused = log.after(1);
  REQUIRE_FALSE(refused);
  CHECK(
      refused.error() ==
      Error{Errc::gone, "events after 0000000000000005-1 are no longer kept; nothing is"}
  );
  CHECK(*log.append("c") == frame("0000000000000005-3", "c"));

  CHECK(texts(log.after(2)) == Texts{"c"});
}
