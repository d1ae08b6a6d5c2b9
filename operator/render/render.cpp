// SPDX-License-Identifier: Apache-2.0
#include "operator/render/render.hpp"

#include "core/text/encoding.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

std::string hash(const std::string& text) {
  constexpr std::size_t digits = 16;
  return text::sha256_hex(text).substr(0, digits);
}

}  // namespace

std::string url_of(const api::ObjectKey& server) {
  const std::string& space = server.namespace_;
  return "http://" + server.name + "." + (space.empty() ? "default" : space) +
         ".svc:" + std::to_string(endpoint_port) + "/mcp";
}

// In the order of api::possible_children.
Desired desired(const api::McpServer& server, const RenderContext& context) {
  const std::string settings = settings_document(server);
  Desired all;
  all.image = server.spec.image.empty() ? context.server_image : server.spec.image;
  all.url = url_of(server.key);
  all.selector = selector_text(server);
  all.settings_hash = hash(settings);
  all.objects.push_back(secret(server, context.key_ring));
  all.objects.push_back(config_map(server, settings));
  if (server.spec.pod.service_account.empty()) {
    all.objects.push_back(service_account(server));
  }
  all.objects.push_back(service(server));
  all.objects.push_back(peers_service(server));
  if (server.spec.network_policy.is_restricted) {
    all.objects.push_back(network_policy(server, context.operator_namespace));
  }
  all.objects.push_back(deployment(server, all.image, all.settings_hash));
  if (server.spec.replicas > 1) {
    all.objects.push_back(pod_disruption_budget(server));
  }
  return all;
}

}  // namespace mooring::render
