// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/kinds.hpp"
#include "operator/api/object_key.hpp"

#include <chrono>
#include <string>
#include <string_view>

/// What is asked of the API server, as paths with queries. Pure.
namespace mooring::kube {

/// The objects of a kind that a list or a watch is about.
struct Scope {
  std::string kind;
  std::string namespace_;           ///< empty: all
  std::string label_selector;       ///< empty: all
  std::string field_selector = {};  ///< empty: all

  bool operator==(const Scope&) const = default;
};

/// The McpServers of the operator of this name; of the empty one, those that name none.
Scope servers_of(const std::string& controller_name, std::string namespace_);

struct ListQuery {
  std::string resource_version;
  std::string continue_token;
  int limit = 0;  ///< 0: no limit
};

struct WatchQuery {
  std::string resource_version;
  bool initial_events = false;
  std::chrono::seconds timeout{290};  ///< after which the server ends the stream
};

std::string list_path(const Scope& scope, const ListQuery& query);
std::string watch_path(const Scope& scope, const WatchQuery& query);
std::string object_path(const api::ObjectRef& ref);
/// Server-side apply, taking over fields that others hold; `subresource` is empty or `/status`.
std::string apply_path(
    const api::ObjectRef& ref, std::string_view subresource, std::string_view manager
);
/// A JSON merge patch that is only tried: what it would give is answered, and nothing is kept.
std::string merge_dry_run_path(const api::ObjectRef& ref, std::string_view manager);
std::string create_path(const api::ObjectRef& ref, std::string_view manager);

/// For messages and for those who grant permissions: `deployments.apps`, and `list deployments.apps
/// in all namespaces`.
std::string resource_name(std::string_view kind);
std::string describe(std::string_view verb, const Scope& scope);
std::string describe(std::string_view verb, const api::ObjectRef& ref);

}  // namespace mooring::kube
