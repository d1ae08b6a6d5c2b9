// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"

#include "tests/support/random.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::string_literals;

TEST_CASE("ascii: case is folded for ASCII letters only") {
  CHECK(text::to_lower("Mcp-SESSION-Id") == "mcp-session-id");
  CHECK(text::to_lower("ÄÖ") == "ÄÖ");
  CHECK(text::iequals("Content-Type", "content-TYPE"));
  CHECK_FALSE(text::iequals("a", "ab"));
  CHECK_FALSE(text::iequals("[", "{"));
}

TEST_CASE("ascii: blanks are trimmed at both ends") {
  CHECK(text::trim(" \t a b \r\n") == "a b");
  CHECK(text::trim(" \t ") == "");
  CHECK(text::trim("") == "");
}

TEST_CASE("ascii: split keeps empty parts and join is its inverse") {
  CHECK(text::split("a,,b,", ',') == std::vector<std::string_view>{"a", "", "b", ""});
  CHECK(text::split("", ',') == std::vector<std::string_view>{""});
  CHECK(text::join({"a", "", "b", ""}, ",") == "a,,b,");
  CHECK(text::join({}, ",") == "");
}

TEST_CASE("ascii: a quoted text is short, on one line and UTF-8") {
  CHECK(text::quoted("plain") == "\"plain\"");
  CHECK(text::quoted("a\nb\x7f") == "\"a\\x0ab\\x7f\"");
  CHECK(text::quoted("abcdef", 3) == "\"abc…\"");
  CHECK(text::quoted("\xff\xfe") == "\"\\xff\\xfe\"");
  CHECK(text::quoted("grün", 3) == "\"gr…\"");
  CHECK(text::quoted("日本語", 7) == "\"日本…\"");
}

TEST_CASE("ascii: what is UTF-8 and what is not") {
  struct Case {
    std::string bytes;
    bool good;
  };

  const std::vector<Case> cases{
      {"", true},
      {"plain\0too"s, true},
      {"\xC2\x80", true},
      {"\xED\x9F\xBF", true},
      {"\xEE\x80\x80", true},
      {"\xF0\x90\x80\x80", true},
      {"\xF4\x8F\xBF\xBF", true},
      {"\x80", false},
      {"\xC0\xAF", false},          // overlong
      {"\xC1\xBF", false},          // overlong
      {"\xE0\x9F\xBF", false},      // overlong
      {"\xED\xA0\x80", false},      // surrogate
      {"\xF0\x8F\xBF\xBF", false},  // overlong
      {"\xF4\x90\x80\x80", false},  // above U+10FFFF
      {"\xF5\x80\x80\x80", false},
      {"\xE2\x82", false},  // cut
      {"\xE2\x28\xA1", false},
      {"\xC3", false}};
  for (const Case& one : cases) {
    CAPTURE(text::quoted(one.bytes));
    CHECK(text::is_utf8(one.bytes) == one.good);
  }
}

TEST_CASE("ascii: a cut splits no character") {
  CHECK(text::utf8_cut("abc", 5) == "abc");
  CHECK(text::utf8_cut("abc", 2) == "ab");
  CHECK(text::utf8_cut("aé", 2) == "a");
  CHECK(text::utf8_cut("😀x", 3) == "");
  CHECK(text::utf8_cut("😀x", 4) == "😀");
  CHECK(text::utf8_cut("\x80\x80\x80\x80\x80\x80", 5).size() == 5);
  CHECK(text::utf8_characters("a日😀") == 3);
}

TEST_CASE("ascii: quoted and cut give UTF-8 for any bytes and any limit") {
  tests::Random random(1);
  for (int i = 0; i < 5'000; ++i) {
    const std::string bytes = random.mutate("grün 日本語 😀 \n", {"\xC3", "\xF0\x9F", "é"});
    const std::size_t limit = random.below(bytes.size() + 2);
    CAPTURE(i);
    CHECK(text::is_utf8(text::quoted(bytes, limit)));
    if (text::is_utf8(bytes)) {
      CHECK(text::is_utf8(text::utf8_cut(bytes, limit)));
    }
  }
}

TEST_CASE("ascii: globs match whole values") {
  struct Case {
    const char *pattern, *value;
    bool matches;
  };

  for (const Case& one : std::vector<Case>{
           {"", "", true},
           {"*", "", true},
           {"*", "anything", true},
           {"a*c", "abbbc", true},
           {"a*c", "ac", true},
           {"a*c", "acb", false},
           {"a?c", "abc", true},
           {"a?c", "ac", false},
           {"*.example.com", "a.b.example.com", true},
           {"*.example.com", "example.com", false},
           {"*a*a*", "banana", true},
           {"files_*", "files", false},
           {"?", "*", true}}) {
    CAPTURE(one.pattern);
    CAPTURE(one.value);
    CHECK(text::glob_match(one.pattern, one.value) == one.matches);
  }
}

TEST_CASE("ascii: a glob of many stars is matched in bounded time") {
  const std::string value(2'000, 'a');

  CHECK_FALSE(text::glob_match("*a*a*a*a*a*a*a*a*a*a*a*b", value));
}
