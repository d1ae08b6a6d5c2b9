// SPDX-License-Identifier: Apache-2.0
#include "server/child/lines.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <random>
#include <vector>

using mooring::child::Lines;

namespace {

void feed(Lines& lines, std::string_view bytes, std::vector<std::string>& out) {
  while (!bytes.empty()) {
    const Lines::Space space = lines.space();
    REQUIRE(space.size > 0);
    const std::size_t size = std::min(space.size, bytes.size());
    std::memcpy(space.data, bytes.data(), size);
    lines.added(size);
    bytes.remove_prefix(size);
    while (const auto line = lines.next()) {
      out.emplace_back(*line);
    }
  }
}

}  // namespace

TEST_CASE("lines: a stream is cut at its line breaks, what follows the last one is the rest") {
  Lines lines(100, Lines::TooLong::refuse);
  std::vector<std::string> out;

  feed(lines, "one\ntwo\r\n\nthr", out);
  feed(lines, "ee\nfour", out);

  CHECK(out == std::vector<std::string>{"one", "two", "", "three"});
  CHECK(lines.rest() == "four");
  CHECK_FALSE(lines.overflowed());
}

TEST_CASE("lines: a line of the longest length passes, one byte more is refused") {
  Lines fits(4, Lines::TooLong::refuse);
  Lines too_long(4, Lines::TooLong::refuse);
  Lines endless(4, Lines::TooLong::refuse);
  std::vector<std::string> out;

  feed(fits, "abcd\n", out);
  CHECK(out == std::vector<std::string>{"abcd"});
  feed(too_long, "abcde\nx\n", out);
  CHECK(too_long.overflowed());
  feed(endless, "abcdefghijkl", out);
  CHECK(endless.overflowed());
  CHECK(out.size() == 1);
}

TEST_CASE("lines: cut, a long line gives its head and the next one is whole") {
  Lines lines(4, Lines::TooLong::cut);
  std::vector<std::string> out;

  feed(lines, "abcdefgh", out);
  feed(lines, "ijkl\nok\nabcd\nabcde\n", out);

  CHECK(out == std::vector<std::string>{"abcd", "ok", "abcd", "abcd"});
  CHECK(lines.rest().empty());
}

TEST_CASE("lines: however the stream comes in pieces, the lines are the same") {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> written;
    std::string stream;
    for (auto i = random() % 30; i > 0; --i) {
      written.emplace_back(
          random() % 3 == 0 ? random() % 200'000 : random() % 20, static_cast<char>('a' + i % 26)
      );
      stream += written.back() + "\n";
    }
    Lines lines(1 << 20, Lines::TooLong::refuse);
    std::vector<std::string> out;
    for (std::string_view left = stream; !left.empty();) {
      const std::size_t size =
          std::min<std::size_t>(left.size(), 1 + random() % (random() % 2 == 0 ? 7 : 90'000));
      feed(lines, left.substr(0, size), out);
      left.remove_prefix(size);
    }
    CAPTURE(round);
    CHECK((out == written));
  }
}
