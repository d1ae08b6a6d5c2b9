// SPDX-License-Identifier: Apache-2.0
#include "server/seal/holder.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

seal::Ring ring_of(const std::string& id) {
  return *seal::Ring::of(id, std::string(32, 'a'));
}

}  // namespace

TEST_CASE("holder: another ring is in force from then on, the one before can still be read") {
  seal::Holder holder(ring_of("old"));
  const seal::Ring& before = holder.ring();

  CHECK(holder.replace(ring_of("new")));

  CHECK(holder.ring().sealing().id == "new");
  CHECK(before.sealing().id == "old");
}

TEST_CASE("holder: the same ring is no change, and one that comes back is kept once") {
  seal::Holder holder(ring_of("old"));
  const seal::Ring* first = &holder.ring();

  CHECK_FALSE(holder.replace(ring_of("old")));
  CHECK(holder.replace(ring_of("new")));
  CHECK(holder.replace(ring_of("old")));

  CHECK(&holder.ring() == first);
}
