// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

json port(int number, const char* protocol = "TCP") {
  return {{"port", number}, {"protocol", protocol}};
}

json pods_of(const api::McpServer& server) {
  return {{"podSelector", {{"matchLabels", selector_labels(server)}}}};
}

json namespace_of(const std::string& name) {
  return {{"namespaceSelector", {{"matchLabels", {{"kubernetes.io/metadata.name", name}}}}}};
}

// In a NetworkPolicy no peers means everyone, so that nobody is no rule at all.
void admit(json& rules, const json& peers, json ports) {
  if (!peers.empty()) {
    rules.push_back({{"from", peers}, {"ports", std::move(ports)}});
  }
}

json ingress(const api::McpServer& server, const std::string& operator_namespace) {
  const api::NetworkPolicy& wanted = server.spec.network_policy;
  json rules = json::array();
  if (wanted.from.is_null()) {
    rules.push_back({{"ports", json::array({port(endpoint_port)})}});
  } else {
    admit(rules, wanted.from, json::array({port(endpoint_port)}));
  }
  const json every_pod = json::array({{{"namespaceSelector", json::object()}}});
  admit(
      rules,
      wanted.metrics_from.is_null() ? every_pod : wanted.metrics_from,
      json::array({port(admin_port)})
  );
  admit(rules, json::array({pods_of(server)}), json::array({port(endpoint_port)}));
  if (!operator_namespace.empty()) {
    admit(
        rules,
        json::array({namespace_of(operator_namespace)}),
        json::array({port(endpoint_port), port(admin_port)})
    );
  }
  return rules;
}

// Names are resolved by pods or by the node, as the cluster likes: the port alone says which.
json egress(const api::McpServer& server) {
  json rules = json::array(
      {{{"ports", json::array({port(53, "UDP"), port(53)})}},
       {{"to", json::array({pods_of(server)})}, {"ports", json::array({port(endpoint_port)})}}}
  );
  for (const json& rule : server.spec.network_policy.egress) {
    rules.push_back(rule);
  }
  return rules;
}

}  // namespace

api::Object network_policy(const api::McpServer& server, const std::string& operator_namespace) {
  json object = head(server, "NetworkPolicy", server.key.name);
  object["spec"] = {
      {"podSelector", {{"matchLabels", selector_labels(server)}}},
      {"policyTypes", {"Ingress", "Egress"}},
      {"ingress", ingress(server, operator_namespace)},
      {"egress", egress(server)}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
