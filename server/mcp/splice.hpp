// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/rpc/value.hpp"

#include <string>
#include <string_view>

namespace mooring::mcp {

/// Appends `"name":raw` to an object that has been opened.
void append_member(std::string& out, std::string_view name, std::string_view raw);

/// Appends the members of a `_meta` that are not about the hop it came over: trace context and the
/// like.
void append_lasting_meta(std::string& out, rpc::Value meta);

}  // namespace mooring::mcp
