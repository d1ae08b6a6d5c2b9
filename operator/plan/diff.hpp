// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace mooring::plan {

/// The first place where applying `desired` would change `live`, or nothing. Looked at are the
/// fields of `desired` and those which live.metadata.managedFields says `manager` applied; what
/// others own is theirs. Needs no schema: the managed fields tell how each list is keyed.
std::optional<std::string> difference(
    const api::Object& live, const api::Object& desired, std::string_view manager
);

/// What live.metadata.managedFields says `manager` applied (fieldsV1); nullptr: nothing.
const nlohmann::json* owned_fields(const api::Object& live, std::string_view manager);

}  // namespace mooring::plan
