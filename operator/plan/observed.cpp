// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/observed.hpp"

#include "operator/api/condition.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::integer_at;
using api::text_at;
using api::value_at;
using nlohmann::json;

std::optional<ContainerEnd> read_end(const json& state) {
  if (!state.is_object()) {
    return std::nullopt;
  }
  return ContainerEnd{
      text_at(state, {"reason"}), text_at(state, {"message"}), integer_at(state, {"exitCode"})};
}

Container read_container(const json& status) {
  Container container;
  container.name = text_at(status, {"name"});
  container.ready = value_at(status, {"ready"}) == true;
  container.restarts = integer_at(status, {"restartCount"});
  container.waiting = read_end(value_at(status, {"state", "waiting"}));
  container.terminated = read_end(value_at(status, {"state", "terminated"}));
  if (!container.terminated) {
    container.terminated = read_end(value_at(status, {"lastState", "terminated"}));
  }
  return container;
}

}  // namespace

Pod read_pod(const json& object) {
  Pod pod;
  pod.name = text_at(object, {"metadata", "name"});
  pod.ip = text_at(object, {"status", "podIP"});
  pod.phase = text_at(object, {"status", "phase"});
  pod.deleting = !text_at(object, {"metadata", "deletionTimestamp"}).empty();
  pod.template_hash = text_at(object, {"metadata", "labels", "pod-template-hash"});
  pod.created = text_at(object, {"metadata", "creationTimestamp"});
  const json& conditions = value_at(object, {"status", "conditions"});
  pod.ready = text_at(api::condition_of(conditions, "Ready"), {"status"}) == "True";
  const json& placed = api::condition_of(conditions, "PodScheduled");
  if (text_at(placed, {"status"}) == "False") {
    pod.unschedulable = text_at(placed, {"message"});
  }
  for (const char* list : {"initContainerStatuses", "containerStatuses"}) {
    for (const json& status : value_at(object, {"status", list})) {
      pod.containers.push_back(read_container(status));
    }
  }
  return pod;
}

std::optional<EndpointStatus> read_endpoint_status(
    const std::string& pod, const std::string& text
) {
  const json document = json::parse(text, nullptr, false);
  const json& backends = value_at(document, {"backends"});
  if (!backends.is_array()) {
    return std::nullopt;
  }
  EndpointStatus status{pod, {}};
  for (const json& backend : backends) {
    status.backends.push_back(
        {text_at(backend, {"name"}),
         text_at(backend, {"state"}),
         integer_at(backend, {"tools"}),
         text_at(backend, {"message"})}
    );
  }
  return status;
}

const api::Object* Observed::find(const std::string& kind, const std::string& name) const {
  const auto found = std::find_if(children.begin(), children.end(), [&](const api::Object& child) {
    return child.kind() == kind && child.name() == name;
  });
  return found == children.end() ? nullptr : &*found;
}

std::string Observed::ready_template_hash() const {
  std::string hash;
  for (const Pod& pod : pods) {
    if (!pod.ready || pod.deleting) {
      continue;
    }
    if (!hash.empty() && hash != pod.template_hash) {
      return {};
    }
    hash = pod.template_hash;
  }
  return hash;
}

}  // namespace mooring::plan
