// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/hop/replica.hpp"
#include "server/hop/route.hpp"
#include "server/seal/seal.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace mooring::hop {

using Time = std::chrono::sys_seconds;

/// The header by which one replica knows the request of another: sealed, for one destination and a
/// short time.
inline constexpr std::string_view ticket_header = "Mooring-Hop";

/// Long enough for clocks that differ.
inline constexpr std::chrono::seconds ticket_life{30};

/// The status of a reply to a good ticket at the wrong place: another process, or one that does not
/// have what is asked for.
inline constexpr int misdirected = 421;

struct Ticket {
  Replica to;  ///< that very process, or, without an instance, whichever runs at that address
  Arrival arrival = Arrival::passed_on;
};

Result<std::string> seal(
    const Ticket& ticket, Time now, const seal::Ring& ring, const seal::Nonce& nonce
);

enum class Refused {
  elsewhere,  ///< a good ticket, but not to this process
  forged,     ///< not ours, tampered with or too old
};

/// How a request has come that brings this ticket.
tl::expected<Arrival, Refused> admit(
    std::string_view ticket, const Replica& self, Time now, const seal::Ring& ring
);

}  // namespace mooring::hop
