// SPDX-License-Identifier: Apache-2.0
#include "tests/operator/plan/world.hpp"

#include "core/json/yaml.hpp"
#include "operator/validate/validate.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

namespace mooring::world {
namespace {

using nlohmann::json;

// How the API server keys the lists that we write, by the name of the field.
const std::map<std::string, std::vector<std::string>> list_keys = {
    {"containers", {"name"}},
    {"initContainers", {"name"}},
    {"volumes", {"name"}},
    {"env", {"name"}},
    {"volumeMounts", {"mountPath"}},
    {"ownerReferences", {"uid"}},
    {"imagePullSecrets", {"name"}},
    {"topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}},
};
const std::set<std::string> atomic_maps = {
    "selector", "secretKeyRef", "fieldRef", "labelSelector", "nodeSelector", "podSelector"};

std::vector<std::string> keys_of(const std::string& field, const json& item) {
  if (field == "ports") {
    return {item.contains("port") ? "port" : "containerPort", "protocol"};
  }
  const auto found = list_keys.find(field);
  return found == list_keys.end() ? std::vector<std::string>{} : found->second;
}

json fields(const std::string& name, const json& value) {
  json owned = json::object();
  if (value.is_object() && !atomic_maps.contains(name)) {
    for (const auto& [key, below] : value.items()) {
      owned["f:" + key] = fields(key, below);
    }
  } else if (value.is_array() && !value.empty() && !keys_of(name, value[0]).empty()) {
    for (const json& item : value) {
      json key;
      for (const std::string& part : keys_of(name, item)) {
        key[part] = item.at(part);
      }
      // Entries of ownerReferences are atomic.
      owned["k:" + key.dump()] = name == "ownerReferences" ? json::object() : fields("", item);
    }
  }
  if (!owned.empty() && !name.empty()) {
    owned["."] = json::object();
  }
  return owned;
}

void fill_in(api::Object& object) {
  json& body = object.body();
  if (object.kind() == "Service" && !body["spec"].contains("clusterIP")) {
    body["spec"]["clusterIP"] = "10.96.0.7";
    body["spec"]["sessionAffinity"] = "None";
  }
  if (object.kind() == "Deployment") {
    json& pod = body["spec"]["template"]["spec"];
    pod["dnsPolicy"] = "ClusterFirst";
    pod["restartPolicy"] = "Always";
    for (json& container : pod["containers"]) {
      container["terminationMessagePath"] = "/dev/termination-log";
      container["livenessProbe"]["successThreshold"] = 1;
    }
    body["metadata"]["annotations"]["deployment.kubernetes.io/revision"] = "1";
  }
}

}  // namespace

json fields_of(const api::Object& desired) {
  json intent = desired.body();
  intent.erase("apiVersion");
  intent.erase("kind");
  intent["metadata"].erase("name");
  intent["metadata"].erase("namespace");
  intent["metadata"].erase("resourceVersion");
  json owned = fields("", intent);
  owned["f:metadata"].erase(".");
  return owned;
}

api::Object applied(const api::Object& desired, const std::string& manager) {
  api::Object live = desired;
  fill_in(live);
  json& metadata = live.body()["metadata"];
  metadata["uid"] = "uid-of-" + desired.name() + "-" + desired.kind();
  metadata["resourceVersion"] = "100";
  metadata["generation"] = 1;
  metadata["managedFields"] = json::array(
      {{{"manager", manager},
        {"operation", "Apply"},
        {"apiVersion", desired.api_version()},
        {"fieldsType", "FieldsV1"},
        {"fieldsV1", fields_of(desired)}}}
  );
  return live;
}

api::Object resource(int replicas) {
  const auto document = json::object(
      {{"apiVersion", "mooring.dev/v1alpha1"},
       {"kind", "McpServer"},
       {"metadata",
        {{"name", "weather"}, {"namespace", "tools"}, {"uid", "uid-1"}, {"generation", 3}}}}
  );
  api::Object object(document);
  object.body()["spec"] = *mooring::json::parse_yaml(R"(
backends:
  - name: files
    stdio:
      image: ghcr.io/acme/files:1
      command: [files, --all]
      env:
        - name: PLAIN
          value: a
        - name: TOKEN
          valueFrom: {secretKeyRef: {name: files, key: token}}
      resources: {limits: {memory: 64Mi}}
  - name: greeter
    tools: [{name: greet, description: Greets, text: Hello}]
monitoring: {scrape: None}
)");
  object.body()["spec"]["replicas"] = replicas;
  return object;
}

api::McpServer parsed(const api::Object& resource) {
  const auto server = validate::accept(resource);
  REQUIRE_MESSAGE(server, describe(server.error()));
  return *server;
}

keys::Kept kept_keys() {
  return {keys::new_ring("0123456789abcdef0123456789abcdef"), ""};
}

render::Desired desired_of(const api::Object& resource) {
  return render::desired(parsed(resource), {"mooring.dev/mcp-server:test", kept_keys()});
}

void roll_out(api::Object& deployment, int replicas) {
  deployment.body()["status"] = {
      {"observedGeneration", deployment.generation()},
      {"replicas", replicas},
      {"updatedReplicas", replicas},
      {"readyReplicas", replicas},
      {"availableReplicas", replicas}};
}

plan::Observed fresh(const api::Object& resource) {
  plan::Observed observed;
  observed.server = resource;
  observed.secrets["files"] = {true, {"token"}};
  return observed;
}

plan::Observed settled(const api::Object& resource) {
  plan::Observed observed = fresh(resource);
  const int replicas = static_cast<int>(parsed(resource).spec.replicas);
  for (const api::Object& wanted : desired_of(resource).objects) {
    observed.children.push_back(applied(wanted));
  }
  roll_out(child(observed, "Deployment", "weather"), replicas);
  for (int i = 0; i < replicas; ++i) {
    plan::Pod pod;
    pod.name = "weather-" + std::to_string(i);
    pod.ready = true;
    pod.template_hash = "hash-1";
    observed.pods.push_back(pod);
  }
  plan::Probe probe;
  probe.outcome = plan::Probe::Outcome::verified;
  probe.template_hash = "hash-1";
  probe.server_name = "weather";
  probe.server_version = "0.1.0";
  probe.protocol_versions = {"2026-07-28", "2025-11-25"};
  probe.tools = 3;
  observed.probe = probe;
  obey(plan_of(observed, at("2026-01-01T00:00:00Z")), observed);
  return observed;
}

plan::Plan plan_of(const plan::Observed& observed, time::Timestamp now) {
  render::RenderContext context{"mooring.dev/mcp-server:test", kept_keys()};
  const api::McpServer server = parsed(*observed.server);
  context.taken = plan::taken_places(observed, server.key);
  return plan::make(server, render::desired(server, context), observed, now);
}

void obey(const plan::Plan& plan, plan::Observed& observed) {
  for (const plan::Apply& apply : plan.applies) {
    api::Object live = applied(apply.object);
    std::erase_if(observed.children, [&](const api::Object& other) {
      return other.ref() == live.ref();
    });
    observed.children.push_back(std::move(live));
  }
  for (const plan::Delete& removal : plan.deletes) {
    std::erase_if(observed.children, [&](const api::Object& other) {
      return other.ref() == removal.ref && other.uid() == removal.uid;
    });
  }
  if (plan.status_patch) {
    observed.server->body()["status"] = plan.status_patch->at("status");
  }
}

api::Object& child(plan::Observed& observed, const std::string& kind, const std::string& name) {
  for (api::Object& object : observed.children) {
    if (object.kind() == kind && object.name() == name) {
      return object;
    }
  }
  FAIL("there is no " << kind << "/" << name);
  return observed.children.front();
}

time::Timestamp now() {
  return at("2026-01-02T00:00:00Z");
}

time::Timestamp at(const std::string& rfc3339) {
  const auto parsed_time = time::parse_rfc3339(rfc3339);
  REQUIRE(parsed_time);
  return *parsed_time;
}

json condition(const plan::Plan& plan, const std::string& type) {
  REQUIRE(plan.status_patch);
  for (const json& each : plan.status_patch->at("status").at("conditions")) {
    if (each.at("type") == type) {
      return each;
    }
  }
  FAIL("no condition " << type);
  return {};
}

}  // namespace mooring::world
