// SPDX-License-Identifier: Apache-2.0
#include "server/hop/route.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using hop::Arrival;

namespace {

const hop::Replica here{"10.0.0.7", 3232, 1};
const hop::Replica there{"10.0.0.8", 3232, 2};
const std::string own = hop::encode(here);
const std::string other = hop::encode(there);

}  // namespace

TEST_CASE("route: what is of another replica is passed on to it, if it came from a client") {
  CHECK(hop::other_owner(other, own, Arrival::from_client) == there);
}

TEST_CASE("route: there is no second hop") {
  CHECK_FALSE(hop::other_owner(other, own, Arrival::passed_on));
  CHECK_FALSE(hop::other_owner(other, own, Arrival::told));
  CHECK_FALSE(hop::is_to_be_told(own, Arrival::passed_on));
  CHECK_FALSE(hop::is_to_be_told(own, Arrival::told));
}

TEST_CASE("route: what is one's own, nobody's or of nonsense is handled where it arrives") {
  CHECK_FALSE(hop::other_owner(own, own, Arrival::from_client));
  CHECK_FALSE(hop::other_owner("", own, Arrival::from_client));
  CHECK_FALSE(hop::other_owner("nonsense", own, Arrival::from_client));
}

TEST_CASE("route: who has no peers passes on and tells nothing") {
  CHECK_FALSE(hop::other_owner(other, "", Arrival::from_client));
  CHECK_FALSE(hop::is_to_be_told("", Arrival::from_client));
  CHECK(hop::is_to_be_told(own, Arrival::from_client));
}

TEST_CASE("route: the process that ran at this address before is another one") {
  const std::string before = hop::encode({"10.0.0.7", 3232, 9});

  CHECK(hop::other_owner(before, own, Arrival::from_client));
}
