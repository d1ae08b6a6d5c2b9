// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/place.hpp"
#include "operator/plan/observed.hpp"

#include <map>
#include <set>
#include <string>

/// Who of several McpServers has a place (api::Place) that they want.
namespace mooring::plan {

/// What one object says of a place goes into what is known of it.
void add(Claims& claims, const api::Holder& holder);

/// Who goes before this server. Who has a place keeps it; where several
/// have it, for they took it at once, or none, it goes by age.
std::map<api::Place, Claim> lost_places(const Observed& observed, const api::ObjectKey& self);

/// The texts of these places.
std::set<std::string> taken_places(const Observed& observed, const api::ObjectKey& self);

}  // namespace mooring::plan
