// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object_key.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::api {

inline constexpr std::string_view group = "mooring.dev";
inline constexpr std::string_view api_version = "mooring.dev/v1alpha1";
inline constexpr std::string_view server_kind = "McpServer";
inline constexpr std::string_view field_manager = "mcp-operator";
inline constexpr std::string_view status_field_manager = "mcp-operator-status";
inline constexpr std::string_view managed_by_selector = "app.kubernetes.io/managed-by=mooring";

/// A kind that we read or write. All of them are namespaced.
struct Kind {
  std::string_view kind;
  std::string_view api_version;
  std::string_view plural;
  std::string_view path_prefix;  ///< `/api/v1` or `/apis/<group>/<version>`
  bool is_optional = false;      ///< of an extension, which a cluster may have or not
};

std::span<const Kind> kinds();

/// nullptr if it is none of ours.
const Kind* find_kind(std::string_view kind);

/// `/apis/apps/v1/namespaces/tools/deployments`; without a namespace, the path across all.
std::string collection_path(const Kind& kind, std::string_view namespace_);
/// `/apis/apps/v1/namespaces/tools/deployments/weather`
std::string object_path(const Kind& kind, std::string_view namespace_, std::string_view name);

/// What a child of the McpServer `name` is called.
std::string settings_name(std::string_view name);
std::string keys_name(std::string_view name);
std::string peers_name(std::string_view name);

/// Every child that an McpServer can have, in the order they are applied, whether it has them now
/// or not. An object that stands under one of these names without being ours is a name conflict.
std::vector<ObjectRef> possible_children(const ObjectKey& server);

}  // namespace mooring::api
