// SPDX-License-Identifier: Apache-2.0
#include "core/text/suggest.hpp"

#include <doctest/doctest.h>

using namespace mooring;

TEST_CASE("suggest: the nearest candidate, if it is near enough") {
  const std::vector<std::string> known{"listen", "logging", "backends", "port"};

  CHECK(text::suggest("lissen", known) == "listen");
  CHECK(text::suggest("backend", known) == "backends");
  CHECK(text::suggest("PORT", known) == "port");
  CHECK(text::suggest("prot", known) == "port");
  CHECK(text::suggest("zebra", known) == std::nullopt);
}

TEST_CASE("suggest: a word that shares nothing with a candidate suggests nothing") {
  CHECK(text::suggest("x", {"n"}) == std::nullopt);
  CHECK(text::suggest("", {"a"}) == std::nullopt);
  CHECK(text::suggest("N", {"n"}) == "n");
}

TEST_CASE("suggest: an absurdly long word costs nothing") {
  CHECK(text::suggest(std::string(1 << 20, 'a'), {"a"}) == std::nullopt);
}
