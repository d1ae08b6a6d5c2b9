// SPDX-License-Identifier: Apache-2.0
#include "server/hop/ticket.hpp"

#include "server/seal/fields.hpp"

// Sealed is
//   expires (8 bytes, big-endian seconds since 1970) | arrival (1) | destination, as encode()
//   writes it
namespace mooring::hop {
namespace {

constexpr std::string_view purpose = "hop";
constexpr std::size_t time_size = 8;

bool is_arrival(unsigned char byte) {
  return byte >= static_cast<unsigned char>(Arrival::passed_on) &&
         byte <= static_cast<unsigned char>(Arrival::told);
}

bool is_at(const Replica& self, const Replica& to) {
  return to.address == self.address && to.port == self.port &&
         (to.instance == 0 || to.instance == self.instance);
}

}  // namespace

Result<std::string> seal(
    const Ticket& ticket, Time now, const seal::Ring& ring, const seal::Nonce& nonce
) {
  std::string bytes;
  seal::append_time(bytes, now + ticket_life);
  bytes += static_cast<char>(ticket.arrival);
  return seal::seal(ring, purpose, bytes + encode(ticket.to), nonce);
}

tl::expected<Arrival, Refused> admit(
    std::string_view ticket, const Replica& self, Time now, const seal::Ring& ring
) {
  const auto opened = seal::open(ring, purpose, ticket);
  if (!opened || opened->size() <= time_size) {
    return tl::unexpected(Refused::forged);
  }
  const std::string_view bytes = *opened;
  const Time expires = seal::read_time(bytes.substr(0, time_size));
  const auto arrival = static_cast<unsigned char>(bytes[time_size]);
  const auto to = decode(bytes.substr(time_size + 1));
  if (!to || !is_arrival(arrival) || expires <= now) {
    return tl::unexpected(Refused::forged);
  }
  if (!is_at(self, *to)) {
    return tl::unexpected(Refused::elsewhere);
  }
  return static_cast<Arrival>(arrival);
}

}  // namespace mooring::hop
