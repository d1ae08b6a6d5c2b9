// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"

#include <string>
#include <vector>

/// McpServer -> every object it becomes. Total and deterministic: same arguments, same bytes.
namespace mooring::render {

/// What is needed beside the resource.
struct RenderContext {
  std::string server_image;  ///< the endpoint image where the resource names none
  std::string key_ring;      ///< the ring in force (`key_ring_of`), or a fresh one (`key_ring`)
  /// Where the operator runs; empty: outside the cluster.
  std::string operator_namespace = "mooring-system";
  /// Also what is made only where its kind is installed. False where nobody can tell whether it is.
  bool with_automatic = true;
};

struct Desired {
  std::vector<api::Object> objects;  ///< in the order in which they are applied
  std::string image;                 ///< the endpoint image in force
  std::string url;                   ///< where clients reach it: from outside, where it is exposed
  std::string selector;              ///< label selector of the pods
  std::string settings_hash;         ///< of the pods that run these settings

  bool operator==(const Desired&) const = default;
};

Desired desired(const api::McpServer& server, const RenderContext& context);

/// Where clients in the cluster reach it.
std::string url_of(const api::McpServer& server);

/// The ring in a key Secret as read; empty if there is none in it that can be used.
std::string key_ring_of(const api::Object& secret);
/// A ring of one new key; `random` is 32 bytes from a cryptographic source.
std::string key_ring(std::string_view random);

}  // namespace mooring::render
