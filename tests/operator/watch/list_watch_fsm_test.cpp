// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/list_watch_fsm.hpp"

#include <doctest/doctest.h>

namespace mooring::watch {
namespace {

using namespace std::chrono_literals;

const Instant t0{std::chrono::hours(1)};

Failed failure(Errc code) {
  kube::Failure failure;
  failure.code = code;
  return {failure};
}

Failed too_large() {
  Failed event = failure(Errc::timeout);
  event.failure.version_too_large = true;
  return event;
}

Failed slow_down(std::chrono::milliseconds time) {
  Failed event = failure(Errc::too_many);
  event.failure.retry_after = time;
  return event;
}

Frame frame(Frame::Type type, std::string_view version, bool end = false) {
  return {type, version, end};
}

ListWatchFsm watching(bool watch_lists = true) {
  ListWatchFsm fsm(watch_lists);
  fsm.start(t0);
  if (watch_lists) {
    REQUIRE(fsm.frame(frame(Frame::Type::bookmark, "100", true)) == FrameAction::replace);
  } else {
    REQUIRE(fsm.step(Paged{"100", ""}, t0, 0).replace);
  }
  return fsm;
}

TEST_CASE(
    "list-watch: an optional kind that is not there is an empty content, and is asked for anew"
) {
  ListWatchFsm fsm(true, true);
  fsm.start(t0);
  CHECK(fsm.step(failure(Errc::not_found), t0, 0).next == Action(List{"0", "", 500}));
  for (int i = 0; i < 5; ++i) {
    const Step missing = fsm.step(failure(Errc::not_found), t0, 0);
    CHECK(missing.replace);
    CHECK(missing.missing);
    CHECK(missing.next == Action(Wait{30s}));
    CHECK(fsm.synced());
    CHECK(fsm.step(Waited{}, t0 + 30s, 0).next == Action(List{"0", "", 500}));
  }
  const Step found = fsm.step(Paged{"7", ""}, t0, 0);
  CHECK(found.replace);
  CHECK_FALSE(found.missing);
  CHECK(found.next == Action(Watch{"7", false}));
}

TEST_CASE("list-watch: an optional kind that goes while it is watched is missing, others are not") {
  for (const bool is_optional : {true, false}) {
    ListWatchFsm fsm(true, is_optional);
    fsm.start(t0);
    REQUIRE(fsm.frame(frame(Frame::Type::bookmark, "100", true)) == FrameAction::replace);
    CHECK(std::holds_alternative<Wait>(fsm.step(failure(Errc::not_found), t0, 0).next));
    CHECK(fsm.step(Waited{}, t0, 0).next == Action(Watch{"100", true}));
    CHECK(fsm.step(failure(Errc::not_found), t0, 0).next == Action(List{"100", "", 0}));
    CHECK(fsm.step(failure(Errc::not_found), t0, 0).missing == is_optional);
  }
}

TEST_CASE("list-watch: the first content comes by watch list, and the stream goes on as the watch"
) {
  ListWatchFsm fsm;

  CHECK(fsm.start(t0) == Action(Watch{"", true}));
  CHECK(fsm.frame(frame(Frame::Type::added, "5")) == FrameAction::collect);
  CHECK(fsm.frame(frame(Frame::Type::modified, "7")) == FrameAction::collect);
  CHECK(fsm.frame(frame(Frame::Type::deleted, "8")) == FrameAction::collect);
  CHECK(fsm.frame(frame(Frame::Type::bookmark, "8")) == FrameAction::skip);
  CHECK_FALSE(fsm.synced());
  CHECK(fsm.frame(frame(Frame::Type::bookmark, "9", true)) == FrameAction::replace);
  CHECK(fsm.synced());
  CHECK(fsm.resource_version() == "9");

  CHECK(fsm.frame(frame(Frame::Type::added, "11")) == FrameAction::deliver);
  CHECK(fsm.resource_version() == "11");
  CHECK(fsm.step(Closed{}, t0 + 290s, 0).next == Action(Watch{"11", false}));
}

TEST_CASE("list-watch: a server without watch lists is listed from its cache, then watched") {
  ListWatchFsm fsm;
  fsm.start(t0);

  CHECK(fsm.step(failure(Errc::invalid), t0, 0).next == Action(List{"0", "", 500}));
  CHECK(fsm.step(Paged{"", "more"}, t0, 0).next == Action(List{"", "more", 500}));
  const Step last = fsm.step(Paged{"42", ""}, t0, 0);
  CHECK(last.replace);
  CHECK(last.next == Action(Watch{"42", false}));

  fsm.step(failure(Errc::gone), t0 + 1min, 0);
  CHECK(fsm.step(Paged{"50", ""}, t0 + 1min, 0).next == Action(Watch{"50", false}));
}

TEST_CASE("list-watch: a watch list that ends before its bookmark falls back to a list") {
  ListWatchFsm fsm;
  fsm.start(t0);
  fsm.frame(frame(Frame::Type::added, "5"));

  CHECK(fsm.step(Closed{}, t0 + 5s, 0).next == Action(List{"0", "", 500}));
}

TEST_CASE("list-watch: what a first stream's failure leads to") {
  struct Case {
    std::string_view name;
    Failed event;
    Action next;
  };

  const Case cases[] = {
      {"refused connection", failure(Errc::unavailable), Wait{800ms}},
      {"no answer", failure(Errc::timeout), Wait{800ms}},
      {"asked to slow down", slow_down(5s), Wait{5s}},
      {"forbidden", failure(Errc::forbidden), List{"0", "", 500}},
      {"kind not there", failure(Errc::not_found), List{"0", "", 500}},
      {"version gone", failure(Errc::gone), Watch{"", true}},
      {"version too large", too_large(), Watch{"", true}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    ListWatchFsm fsm;
    fsm.start(t0);
    CHECK(fsm.step(c.event, t0, 0).next == c.next);
  }
}

TEST_CASE("list-watch: a gone version is asked for anew, by the version known, then by the newest"
) {
  ListWatchFsm fsm = watching();

  CHECK(fsm.step(failure(Errc::gone), t0 + 1min, 0).next == Action(Watch{"100", true}));
  CHECK(fsm.step(failure(Errc::gone), t0 + 1min, 0).next == Action(Watch{"", true}));
  CHECK(std::holds_alternative<Wait>(fsm.step(failure(Errc::gone), t0 + 1min, 0).next));
}

TEST_CASE("list-watch: the same by list") {
  ListWatchFsm fsm = watching(false);

  CHECK(fsm.step(failure(Errc::gone), t0 + 1min, 0).next == Action(List{"100", "", 0}));
  CHECK(fsm.step(too_large(), t0 + 1min, 0).next == Action(List{"", "", 500}));
  CHECK(fsm.step(Paged{"", "p2"}, t0 + 1min, 0).next == Action(List{"", "p2", 500}));
  CHECK(fsm.step(failure(Errc::gone), t0 + 1min, 0).next == Action(List{"", "", 0}));
  CHECK(fsm.step(Paged{"120", ""}, t0 + 1min, 0).next == Action(Watch{"120", false}));
}

TEST_CASE("list-watch: a server that forgets everything at once is not asked in a loop") {
  ListWatchFsm fsm = watching();
  fsm.step(failure(Errc::gone), t0 + 60s, 0);
  fsm.frame(frame(Frame::Type::bookmark, "200", true));

  CHECK(fsm.step(failure(Errc::gone), t0 + 61s, 0).next == Action(Wait{800ms}));
  CHECK(fsm.step(Waited{}, t0 + 62s, 0).next == Action(Watch{"200", true}));
}

TEST_CASE("list-watch: an ERROR frame ends the stream") {
  ListWatchFsm fsm = watching();

  CHECK(fsm.frame(frame(Frame::Type::error, "")) == FrameAction::end);
  CHECK(fsm.resource_version() == "100");
}

TEST_CASE("list-watch: unknown types and bookmarks are no objects, but bookmarks move the version"
) {
  ListWatchFsm fsm = watching();

  CHECK(fsm.frame(frame(Frame::Type::unknown, "105")) == FrameAction::skip);
  CHECK(fsm.resource_version() == "100");
  CHECK(fsm.frame(frame(Frame::Type::bookmark, "110")) == FrameAction::skip);
  CHECK(fsm.resource_version() == "110");
  CHECK(fsm.frame(frame(Frame::Type::modified, "")) == FrameAction::deliver);
  CHECK(fsm.resource_version() == "110");
}

TEST_CASE("list-watch: what a watch's failure leads to") {
  struct Case {
    std::string_view name;
    Failed event;
    Action then;
  };

  const Case cases[] = {
      {"cut", failure(Errc::unavailable), Watch{"100", false}},
      {"silent", failure(Errc::timeout), Watch{"100", false}},
      {"server error", failure(Errc::internal), Watch{"100", false}},
      {"asked to slow down", slow_down(3s), Watch{"100", false}},
      {"permission withdrawn", failure(Errc::forbidden), Watch{"100", true}},
      {"kind removed", failure(Errc::not_found), Watch{"100", true}},
      {"token expired", failure(Errc::unauthenticated), Watch{"100", true}},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    ListWatchFsm fsm = watching();
    CHECK(std::holds_alternative<Wait>(fsm.step(c.event, t0 + 1min, 0).next));
    CHECK(fsm.step(Waited{}, t0 + 2min, 0).next == c.then);
  }
}

TEST_CASE("list-watch: a stream that ends at once with nothing in it is not opened in a loop") {
  ListWatchFsm fsm = watching();
  CHECK(fsm.step(Closed{}, t0 + 290s, 0).next == Action(Watch{"100", false}));

  CHECK(fsm.step(Closed{}, t0 + 290s + 200ms, 0).next == Action(Wait{800ms}));
  CHECK(fsm.step(Waited{}, t0 + 291s, 0).next == Action(Watch{"100", false}));
}

TEST_CASE("list-watch: waits double up to thirty seconds, with jitter, and start anew after quiet"
) {
  ListWatchFsm fsm = watching();
  Instant now = t0 + 1min;
  for (const auto expected : {800ms, 1600ms, 3200ms, 6400ms, 12800ms, 25600ms, 30000ms, 30000ms}) {
    CHECK(fsm.step(failure(Errc::unavailable), now, 0).next == Action(Wait{expected}));
    now += expected;
    fsm.step(Waited{}, now, 0);
  }
  CHECK(fsm.step(failure(Errc::unavailable), now, 0.5).next == Action(Wait{45s}));
  now += 45s;
  fsm.step(Waited{}, now, 0);
  CHECK(fsm.step(failure(Errc::unavailable), now + 3min, 0).next == Action(Wait{800ms}));
}

}  // namespace
}  // namespace mooring::watch
