// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/exposure.hpp"
#include "operator/api/object.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

/// Where an Ingress or an HTTPRoute leads clients to an endpoint. Two McpServers cannot have one
/// place: whoever serves it would answer by either.
namespace mooring::api {

/// Host and path of an IngressClass, or of a parent of a route as it is named: a Gateway and one of
/// its listeners are two.
struct Place {
  std::string kind;  ///< of the child that takes it
  std::string text;  ///< for people, and what tells places apart

  auto operator<=>(const Place&) const = default;
};

/// Those that an McpServer wants by its spec, or that an Ingress or HTTPRoute of ours has; of any
/// other object none. What is not as it should be is passed over.
std::vector<Place> places(const Object& object);

/// What is left of these without the places (their texts) that others have: of a route the other
/// hosts.
std::optional<Ingress> without(Ingress ingress, const std::set<std::string>& taken);
std::optional<Gateway> without(
    Gateway gateway, const std::set<std::string>& taken, const std::string& own_namespace
);

/// Whom an object with places speaks for.
struct Holder {
  ObjectKey server;
  bool has_it = false;  ///< by a child; else its spec wants it
  std::string since;    ///< creation of the object, RFC 3339
};

/// Nothing for what is being deleted without a child, or is no McpServer's.
std::optional<Holder> holder(const Object& object);

}  // namespace mooring::api
