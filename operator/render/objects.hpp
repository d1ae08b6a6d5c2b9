// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"
#include "operator/keys/kept.hpp"

#include <string>

/// One function a kind; each returns the whole intent for one object.
namespace mooring::render {

/// What the pods read at their start and never again.
struct PodHashes {
  std::string settings;
  std::string secrets;  ///< empty: they take nothing from Secrets
};

api::Object secret(const api::McpServer& server, const keys::Kept& kept);
api::Object config_map(const api::McpServer& server, const std::string& settings);
api::Object service_account(const api::McpServer& server);
api::Object service(const api::McpServer& server);
api::Object peers_service(const api::McpServer& server);
/// Its pods roll when settings or values of Secrets change; the keys they read again. Its replicas
/// are the fewest, where an autoscaler chooses: see plan/scaling.hpp.
api::Object deployment(
    const api::McpServer& server, const std::string& image, const PodHashes& hashes
);
api::Object horizontal_pod_autoscaler(const api::McpServer& server, const api::Autoscaling& wanted);
api::Object pod_disruption_budget(const api::McpServer& server);
api::Object ingress(const api::McpServer& server, const api::Ingress& ingress);
api::Object http_route(const api::McpServer& server, const api::Gateway& gateway);
api::Object pod_monitor(const api::McpServer& server);
api::Object prometheus_rule(const api::McpServer& server);

/// The operator's own requests come from pods in `operator_namespace`; empty: from nowhere inside.
api::Object network_policy(const api::McpServer& server, const std::string& operator_namespace);

/// The containers of the pod.
nlohmann::json endpoint_container(const api::McpServer& server, const std::string& image);
nlohmann::json install_container(const std::string& image);
nlohmann::json backend_container(const api::Backend& backend);

/// Where the pods run and as whom.
void add_placement(nlohmann::json& pod_spec, const api::McpServer& server);

/// The settings document of the endpoint's pods, as text.
std::string settings_document(const api::McpServer& server);

}  // namespace mooring::render
