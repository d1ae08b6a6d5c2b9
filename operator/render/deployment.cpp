// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"
#include "operator/render/render.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

constexpr int user_id = 1001;
// The sleep before the end, and the end of the backends; the drain is in between.
constexpr int before_drain_seconds = 5;
constexpr int after_drain_seconds = 15;

json volumes(const api::McpServer& server) {
  const std::string& name = server.key.name;
  json list = json::array(
      {{{"name", "settings"}, {"configMap", {{"name", api::settings_name(name)}}}},
       {{"name", "keys"},
        {"secret", {{"secretName", api::keys_name(name)}, {"defaultMode", 0440}}}},
       {{"name", "tmp"}, {"emptyDir", json::object()}}}
  );
  if (!has_stdio_backend(server)) {
    return list;
  }
  list.push_back({{"name", "mooring"}, {"emptyDir", json::object()}});
  for (const api::Backend& backend : server.spec.backends) {
    if (backend.stdio) {
      list.push_back(
          {{"name", run_volume(backend.name)},
           {"emptyDir", {{"medium", "Memory"}, {"sizeLimit", "1Mi"}}}}
      );
      list.push_back({{"name", "tmp-" + backend.name}, {"emptyDir", json::object()}});
    }
  }
  return list;
}

json init_containers(const api::McpServer& server, const std::string& image) {
  json list = json::array({install_container(image)});
  for (const api::Backend& backend : server.spec.backends) {
    if (backend.stdio) {
      list.push_back(backend_container(backend));
    }
  }
  return list;
}

json pod_spec(const api::McpServer& server, const std::string& image) {
  json spec = {
      {"automountServiceAccountToken", false},
      // Variables of Services that happen to stand in the namespace must not reach the programs.
      {"enableServiceLinks", false},
      {"terminationGracePeriodSeconds",
       before_drain_seconds + drain_of(server).count() + after_drain_seconds},
      {"securityContext",
       {{"runAsNonRoot", true},
        {"runAsUser", user_id},
        {"runAsGroup", user_id},
        {"fsGroup", user_id},
        {"seccompProfile", {{"type", "RuntimeDefault"}}}}},
      {"containers", json::array({endpoint_container(server, image)})},
      {"volumes", volumes(server)}};
  add_placement(spec, server);
  if (has_stdio_backend(server)) {
    spec["initContainers"] = init_containers(server, image);
  }
  return spec;
}

// The selector's among them stay as they are, whatever else there is.
json pod_labels(const api::McpServer& server) {
  json all = labels(server);
  if (const json& more = server.spec.pod.labels; more.is_object()) {
    all.insert(more.begin(), more.end());
  }
  return all;
}

// What is new here rolls the pods.
json pod_annotations(const api::McpServer& server, const PodHashes& hashes) {
  const json& wanted = server.spec.pod.annotations;
  json annotations = wanted.is_object() ? wanted : json::object();
  annotations[std::string(settings_hash_annotation)] = hashes.settings;
  if (!hashes.secrets.empty()) {
    annotations[secrets_hash_annotation] = hashes.secrets;
  }
  if (!server.wishes.restarted_at.empty()) {
    annotations[std::string(api::restarted_at_annotation)] = server.wishes.restarted_at;
  }
  return annotations;
}

}  // namespace

api::Object deployment(
    const api::McpServer& server, const std::string& image, const PodHashes& hashes
) {
  json object = head(server, "Deployment", server.key.name);
  object["spec"] = {
      {"replicas", server.spec.replicas},
      {"revisionHistoryLimit", 3},
      {"progressDeadlineSeconds", 600},
      {"strategy",
       {{"type", "RollingUpdate"}, {"rollingUpdate", {{"maxUnavailable", 0}, {"maxSurge", 1}}}}},
      {"selector", {{"matchLabels", selector_labels(server)}}},
      {"template",
       {{"metadata",
         {{"labels", pod_labels(server)}, {"annotations", pod_annotations(server, hashes)}}},
        {"spec", pod_spec(server, image)}}}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
