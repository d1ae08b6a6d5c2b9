// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/watch_stream.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;
using Push = WatchStream::Push;

std::string line(WatchStream& stream) {
  auto next = stream.next(0ms);
  auto* found = std::get_if<WatchStream::Line>(&next);
  return found != nullptr ? found->text : "(none)";
}

std::optional<Failure> end(WatchStream& stream) {
  auto next = stream.next(0ms);
  auto* found = std::get_if<WatchStream::Ended>(&next);
  REQUIRE(found != nullptr);
  return found->failure;
}

TEST_CASE("stream: lines come out whole, however the bytes were split") {
  WatchStream stream("watch x");
  stream.head(200, "");
  const std::string bytes = "{\"a\":\"gr\xc3\xbc\xc3\x9f\"}\n{}\n{\"half";
  for (const char byte : bytes) {
    CHECK(stream.push({&byte, 1}) == Push::more);
  }

  CHECK(line(stream) == "{\"a\":\"gr\xc3\xbc\xc3\x9f\"}");
  CHECK(line(stream) == "{}");
  CHECK(line(stream) == "(none)");
  stream.end(std::nullopt);
  CHECK_FALSE(end(stream));
}

TEST_CASE("stream: the status of the answer is told once, and 0 where none came") {
  std::vector<int> told;
  const auto tell = [&told](int status) { told.push_back(status); };
  WatchStream answered("watch x");
  answered.on_answer(tell);
  answered.head(200, "");
  answered.end(std::nullopt);
  CHECK(told == std::vector<int>{200});

  WatchStream late("watch x");
  late.head(410, "");
  late.on_answer(tell);
  CHECK(told == std::vector<int>{200, 410});

  WatchStream broken("watch x");
  broken.on_answer(tell);
  broken.end(Failure{{Errc::unavailable, "refused"}, 0, {}, {}, {}, false});
  CHECK(told == std::vector<int>{200, 410, 0});

  WatchStream cancelled("watch x");
  cancelled.on_answer(tell);
  cancelled.cancel();
  CHECK(told.size() == 3);
}

TEST_CASE("stream: several lines at once, and lines that were there before the end") {
  WatchStream stream("watch x");
  stream.head(200, "");
  stream.push("1\n2\n3\n");
  stream.end(Failure{{Errc::unavailable, "cut"}, 0, {}, {}, {}, false});

  CHECK(line(stream) == "1");
  CHECK(line(stream) == "2");
  CHECK(line(stream) == "3");
  CHECK(end(stream)->message == "cut");
}

TEST_CASE("stream: the body of an error is no event, whatever comes first") {
  WatchStream stream("watch pods");
  stream.push("{\"reason\":\"Expired\",\n\"message\":\"too old\"}");
  CHECK(line(stream) == "(none)");
  stream.head(410, "3");
  CHECK(line(stream) == "(none)");
  stream.end(std::nullopt);

  const auto failure = end(stream);
  REQUIRE(failure);
  CHECK(failure->code == Errc::gone);
  CHECK(failure->message == "watch pods: too old");
  CHECK(failure->retry_after == 3s);
}

TEST_CASE("stream: a full one asks to wait and calls back when it has been emptied by half") {
  WatchStream stream("watch x", {100, 20});
  stream.head(200, "");
  CHECK(stream.push("123456789\n") == Push::more);
  CHECK(stream.push("123456789\n123456789\n") == Push::full);
  bool resumed = false;
  stream.when_room([&resumed] { resumed = true; });

  line(stream);
  CHECK_FALSE(resumed);
  line(stream);
  CHECK(resumed);
  bool at_once = false;
  stream.when_room([&at_once] { at_once = true; });
  CHECK(at_once);
}

TEST_CASE("stream: a line beyond the limit ends it") {
  WatchStream stream("watch x", {10, 100});
  stream.head(200, "");

  CHECK(stream.push("1234567890") == Push::more);
  CHECK(stream.push("1") == Push::refused);
  CHECK(end(stream)->message == "watch x: a line is longer than 10 bytes");
}

TEST_CASE("stream: cancelled, it closes the connection, frees who waits and takes no more") {
  WatchStream stream("watch x", {100, 5});
  int closed = 0;
  stream.on_cancel([&closed] { ++closed; });
  stream.head(200, "");
  stream.push("123456789\n");
  bool resumed = false;
  stream.when_room([&resumed] { resumed = true; });

  stream.cancel();
  stream.cancel();

  CHECK(closed == 1);
  CHECK(resumed);
  CHECK(end(stream)->code == Errc::unavailable);
  CHECK(stream.push("1\n") == Push::refused);
  stream.on_cancel([&closed] { ++closed; });
  CHECK(closed == 2);
}

}  // namespace
}  // namespace mooring::kube
