// SPDX-License-Identifier: Apache-2.0
#include "server/hop/ticket.hpp"

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
  const auto expires = static_cast<std::uint64_t>((now + ticket_life).time_since_epoch().count());
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(expires >> shift & 0xFF);
  }
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
  std::uint64_t expires = 0;
  for (const char c : bytes.substr(0, time_size)) {
    expires = expires << 8 | static_cast<unsigned char>(c);
  }
  const auto arrival = static_cast<unsigned char>(bytes[time_size]);
  const auto to = decode(bytes.substr(time_size + 1));
  if (!to || !is_arrival(arrival) ||
      Time(std::chrono::seconds(static_cast<std::int64_t>(expires))) <= now) {
    return tl::unexpected(Refused::forged);
  }
  if (!is_at(self, *to)) {
    return tl::unexpected(Refused::elsewhere);
  }
  return static_cast<Arrival>(arrival);
}

}  // namespace mooring::hop
