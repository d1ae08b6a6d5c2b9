// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/rivals.hpp"

#include <algorithm>
#include <tuple>

namespace mooring::plan {
namespace {

// Times are of whole seconds: the key tells apart.
auto seniority(const Claim& claim) {
  const bool has_it = claim.held_since.has_value();
  return std::tuple(!has_it, claim.held_since, claim.wanted_since, claim.server);
}

}  // namespace

void add(Claims& claims, const api::Holder& holder) {
  Claim& claim = claims[holder.server];
  claim.server = holder.server;
  (holder.has_it ? claim.held_since : claim.wanted_since) = holder.since;
}

std::map<api::Place, Claim> lost_places(const Observed& observed, const api::ObjectKey& self) {
  std::map<api::Place, Claim> lost;
  for (const auto& [place, claims] : observed.claims) {
    const auto winner =
        std::min_element(claims.begin(), claims.end(), [](const auto& a, const auto& b) {
          return seniority(a.second) < seniority(b.second);
        });
    if (winner != claims.end() && winner->first != self) {
      lost.emplace(place, winner->second);
    }
  }
  return lost;
}

std::set<std::string> taken_places(const Observed& observed, const api::ObjectKey& self) {
  std::set<std::string> taken;
  for (const auto& [place, claim] : lost_places(observed, self)) {
    taken.insert(place.text);
  }
  return taken;
}

}  // namespace mooring::plan
