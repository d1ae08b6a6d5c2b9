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
    {"node affinity/selector",
     "no node fits spec.pod.nodeSelector and spec.pod.affinity.nodeAffinity; correct them, or "
     "label "
     "a node"},
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
