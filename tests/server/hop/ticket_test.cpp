// SPDX-License-Identifier: Apache-2.0
#include "server/hop/ticket.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using hop::Arrival;
using hop::Refused;

namespace {

const seal::Ring ring = *seal::Ring::of("k1", std::string(32, 'a'));
constexpr seal::Nonce nonce = {};
constexpr hop::Time noon = hop::Time(1'800'000'000s);
const hop::Replica self{"10.0.0.7", 3232, 42};

std::string ticket_to(const hop::Replica& to, Arrival arrival = Arrival::passed_on) {
  return *hop::seal({to, arrival}, noon, ring, nonce);
}

Refused refused(std::string_view ticket, const hop::Replica& at = self, hop::Time now = noon) {
  const auto admitted = hop::admit(ticket, at, now, ring);
  REQUIRE_FALSE(admitted);
  return admitted.error();
}

}  // namespace

TEST_CASE("ticket: at its destination it says how the request has come") {
  for (const Arrival arrival : {Arrival::passed_on, Arrival::passed_on_whole, Arrival::told}) {
    CHECK(hop::admit(ticket_to(self, arrival), self, noon, ring) == arrival);
  }
}

TEST_CASE("ticket: to an address it is good for whichever process runs there") {
  const std::string ticket = ticket_to({"10.0.0.7", 3232, 0}, Arrival::told);

  CHECK(hop::admit(ticket, self, noon, ring) == Arrival::told);
  CHECK(refused(ticket, {"10.0.0.8", 3232, 42}) == Refused::elsewhere);
}

TEST_CASE("ticket: it is good for half a minute") {
  CHECK(hop::admit(ticket_to(self), self, noon + 29s, ring) == Arrival::passed_on);
  CHECK(refused(ticket_to(self), self, noon + 30s) == Refused::forged);
}

TEST_CASE("ticket: for one process it opens no other, nor the next one at that address") {
  const std::string ticket = ticket_to(self);

  CHECK(refused(ticket, {"10.0.0.7", 3232, 43}) == Refused::elsewhere);
  CHECK(refused(ticket, {"10.0.0.8", 3232, 42}) == Refused::elsewhere);
  CHECK(refused(ticket, {"10.0.0.7", 3233, 42}) == Refused::elsewhere);
}

TEST_CASE("ticket: what was tampered with, made up, or sealed for something else is forged") {
  const std::string ticket = ticket_to(self);
  const seal::Ring other = *seal::Ring::of("k1", std::string(32, 'b'));

  for (std::size_t i = 0; i < ticket.size(); ++i) {
    CAPTURE(i);
    std::string changed = ticket;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    CHECK(refused(changed) == Refused::forged);
  }
  CHECK(refused("") == Refused::forged);
  CHECK(refused("x") == Refused::forged);
  CHECK(refused(*hop::seal({self}, noon, other, nonce)) == Refused::forged);
  const std::string bytes = *seal::open(ring, "hop", ticket);
  CHECK(refused(*seal::seal(ring, "session", bytes, nonce)) == Refused::forged);
  CHECK(refused(*seal::seal(ring, "hop", bytes.substr(0, 8), nonce)) == Refused::forged);
  CHECK(refused(*seal::seal(ring, "hop", bytes + "x", nonce)) == Refused::forged);
}

TEST_CASE("ticket: none makes a request one of a client's") {
  CHECK(refused(ticket_to(self, Arrival::from_client)) == Refused::forged);
}
