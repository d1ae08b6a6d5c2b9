// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"
#include "operator/plan/secrets.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

api::Object with_pod(const json& pod) {
  api::Object resource = world::resource();
  resource.body()["spec"]["pod"] = pod;
  return resource;
}

std::string workload_says(const plan::Observed& observed) {
  return world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("message");
}

// A rollout of one new pod.
plan::Observed rolling(const json& pod_options) {
  plan::Observed observed = world::settled(with_pod(pod_options));
  world::child(observed, "Deployment", "weather").body()["status"]["updatedReplicas"] = 1;
  plan::Pod pod;
  pod.name = "weather-new";
  pod.template_hash = "hash-2";
  pod.created = "2026-01-01T00:00:09Z";
  observed.pods.push_back(pod);
  return observed;
}

std::string unschedulable(const json& pod_options, const std::string& words) {
  plan::Observed observed = rolling(pod_options);
  observed.pods.back().unschedulable = "0/2 nodes are available: 2 " + words + ".";
  return workload_says(observed);
}

std::string refused(const json& pod_options, const std::string& words) {
  plan::Observed observed = rolling(pod_options);
  world::child(observed, "Deployment", "weather").body()["status"]["conditions"] = json::array(
      {{{"type", "ReplicaFailure"},
        {"status", "True"},
        {"message", "pods \"weather-x1\" is forbidden: " + words}}}
  );
  return workload_says(observed);
}

const json everything = json::parse(R"({
  "labels": {"team": "blue"},
  "annotations": {"example.com/note": "a"},
  "nodeSelector": {"kubernetes.io/os": "linux"},
  "tolerations": [{"key": "k", "value": ""}, {"operator": "Exists"}],
  "affinity": {"nodeAffinity": {}, "podAntiAffinity": {
    "preferredDuringSchedulingIgnoredDuringExecution": [],
    "requiredDuringSchedulingIgnoredDuringExecution":
      [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {}, "namespaceSelector": {}}]}},
  "topologySpreadConstraints": [
    {"topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"},
    {"topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}],
  "priorityClassName": "p",
  "imagePullSecrets": [{"name": "files"}]})");

}  // namespace

TEST_CASE("pod options: what has been applied is not written again") {
  plan::Observed observed = world::settled(with_pod(everything));
  observed.secrets["files"] = {true, {"token", ".dockerconfigjson"}};
  world::obey(world::plan_of(observed, now()), observed);
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("pod options: a label or annotation more changes the template, never the selector") {
  for (const char* kind : {"labels", "annotations"}) {
    CAPTURE(kind);
    plan::Observed observed = world::settled(world::resource());
    const json before =
        world::child(observed, "Deployment", "weather").at({"spec", "selector", "matchLabels"});
    observed.server->body()["spec"]["pod"] = {{kind, {{"example.com/team", "blue"}}}};
    const plan::Plan plan = world::plan_of(observed, now());
    REQUIRE(plan.applies.size() == 1);
    const api::Object& deployment = plan.applies[0].object;
    CHECK(deployment.at({"spec", "template", "metadata", kind}).at("example.com/team") == "blue");
    CHECK(deployment.at({"spec", "selector", "matchLabels"}) == before);
    for (const auto& [key, value] : before.items()) {
      CHECK(deployment.at({"spec", "template", "metadata", "labels"}).at(key) == value);
    }
  }
}

TEST_CASE("pod options: with an account of the user's, ours goes, and one of our name is theirs") {
  plan::Observed observed = world::settled(world::resource());
  observed.server->body()["spec"]["pod"] = {{"serviceAccountName", "robot"}};
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(print(plan.deletes[0].ref) == "ServiceAccount/weather");
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].object.at({"spec", "template", "spec", "serviceAccountName"}) == "robot");

  plan::Observed fresh = world::fresh(with_pod({{"serviceAccountName", "weather"}}));
  fresh.children.push_back(
      world::applied(world::child(observed, "ServiceAccount", "weather"), "somebody")
  );
  fresh.children.back().body()["metadata"].erase("ownerReferences");
  const plan::Plan beside = world::plan_of(fresh, now());
  CHECK(world::condition(beside, "Accepted").at("status") == "True");
  CHECK(beside.applies.size() == 6);
  CHECK(beside.deletes.empty());
}

