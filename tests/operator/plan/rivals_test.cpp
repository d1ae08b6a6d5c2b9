// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/rivals.hpp"

#include <doctest/doctest.h>

namespace mooring::plan {
namespace {

const api::Place place{"Ingress", "a.com"};
const api::ObjectKey old{"tools", "old"};
const api::ObjectKey mid{"tools", "mid"};
const api::ObjectKey young{"tools", "young"};

Observed wanted_by(std::initializer_list<api::Holder> holders) {
  Observed observed;
  for (const api::Holder& holder : holders) {
    add(observed.claims[place], holder);
  }
  return observed;
}

/// Who goes before it; empty: nobody.
std::string before(const api::ObjectKey& self, const Observed& observed) {
  const auto lost = lost_places(observed, self);
  return lost.empty() ? "" : lost.at(place).server.name;
}

TEST_CASE("rivals: where nobody has the place, the oldest gets it") {
  const auto observed = wanted_by(
      {{young, false, "2026-01-03T00:00:00Z"},
       {old, false, "2026-01-01T00:00:00Z"},
       {mid, false, "2026-01-02T00:00:00Z"}}
  );
  CHECK(before(old, observed).empty());
  CHECK(before(mid, observed) == "old");
  CHECK(before(young, observed) == "old");
  CHECK(taken_places(observed, mid) == std::set<std::string>{"a.com"});
}

TEST_CASE("rivals: who has the place keeps it, and all others are told of that one") {
  const auto observed = wanted_by(
      {{young, false, "2026-01-03T00:00:00Z"},
       {old, false, "2026-01-01T00:00:00Z"},
       {mid, false, "2026-01-02T00:00:00Z"},
       {young, true, "2026-01-04T00:00:00Z"}}
  );
  CHECK(before(old, observed) == "young");
  CHECK(before(mid, observed) == "young");
  CHECK(before(young, observed).empty());
}

TEST_CASE("rivals: of several that took the place at once the one that was first keeps it") {
  const auto observed = wanted_by(
      {{young, false, "2026-01-03T00:00:00Z"},
       {old, false, "2026-01-01T00:00:00Z"},
       {young, true, "2026-01-04T00:00:00Z"},
       {old, true, "2026-01-05T00:00:00Z"}}
  );
  CHECK(before(old, observed) == "young");
  CHECK(before(young, observed).empty());
}

TEST_CASE("rivals: who still has what its spec no longer wants goes before") {
  const auto observed =
      wanted_by({{old, false, "2026-01-01T00:00:00Z"}, {young, true, "2026-01-04T00:00:00Z"}});
  CHECK(before(old, observed) == "young");
}

TEST_CASE("rivals: two of one second are told apart, the same by both") {
  const auto observed =
      wanted_by({{young, false, "2026-01-01T00:00:00Z"}, {old, false, "2026-01-01T00:00:00Z"}});
  CHECK(before(old, observed).empty());
  CHECK(before(young, observed) == "old");
}

TEST_CASE("rivals: alone, nothing is lost") {
  CHECK(before(old, wanted_by({{old, false, "2026-01-01T00:00:00Z"}})).empty());
  CHECK(lost_places(Observed{}, old).empty());
}

}  // namespace
}  // namespace mooring::plan
