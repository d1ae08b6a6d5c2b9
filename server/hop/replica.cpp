// SPDX-License-Identifier: Apache-2.0
#include "server/hop/replica.hpp"

#include "core/text/ascii.hpp"
#include "server/seal/fields.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>

// Encoded is
//   instance (8 bytes, big-endian) | port (2, big-endian) | address (4 or 16, in network order)
namespace mooring::hop {
namespace {

constexpr std::size_t fixed_size = 8 + 2;
constexpr std::size_t v4_size = 4;
constexpr std::size_t v6_size = 16;

// Empty if it is none.
std::string address_bytes(const std::string& text) {
  std::string bytes(v6_size, '\0');
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    bytes.resize(v4_size);
    return bytes;
  }
  return inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1 ? bytes : "";
}

std::string address_text(std::string_view bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = bytes.size() == v4_size ? AF_INET : AF_INET6;
  inet_ntop(family, bytes.data(), text.data(), text.size());
  return text.data();
}

struct HostPort {
  std::string host;
  std::optional<unsigned short> port;
};

// An IPv6 address stands in brackets where a port follows, may stand in them where none does.
std::optional<HostPort> split(std::string_view text) {
  HostPort found;
  std::string_view port;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) {
      return std::nullopt;
    }
    found.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
  } else {
    const auto colon = text.find(':');
    const bool has_port = colon != std::string_view::npos && colon == text.rfind(':');
    found.host = has_port ? text.substr(0, colon) : text;
    port = has_port ? text.substr(colon) : std::string_view();
  }
  if (port.empty()) {
    return found;
  }
  unsigned short number = 0;
  const auto [end, error] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
  if (!port.starts_with(':') || error != std::errc() || end != port.data() + port.size() ||
      number == 0) {
    return std::nullopt;
  }
  found.port = number;
  return found;
}

}  // namespace

std::string encode(const Replica& replica) {
  const std::string address = address_bytes(replica.address);
  if (address.empty()) {
    return "";
  }
  std::string bytes;
  seal::append_number(bytes, replica.instance);
  seal::append_number(bytes, replica.port, 2);
  return bytes + address;
}

std::optional<Replica> decode(std::string_view bytes) {
  if (bytes.size() != fixed_size + v4_size && bytes.size() != fixed_size + v6_size) {
    return std::nullopt;
  }
  return Replica{
      address_text(bytes.substr(fixed_size)),
      static_cast<unsigned short>(seal::read_number(bytes.substr(8, 2))),
      seal::read_number(bytes.substr(0, 8))};
}

Result<Replica> parse_advertised(std::string_view text, unsigned short default_port) {
  const auto parts = split(text);
  if (!parts || address_bytes(parts->host).empty()) {
    return fail(
        Errc::invalid,
        "--advertise is " + text::quoted(text) +
            ", must be the IP address at which the other replicas reach this one, with or without "
            "a port, e.g. 10.0.0.7, 10.0.0.7:3232 or [fd00::7]:3232"
    );
  }
  const unsigned short port = parts->port.value_or(default_port);
  if (port == 0) {
    return fail(
        Errc::invalid,
        "--advertise is " + text::quoted(text) +
            " without a port, which it needs where listen.port is 0; e.g. " + parts->host + ":3232"
    );
  }
  // As the codec writes it, so that one address has one text.
  return Replica{address_text(address_bytes(parts->host)), port, 0};
}

Result<std::vector<Peers>> parse_peers(std::string_view text) {
  std::vector<Peers> all;
  for (const std::string_view entry : text::split(text, ',')) {
    const auto parts = split(text::trim(entry));
    if (!parts || !parts->port || parts->host.empty()) {
      return fail(
          Errc::invalid,
          "--peers has " + text::quoted(entry) +
              ", must be HOST:PORT, several separated by commas, e.g. notes-peers:3232"
      );
    }
    all.push_back({parts->host, *parts->port});
  }
  return all;
}

}  // namespace mooring::hop
