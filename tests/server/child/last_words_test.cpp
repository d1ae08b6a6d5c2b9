// SPDX-License-Identifier: Apache-2.0
#include "server/child/last_words.hpp"

#include <doctest/doctest.h>

namespace mooring::child {
namespace {

TEST_CASE("last words: the error stands above its stack and the interpreter's version") {
  LastWords words;
  for (const char* line :
       {"node:internal/modules/cjs/loader:1228",
        "  throw err;",
        "",
        "Error: Cannot find module '/app/missing.mjs'",
        "    at Module._resolveFilename (node:internal/modules/cjs/loader:1225:15)",
        "  code: 'MODULE_NOT_FOUND',",
        "}",
        "",
        "Node.js v20.20.2"}) {
    words.add(line);
  }
  CHECK(words.most_telling() == "Error: Cannot find module '/app/missing.mjs'");
}

TEST_CASE("last words: without an error it is the last line that is not empty") {
  LastWords words;
  CHECK(words.most_telling().empty());
  words.add("connecting");
  words.add("no database");
  words.add("   ");
  CHECK(words.most_telling() == "no database");
}

TEST_CASE("last words: an error of long ago is not the reason of the end") {
  LastWords words;
  words.add("error: a request failed");
  for (int i = 0; i < 100; ++i) {
    words.add("a request went well");
  }
  words.add("out of memory");
  CHECK(words.most_telling() == "out of memory");
}

}  // namespace
}  // namespace mooring::child
