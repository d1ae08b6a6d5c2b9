// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"
#include "operator/keys/kept.hpp"

#include <set>
#include <string>
#include <vector>

/// McpServer -> every object it becomes. Total and deterministic: same arguments, same bytes.
namespace mooring::render {

/// On the pods: another value replaces them.
inline constexpr const char* secrets_hash_annotation = "mooring.dev/secrets-hash";

/// What is needed beside the resource.
struct RenderContext {
  std::string server_image;  ///< the endpoint image where the resource names none
  keys::Kept keys = {};
  /// Where the operator runs; empty: outside the cluster.
  std::string operator_namespace = "mooring-system";
  /// Also what is made only where its kind is installed. False where nobody can tell whether it is.
  bool with_automatic = true;
  /// Of the values that the pods take from Secrets: their variables do not follow these.
  std::string secrets_hash = {};
  /// Texts of the places (api::Place) that others have: the server is not led to by these.
  std::set<std::string> taken = {};
};

struct Desired {
  std::vector<api::Object> objects;  ///< in the order in which they are applied
  std::string image;                 ///< the endpoint image in force
  std::string url;                   ///< where clients reach it: from outside, where it is exposed
  std::string selector;              ///< label selector of the pods
  std::string settings_hash;         ///< of the pods that run these settings
  std::string secrets_hash;  ///< of those with these values of Secrets; empty: they take none

  bool operator==(const Desired&) const = default;
};

Desired desired(const api::McpServer& server, const RenderContext& context);

/// Where clients in the cluster reach it.
std::string url_of(const api::McpServer& server);

}  // namespace mooring::render
