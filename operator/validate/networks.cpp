// SPDX-License-Identifier: Apache-2.0
#include "operator/validate/networks.hpp"

#include "core/text/ascii.hpp"

#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <optional>

namespace mooring::validate {
namespace {

using nlohmann::json;

struct Network {
  int family = AF_INET;
  std::array<unsigned char, 16> address{};
  unsigned prefix = 0;
};

bool bit(const Network& network, unsigned number) {
  return (network.address[number / 8] >> (7 - number % 8) & 1U) != 0;
}

// RFC 4632 section 3.1, RFC 4291 section 2.3.
std::optional<Network> parse(const std::string& text) {
  const auto slash = text.find('/');
  if (slash == std::string::npos) {
    return std::nullopt;
  }
  Network network;
  const std::string address = text.substr(0, slash);
  network.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  const unsigned bits = network.family == AF_INET ? 32 : 128;
  const char* last = text.data() + text.size();
  const auto [end, error] = std::from_chars(text.data() + slash + 1, last, network.prefix);
  const bool is_one = error == std::errc{} && end == last && network.prefix <= bits &&
                      inet_pton(network.family, address.c_str(), network.address.data()) == 1;
  return is_one ? std::optional(network) : std::nullopt;
}

bool has_spare_bits(const Network& network) {
  const unsigned bits = network.family == AF_INET ? 32 : 128;
  for (unsigned number = network.prefix; number < bits; ++number) {
    if (bit(network, number)) {
      return true;
    }
  }
  return false;
}

bool is_part(const Network& part, const Network& whole) {
  if (part.family != whole.family || part.prefix <= whole.prefix) {
    return false;
  }
  for (unsigned number = 0; number < whole.prefix; ++number) {
    if (bit(part, number) != bit(whole, number)) {
      return false;
    }
  }
  return true;
}

std::optional<Network> check(
    const json& value, const std::string& path, std::vector<FieldError>& errors
) {
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  const auto network = parse(text);
  if (network && !has_spare_bits(*network)) {
    return network;
  }
  errors.push_back(
      {path,
       "is " + text::quoted(text) + ", must be a network such as 10.0.0.0/8 or fd00::/8" +
           (network ? ", without bits beyond its prefix" : "")}
  );
  return std::nullopt;
}

void check_peers(const json& peers, const std::string& path, std::vector<FieldError>& errors) {
  std::size_t number = 0;
  for (const json& peer : peers) {
    const std::string at = path + "[" + std::to_string(number++) + "].ipBlock";
    const json& block = api::value_at(peer, {"ipBlock"});
    if (!block.is_object()) {
      continue;
    }
    const auto whole = check(api::value_at(block, {"cidr"}), at + ".cidr", errors);
    std::size_t count = 0;
    for (const json& except : api::value_at(block, {"except"})) {
      const std::string place = at + ".except[" + std::to_string(count++) + "]";
      const auto part = check(except, place, errors);
      if (whole && part && !is_part(*part, *whole)) {
        errors.push_back(
            {place, "is " + except.dump() + ", must be a part of " + block["cidr"].dump()}
        );
      }
    }
  }
}

}  // namespace

void networks_are_wrong(const api::McpServer& server, std::vector<FieldError>& errors) {
  const api::NetworkPolicy& policy = server.spec.network_policy;
  const std::string path = "spec.networkPolicy.";
  check_peers(policy.from, path + "from", errors);
  check_peers(policy.metrics_from, path + "metricsFrom", errors);
  std::size_t number = 0;
  for (const json& rule : policy.egress) {
    const std::string at = path + "egress[" + std::to_string(number++) + "].to";
    check_peers(api::value_at(rule, {"to"}), at, errors);
  }
}

}  // namespace mooring::validate