TEST_CASE("pod options: a pull secret that is missing or none is told with its field") {
  plan::Observed observed =
      world::settled(with_pod({{"imagePullSecrets", {{{"name", "registry"}}}}}));
  const auto references = [&] {
    return world::condition(world::plan_of(observed, now()), "ReferencesResolved");
  };
  CHECK(
      plan::references(world::parsed(*observed.server)) ==
      std::vector<std::string>{"files", "registry"}
  );
  observed.secrets["registry"] = {};
  CHECK(references().at("reason") == "SecretMissing");
  CHECK(
      references().at("message") ==
      "spec.pod.imagePullSecrets[0].name is \"registry\", but namespace \"tools\" has no such "
      "Secret; create it with kubectl create secret docker-registry, or correct the name"
  );
  observed.secrets["registry"] = {true, {"password"}};
  CHECK(references().at("reason") == "SecretKeyMissing");
  CHECK(
      references().at("message") ==
      "spec.pod.imagePullSecrets[0].name is \"registry\", which has no key .dockerconfigjson (it "
      "has: password); name a Secret of type kubernetes.io/dockerconfigjson"
  );
  observed.secrets["registry"] = {true, {".dockerconfigjson"}};
  world::obey(world::plan_of(observed, now()), observed);
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("pod options: an account or priority class that is not there is told with its field") {
  CHECK(
      refused(
          {{"serviceAccountName", "robot"}},
          "error looking up service account tools/robot: serviceaccount \"robot\" not found"
      ) ==
      "spec.pod.serviceAccountName is \"robot\", but namespace \"tools\" has no such "
      "ServiceAccount; create it, or correct the name"
  );
  CHECK(
      refused({{"priorityClassName", "top"}}, "no PriorityClass with name top was found") ==
      "spec.pod.priorityClassName is \"top\", but the cluster has no such PriorityClass; create "
      "it, or correct the name"
  );
}

TEST_CASE("pod options: what keeps pods from nodes is told as a field of the spec") {
  const json placed = {{"nodeSelector", {{"disk", "fast"}}}};
  CHECK(
      unschedulable(placed, "node(s) didn't match Pod's node affinity/selector") ==
      "no node fits spec.pod.nodeSelector (disk=fast); correct it, or label a node"
  );
  const json both = {
      {"nodeSelector", {{"disk", "fast"}, {"zone", "a"}}},
      {"affinity", {{"nodeAffinity", json::object()}}}};
  CHECK(
      unschedulable(both, "node(s) didn't match Pod's node affinity/selector") ==
      "no node fits spec.pod.nodeSelector (disk=fast zone=a) and "
      "spec.pod.affinity.nodeAffinity; correct them, or label a node"
  );
  CHECK(unschedulable(placed, "node(s) didn't match pod anti-affinity rules")
            .starts_with("every node has pods that spec.pod.affinity.podAntiAffinity keeps away"));
  CHECK(unschedulable(placed, "node(s) didn't match pod topology spread constraints")
            .starts_with("spec.pod.topologySpreadConstraints leaves no node;"));
  CHECK(unschedulable(nullptr, "node(s) had untolerated taint {dedicated: gpu}")
            .starts_with("nodes have taints that the pods do not tolerate; add spec.pod.tolerations"
            ));
  CHECK(unschedulable(nullptr, "Insufficient cpu, 1 node(s) had untolerated taint {a: b}")
            .starts_with("no node has enough cpu for a pod; lower resources.requests"));
  CHECK(unschedulable(nullptr, "too many pods").starts_with("no node takes a pod; see the Events"));
}
