// SPDX-License-Identifier: Apache-2.0
#include "server/events/sse.hpp"

#include "tests/support/random.hpp"
#include "tests/support/stream_reader.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace mooring;
using namespace mooring::events;
using namespace std::chrono_literals;

TEST_CASE("event stream: an event has type, id and data") {
  CHECK(frame("a-1", R"({"x":1})") == "event: message\nid: a-1\ndata: {\"x\":1}\n\n");
  CHECK(frame("", "{}") == "event: message\ndata: {}\n\n");
  CHECK(frame("a-1", "{}", 2500ms) == "event: message\nid: a-1\nretry: 2500\ndata: {}\n\n");
}

TEST_CASE("event stream: the priming event says where and when, and is no message") {
  const std::string bytes = priming({255, 0}, 1000ms);
  tests::StreamReader reader;
  reader.read(bytes);

  CHECK(bytes == "id: 00000000000000ff-0\nretry: 1000\ndata: \n\n");
  CHECK(reader.last_id == "00000000000000ff-0");
  CHECK(reader.retry == "1000");
  CHECK(reader.events.empty());
}

TEST_CASE("event stream: a keep-alive is skipped") {
  tests::StreamReader reader;
  reader.read(keep_alive);
  reader.read(frame("i", "data"));
  reader.read(keep_alive);

  CHECK(reader.comments == 2);
  CHECK(reader.events == std::vector<tests::ReadEvent>{{"i", "message", "data"}});
}

TEST_CASE("event stream: no data can begin a field or an event of its own") {
  for (const std::string line_break : {"\n", "\r", "\r\n"}) {
    tests::StreamReader reader;
    reader.read(frame(
        "i", "{" + line_break + line_break + "id: other" + line_break + "data: x" + line_break + "}"
    ));

    CHECK(reader.last_id == "i");
    CHECK(
        reader.events ==
        std::vector<tests::ReadEvent>{{"i", "message", "{\n\nid: other\ndata: x\n}"}}
    );
  }
}

TEST_CASE("event stream: any data comes out as it went in, but for the kind of line break") {
  const std::vector<std::string> pieces{"\r\n", "\n", "\r\r", ":", " data: ", "id: 7", "\xff", "x"};
  tests::Random random(1);
  for (int i = 0; i < 2000; ++i) {
    std::string data = "{";
    std::string expected = "{";
    for (std::size_t part = random.below(12); part > 0; --part) {
      const std::string& piece = random.pick(pieces);
      // Next to each other these two would be one line break.
      const bool joins = data.back() == '\r' && piece.front() == '\n';
      data += joins ? "x" : piece;
      expected += joins ? "x" : piece == "\r\n" ? "\n" : piece == "\r\r" ? "\n\n" : piece;
    }
    data += "}";
    expected += "}";
    tests::StreamReader reader;
    reader.read(frame("i", data));
    REQUIRE(reader.events == std::vector<tests::ReadEvent>{{"i", "message", expected}});
  }
}

TEST_CASE("event id: what is printed is read back") {
  constexpr auto most = std::numeric_limits<std::uint64_t>::max();
  for (const EventId id :
       {EventId{0, 0}, EventId{1, 10}, EventId{0xdeadbeef, 7}, EventId{most, most}}) {
    const auto read = parse_event_id(print(id));
    REQUIRE(read);
    CHECK(*read == id);
  }
  CHECK(print({0xabc, 12}) == "0000000000000abc-12");
}

TEST_CASE("event id: nothing else is one") {
  for (const std::string text :
       {"",
        "-",
        "7",
        "0000000000000abc",
        "0000000000000abc-",
        "0000000000000ABC-1",
        "0000000000000abc-01",
        "0000000000000abc--1",
        "0000000000000abc-+1",
        "0000000000000abc-1 ",
        " 000000000000abc-1",
        "0x00000000000abc-1",
        "-000000000000abc-1",
        "000000000000abc-1",
        "00000000000000abc-1",
        "0000000000000abc-18446744073709551616"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_event_id(text));
  }
  const auto refused = parse_event_id("7\n8");
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::invalid);
  CHECK(
      refused.error().message ==
      "Last-Event-ID is \"7\\x0a8\", must be the id of an event that this server has sent; without "
      "one a new stream begins"
  );
}

TEST_CASE("event id: of mutated ids those are read that print the same") {
  tests::Random random(2);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = random.mutate("0000000000000abc-12", {"-", "0", "f", "F", " ", "9"});
    const auto read = parse_event_id(text);
    CAPTURE(text);
    CHECK((!read || print(*read) == text));
  }
}
