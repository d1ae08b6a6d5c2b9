// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/misplaced.hpp"

#include "core/text/ascii.hpp"

#include <vector>

namespace mooring::plan {
namespace {

struct Obstacle {
  std::string_view words;  ///< the scheduler's
  std::string_view told;
};

constexpr Obstacle amounts[] = {{"Insufficient cpu", "cpu"}, {"Insufficient memory", "memory"}};

// In the order in which they are told; a node may be ruled out by several.
constexpr Obstacle obstacles[] = {
    {"untolerated taint",
     "nodes have taints that the pods do not tolerate; add spec.pod.tolerations, or take the taint "
     "from a node"},
    {"pod affinity rules", "no node is beside the pods that spec.pod.affinity.podAffinity wants"},
    {"anti-affinity rules",
     "every node has pods that spec.pod.affinity.podAntiAffinity keeps away from; want "
     "fewer replicas, make it a preference, or add nodes"},
    {"topology spread constraints",
     "spec.pod.topologySpreadConstraints leaves no node; use ScheduleAnyway, or add nodes"},
};

bool contains(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

// The selector by its words, as they are what a node must be labelled with.
std::string unfit_nodes(const api::PodOptions& pod) {
  constexpr std::size_t shown = 300;
  std::vector<std::string> labels;
  for (const auto& [key, value] : pod.node_selector.items()) {
    labels.push_back(key + "=" + value.get<std::string>());
  }
  const bool has_affinity = !api::value_at(pod.affinity, {"nodeAffinity"}).is_null();
  std::vector<std::string> fields;
  if (!labels.empty()) {
    const std::string all = text::join(labels, " ");
    fields.push_back(
        "spec.pod.nodeSelector (" + std::string(text::utf8_cut(all, shown)) +
        (all.size() > shown ? "…)" : ")")
    );
  }
  if (has_affinity || labels.empty()) {
    fields.emplace_back("spec.pod.affinity.nodeAffinity");
  }
  return "no node fits " + text::join(fields, " and ") +
         (fields.size() == 1 ? "; correct it, or label a node" : "; correct them, or label a node");
}

}  // namespace

// The scheduler's words count nodes, which come and go; its remedy is the same.
Problem unschedulable_problem(const api::McpServer& server, const Pod& pod) {
  std::vector<std::string> lacking;
  for (const Obstacle& amount : amounts) {
    if (contains(pod.unschedulable, amount.words)) {
      lacking.emplace_back(amount.told);
    }
  }
  std::vector<std::string> causes;
  if (!lacking.empty()) {
    causes.push_back(
        "no node has enough " + text::join(lacking, " and ") +
        " for a pod; lower resources.requests in spec and spec.backends[].stdio, or add nodes"
    );
  }
  const bool is_placed = server.spec.pod != api::PodOptions{};
  if (is_placed && contains(pod.unschedulable, "node affinity/selector")) {
    causes.push_back(unfit_nodes(server.spec.pod));
  }
  for (const Obstacle& obstacle : obstacles) {
    const bool is_of_spec = is_placed || obstacle.words == "untolerated taint";
    if (is_of_spec && contains(pod.unschedulable, obstacle.words)) {
      causes.emplace_back(obstacle.told);
    }
  }
  if (causes.empty()) {
    causes.push_back(
        "no node takes a pod; see the Events of pod " + pod.name + " for what it lacks"
    );
  }
  return {Reason::unschedulable, text::join(causes, "; ")};
}

std::optional<std::string> absent_object(const api::McpServer& server, const std::string& words) {
  const api::PodOptions& pod = server.spec.pod;
  if (!pod.service_account.empty() && contains(words, "error looking up service account")) {
    return "spec.pod.serviceAccountName is " + text::quoted(pod.service_account, 253) +
           ", but namespace " + text::quoted(server.key.namespace_) +
           " has no such ServiceAccount; create it, or correct the name";
  }
  if (!pod.priority_class.empty() && contains(words, "no PriorityClass with name")) {
    return "spec.pod.priorityClassName is " + text::quoted(pod.priority_class, 253) +
           ", but the cluster has no such PriorityClass; create it, or correct the name";
  }
  return std::nullopt;
}

}  // namespace mooring::plan
