// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <string_view>

/// What the objects have in common.
namespace mooring::render {

inline constexpr int endpoint_port = 3232;
inline constexpr int admin_port = 9090;
/// Clients that one replica serves at a time.
inline constexpr int max_connections = 10'000;
inline constexpr std::string_view settings_directory = "/etc/mooring/settings";
inline constexpr std::string_view settings_file = "settings.json";
inline constexpr std::string_view keys_directory = "/etc/mooring/keys";
inline constexpr std::string_view program_directory = "/mooring";
/// Of a pod, see `mcp_calls_in_flight` in server/pipeline.
inline constexpr std::string_view in_flight_metric = "mcp_calls_in_flight";
inline constexpr std::string_view settings_hash_annotation = "mooring.dev/settings-hash";

nlohmann::json labels(const api::McpServer& server);
/// What never changes, so that it can stand in a Deployment's selector.
nlohmann::json selector_labels(const api::McpServer& server);
/// The same as a string: `a=b,c=d`.
std::string selector_text(const api::McpServer& server);

/// The label of its series that tells a server from the others of its namespace.
inline constexpr std::string_view server_series_label = "mcp_server";

/// apiVersion, kind and metadata with labels and the owner reference (none while the resource has
/// no uid: then it is not in a cluster).
nlohmann::json head(const api::McpServer& server, std::string_view kind, const std::string& name);

/// Where the endpoint reaches the bridge of a backend. The folder is a volume of its own, that the
/// backend alone shares with the endpoint: no backend sees another's socket.
std::string run_directory(const std::string& backend);
std::string socket_path(const std::string& backend);
std::string run_volume(const std::string& backend);

/// How long an endpoint that ends waits for the calls it has begun: as long as one of a stdio
/// backend may take, within bounds.
std::chrono::seconds drain_of(const api::McpServer& server);

bool has_stdio_backend(const api::McpServer& server);

}  // namespace mooring::render
