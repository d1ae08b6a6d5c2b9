// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"

#include <string>
#include <vector>

namespace mooring::api {

/// Where an Ingress or an HTTPRoute leads clients to an endpoint. Two McpServers cannot have one
/// place: whoever serves it would answer by either.
struct Place {
  std::string kind;  ///< of the child that takes it
  std::string text;  ///< for people, and the same for the same place only

  auto operator<=>(const Place&) const = default;
};

/// Those that an McpServer wants by its spec, or that an Ingress or HTTPRoute of ours has; of any
/// other object none. What is not as it should be is passed over.
std::vector<Place> places(const Object& object);

}  // namespace mooring::api
