// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/survey.hpp"

#include "operator/api/kinds.hpp"

namespace mooring::mcpctl {
namespace {

using kube::Answer;

constexpr std::size_t pods_asked_at_most = 10;

// The API server asks the pod for us: this machine needs no way into the cluster's network.
void ask_pods(Cluster& cluster, const api::ObjectKey& key, report::ServerDetails& details) {
  for (const plan::Pod& pod : details.pods) {
    if (pod.phase != "Running" || pod.deleting || details.endpoints.size() == pods_asked_at_most) {
      continue;
    }
    const auto text = cluster.client->page(
        "/api/v1/namespaces/" + key.namespace_ + "/pods/" + pod.name + ":9090/proxy/status"
    );
    if (!text) {
      details.notes.push_back("what backends do is not known: " + text.error().message);
      return;
    }
    if (auto status = plan::read_endpoint_status(pod.name, *text)) {
      details.endpoints.push_back(std::move(*status));
    }
  }
}

}  // namespace

Answer<std::vector<plan::Pod>> pods_of(Cluster& cluster, const api::ObjectKey& key) {
  MOORING_TRY(
      const auto found, list_all(cluster, {"Pod", key.namespace_, "mooring.dev/server=" + key.name})
  );
  std::vector<plan::Pod> pods;
  for (const api::Object& pod : found) {
    pods.push_back(plan::read_pod(pod.body()));
  }
  return pods;
}

Answer<report::ServerDetails> survey(Cluster& cluster, const api::ObjectKey& key) {
  report::ServerDetails details;
  MOORING_TRY(
      details.server, cluster.client->get({std::string(api::server_kind), key.namespace_, key.name})
  );
  if (auto pods = pods_of(cluster, key)) {
    details.pods = std::move(*pods);
  } else {
    details.notes.push_back(pods.error().message);
  }
  ask_pods(cluster, key, details);
  auto events = list_all(
      cluster,
      {"Event",
       key.namespace_,
       "",
       "regarding.kind=" + std::string(api::server_kind) + ",regarding.name=" + key.name}
  );
  if (!events) {
    details.notes.push_back(events.error().message);
    return details;
  }
  for (api::Object& event : *events) {
    // Of one that had the same name before it nobody wants to know.
    if (api::text_at(event.body(), {"regarding", "uid"}) == details.server.uid()) {
      details.events.push_back(std::move(event));
    }
  }
  return details;
}

}  // namespace mooring::mcpctl
