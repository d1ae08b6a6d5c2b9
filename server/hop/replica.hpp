// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The replicas of one server, and what goes between them: whatever is of one replica is reached
/// from every other.
namespace mooring::hop {

/// One running process.
struct Replica {
  std::string address;  ///< IP address, as text
  unsigned short port = 0;
  std::uint64_t instance = 0;  ///< drawn at its start; 0: whichever runs at that address

  bool operator==(const Replica&) const = default;
};

/// 14 bytes, 26 with an IPv6 address. Empty if the address is none.
std::string encode(const Replica& replica);
std::optional<Replica> decode(std::string_view bytes);

/// Where others reach this process: `IP` or `IP:PORT`, an IPv6 address before a port in brackets.
/// Errors (invalid): neither, or no port at all (`default_port` 0).
Result<Replica> parse_advertised(std::string_view text, unsigned short default_port);

/// A name behind which peers are found, this process perhaps among them.
struct Peers {
  std::string host;  ///< a name or an IP address
  unsigned short port = 0;

  bool operator==(const Peers&) const = default;
};

/// `HOST:PORT`, several separated by commas.
Result<std::vector<Peers>> parse_peers(std::string_view text);

/// This process among its peers.
struct Place {
  Replica self;
  std::vector<Peers> peers;
};

}  // namespace mooring::hop
