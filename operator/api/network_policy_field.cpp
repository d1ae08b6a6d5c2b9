// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

#include <algorithm>

namespace mooring::api::fields {
namespace {

using nlohmann::json;
using namespace schema;

bool has_block_or_pods(const json& peer) {
  const bool names_pods = peer.contains("podSelector") || peer.contains("namespaceSelector");
  return peer.contains("ipBlock") != names_pods;
}

bool has_port_below_end(const json& port) {
  return !port.contains("endPort") || (port.contains("port") && port["port"] <= port["endPort"]);
}

bool has_peers_only_if_restricted(const json& policy) {
  return text_at(policy, {"mode"}) == "Restricted" ||
         (!policy.contains("from") && !policy.contains("metricsFrom") && !policy.contains("egress")
         );
}

Field network_field(std::string name, std::string description) {
  return matching(
      text_field(std::move(name), std::move(description), 1, 43),
      "^[0-9a-fA-F.:]+/[0-9]{1,3}$",
      "a network such as \"10.0.0.0/8\" or \"fd00::/8\""
  );
}

Field peers_field(std::string name, std::string description, std::int64_t minimum) {
  Field block = object_field(
      "ipBlock",
      "Addresses, inside the cluster or outside.",
      {required(network_field("cidr", "The network.")),
       list_field("except", "Networks within it that are not meant.", network_field("", ""), 0, 16)}
  );
  Field item = object_field(
      "",
      "",
      {label_selector_field(
           "podSelector",
           "Pods, by their labels: of this namespace, or of those that namespaceSelector names."
       ),
       label_selector_field("namespaceSelector", "Namespaces, by their labels; {}: all of them."),
       std::move(block)}
  );
  item = with_rule(
      std::move(item),
      {"has(self.ipBlock) != (has(self.podSelector) || has(self.namespaceSelector))",
       "must have either ipBlock, or podSelector or namespaceSelector or both",
       has_block_or_pods}
  );
  return list_field(std::move(name), std::move(description), std::move(item), minimum, 32);
}

Field egress_field() {
  Field port = object_field(
      "",
      "",
      {with_default(enum_field("protocol", "The protocol.", {"TCP", "UDP", "SCTP"}), "TCP"),
       integer_field("port", "The port; absent: all of them.", 1, 65'535),
       integer_field("endPort", "The last one of a range that port begins.", 1, 65'535)}
  );
  port = with_rule(
      std::move(port),
      {"!has(self.endPort) || (has(self.port) && self.port <= self.endPort)",
       "must have a port that is at most endPort where it has endPort",
       has_port_below_end}
  );
  return list_field(
      "egress",
      "What the pods may reach beside names (DNS) and each other; a stdio server that calls an API "
      "needs it here. Absent or []: nothing.",
      object_field(
          "",
          "",
          {peers_field(
               "to", "Who may be reached; absent: everyone, inside the cluster and out.", 1
           ),
           list_field("ports", "On which ports; absent: on all.", std::move(port), 1, 32)}
      ),
      0,
      32
  );
}

}  // namespace

Field network_policy_field() {
  Field policy = object_field(
      "networkPolicy",
      "Who may reach the pods, and whom they may reach. It is enforced by the cluster's network "
      "plugin; where that knows no NetworkPolicy, it does nothing.",
      {with_default(
           enum_field(
               "mode",
               "Open: no NetworkPolicy is made, as stdio servers may call whatever they need. "
               "Restricted: one is made that lets through only what stands here, name resolution, "
               "the hops between replicas and the operator.",
               {"Open", "Restricted"}
           ),
           "Open"
       ),
       peers_field(
           "from",
           "Who may call the endpoint (port 3232). Absent: everyone; []: nobody but the operator. "
           "An ingress controller or gateway in front counts as who calls.",
           0
       ),
       peers_field(
           "metricsFrom",
           "Who may read metrics and health (port 9090). Absent: every pod of the cluster; []: "
           "nobody but the operator.",
           0
       ),
       egress_field()}
  );
  policy.rules.push_back(
      {"self.mode == 'Restricted' || !(has(self.from) || has(self.metricsFrom) || "
       "has(self.egress))",
       "must have mode Restricted where it has from, metricsFrom or egress",
       has_peers_only_if_restricted}
  );
  return policy;
}

}  // namespace mooring::api::fields
