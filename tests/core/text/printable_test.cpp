// SPDX-License-Identifier: Apache-2.0
#include "core/text/printable.hpp"

#include <doctest/doctest.h>

using mooring::text::printable;

TEST_CASE("printable: text is itself, in every script") {
  for (const char* text : {"", "a b\\c \"d\"", "ä€ 日本 🚢", "\xc2\xa0"}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("printable: what a terminal obeys, and what is not UTF-8, is shown as numbers") {
  CHECK(printable("\x1b]0;x\x07") == "\\x1b]0;x\\x07");
  CHECK(printable("a\nb\tc\rd\x7f") == "a\\x0ab\\x09c\\x0dd\\x7f");
  CHECK(
      printable("\xc2\x9b"
                "2J \xc2\x80") == "\\xc2\\x9b2J \\xc2\\x80"
  );
  CHECK(printable("\x9b \xc2 \xff") == "\\x9b \\xc2 \\xff");
}
