// SPDX-License-Identifier: Apache-2.0
#include "operator/render/render.hpp"

#include "core/text/encoding.hpp"
#include "operator/api/place.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

#include <algorithm>

namespace mooring::render {
namespace {

std::string hash(const std::string& text) {
  constexpr std::size_t digits = 16;
  return text::sha256_hex(text).substr(0, digits);
}

/// The ways from outside that this server has.
struct Ways {
  std::optional<api::Ingress> ingress;
  std::optional<api::Gateway> gateway;
};

Ways ways(const api::McpServer& server, const std::set<std::string>& taken) {
  const auto& ingress = server.spec.ingress;
  const auto& gateway = server.spec.gateway;
  return {
      ingress ? api::without(*ingress, taken) : std::nullopt,
      gateway ? api::without(*gateway, taken, server.key.namespace_) : std::nullopt};
}

std::optional<std::string> outside_url(const Ways& ways) {
  if (const auto& ingress = ways.ingress) {
    return (ingress->tls ? "https://" : "http://") + ingress->host + ingress->path;
  }
  if (const auto& gateway = ways.gateway) {
    const auto host = std::find_if(
        gateway->hostnames.begin(),
        gateway->hostnames.end(),
        [](const std::string& name) { return !name.starts_with('*'); }
    );
    if (host != gateway->hostnames.end()) {
      return (gateway->parents[0].port == 80 ? "http://" : "https://") + *host + gateway->path;
    }
  }
  return std::nullopt;
}

void add_monitoring(
    const api::McpServer& server, const RenderContext& context, std::vector<api::Object>& objects
) {
  const auto is_made = [&](api::Wanted wanted) {
    return wanted == api::Wanted::always ||
           (wanted == api::Wanted::where_installed && context.with_automatic);
  };
  if (is_made(server.spec.monitoring.scrape)) {
    objects.push_back(pod_monitor(server));
  }
  if (is_made(server.spec.monitoring.alerts.rules)) {
    objects.push_back(prometheus_rule(server));
  }
}

}  // namespace

std::string url_of(const api::McpServer& server) {
  const std::string& space = server.key.namespace_;
  return "http://" + server.key.name + "." + (space.empty() ? "default" : space) +
         ".svc:" + std::to_string(endpoint_port) + api::endpoint_path(server.spec);
}

// In the order of api::possible_children.
Desired desired(const api::McpServer& server, const RenderContext& context) {
  const std::string settings = settings_document(server);
  const Ways open = ways(server, context.taken);
  Desired all;
  all.image = server.spec.image.empty() ? context.server_image : server.spec.image;
  all.url = outside_url(open).value_or(url_of(server));
  all.selector = selector_text(server);
  all.settings_hash = hash(settings);
  all.secrets_hash = context.secrets_hash;
  all.objects.push_back(secret(server, context.keys));
  all.objects.push_back(config_map(server, settings));
  if (server.spec.pod.service_account.empty()) {
    all.objects.push_back(service_account(server));
  }
  all.objects.push_back(service(server));
  all.objects.push_back(peers_service(server));
  if (server.spec.network_policy.is_restricted) {
    all.objects.push_back(network_policy(server, context.operator_namespace));
  }
  all.objects.push_back(deployment(server, all.image, {all.settings_hash, all.secrets_hash}));
  const auto& autoscaling = server.spec.autoscaling;
  if (autoscaling) {
    all.objects.push_back(horizontal_pod_autoscaler(server, *autoscaling));
  }
  if ((autoscaling ? autoscaling->max_replicas : server.spec.replicas) > 1) {
    all.objects.push_back(pod_disruption_budget(server));
  }
  if (open.ingress) {
    all.objects.push_back(ingress(server, *open.ingress));
  }
  if (open.gateway) {
    all.objects.push_back(http_route(server, *open.gateway));
  }
  add_monitoring(server, context, all.objects);
  return all;
}

}  // namespace mooring::render
