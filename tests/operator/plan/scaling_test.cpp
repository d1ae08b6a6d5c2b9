// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;
const json from_two_to_five = {{"minReplicas", 2}, {"maxReplicas", 5}, {"targetInFlight", 1000}};

api::Object autoscaled(const json& autoscaling = from_two_to_five) {
  api::Object resource = world::resource();
  resource.body()["spec"].erase("replicas");
  resource.body()["spec"]["autoscaling"] = autoscaling;
  return resource;
}

json& deployment_of(plan::Observed& observed) {
  return world::child(observed, "Deployment", "weather").body();
}

json& owned_by_us(plan::Observed& observed) {
  return deployment_of(observed)["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"];
}

// As an autoscaler does: through the subresource, which takes the field from us, and before the
// Deployment's controller has seen it.
void scale(plan::Observed& observed, int replicas) {
  api::Object& deployment = world::child(observed, "Deployment", "weather");
  deployment.body()["spec"]["replicas"] = replicas;
  deployment.body()["metadata"]["generation"] = deployment.generation() + 1;
  owned_by_us(observed).erase("f:replicas");
}

void tell(plan::Observed& observed, const json& conditions) {
  json& scaler = world::child(observed, "HorizontalPodAutoscaler", "weather").body();
  scaler["status"]["conditions"] = conditions;
}

json said(const char* type, const char* status, const char* reason) {
  return {{"type", type}, {"status", status}, {"reason", reason}};
}

// The first half of the condition's line in status.
std::string shown(const plan::Observed& observed) {
  const json found = world::condition(world::plan_of(observed, now()), "ScalingActive");
  return found.at("status").get<std::string>() + " " + found.at("reason").get<std::string>();
}

plan::Observed switched_on(int replicas) {
  plan::Observed observed = world::settled(world::resource(replicas));
  observed.server = autoscaled();
  observed.server->body()["metadata"]["generation"] = 4;
  return observed;
}

const api::Object* applied(const plan::Plan& plan, const std::string& kind) {
  for (const plan::Apply& apply : plan.applies) {
    if (apply.object.kind() == kind) {
      return &apply.object;
    }
  }
  return nullptr;
}

plan::Observed scaled_to(int replicas) {
  plan::Observed observed = world::settled(autoscaled());
  scale(observed, replicas);
  world::roll_out(world::child(observed, "Deployment", "weather"), replicas);
  return observed;
}

}  // namespace

TEST_CASE("scaling: a new server begins with the fewest pods, and has an autoscaler and a budget") {
  const plan::Plan plan = world::plan_of(world::fresh(autoscaled()), now());
  REQUIRE(applied(plan, "Deployment") != nullptr);
  CHECK(applied(plan, "Deployment")->at({"spec", "replicas"}) == 2);
  CHECK(applied(plan, "HorizontalPodAutoscaler") != nullptr);
  CHECK(applied(plan, "PodDisruptionBudget") != nullptr);
}

TEST_CASE("scaling: what has been applied is not written again, nor is what the API server shortens"
) {
  plan::Observed observed = world::settled(autoscaled());
  json& scaler = world::child(observed, "HorizontalPodAutoscaler", "weather").body();
  scaler["spec"]["metrics"][0]["pods"]["target"]["averageValue"] = "1k";
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("scaling: the autoscaler's number is left alone, whatever it is, by every later change") {
  plan::Observed observed = world::settled(autoscaled());
  for (const int replicas : {5, 3, 2, 9}) {
    CAPTURE(replicas);
    scale(observed, replicas);
    CHECK(world::plan_of(observed, now()).applies.empty());

    plan::Observed changed = observed;
    changed.server->body()["spec"]["image"] = "example.com/other:2";
    const plan::Plan plan = world::plan_of(changed, now());
    REQUIRE(applied(plan, "Deployment") != nullptr);
    CHECK(applied(plan, "Deployment")->at({"spec", "replicas"}).is_null());
  }
}

TEST_CASE("scaling: switched on, the number of now stays until the autoscaler has taken it over") {
  for (const int replicas : {2, 4, 5}) {
    CAPTURE(replicas);
    plan::Observed observed = switched_on(replicas);
    const plan::Plan plan = world::plan_of(observed, now());
    CHECK(applied(plan, "HorizontalPodAutoscaler") != nullptr);
    CHECK(applied(plan, "Deployment") == nullptr);
    observed.server->body()["spec"]["image"] = "example.com/other:2";
    const plan::Plan changed = world::plan_of(observed, now());
    REQUIRE(applied(changed, "Deployment") != nullptr);
    CHECK(applied(changed, "Deployment")->at({"spec", "replicas"}) == replicas);
  }
}

TEST_CASE("scaling: switched on, a number out of bounds is brought within, and none is woken") {
  for (const auto& [before, after] : {std::pair(0, 2), std::pair(1, 2), std::pair(7, 5)}) {
    CAPTURE(before);
    plan::Observed observed = switched_on(before);
    const plan::Plan plan = world::plan_of(observed, now());
    REQUIRE(applied(plan, "Deployment") != nullptr);
    CHECK(applied(plan, "Deployment")->at({"spec", "replicas"}) == after);
  }
}

TEST_CASE("scaling: an autoscaler that somebody has sent to sleep is woken") {
  plan::Observed observed = world::settled(autoscaled());
  scale(observed, 0);
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(applied(plan, "Deployment") != nullptr);
  CHECK(applied(plan, "Deployment")->at({"spec", "replicas"}) == 2);
}

TEST_CASE("scaling: switched off, the spec's number is in force and the autoscaler goes") {
  plan::Observed observed = world::settled(autoscaled());
  scale(observed, 5);
  observed.server = world::resource(3);
  observed.server->body()["metadata"]["generation"] = 4;
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(applied(plan, "Deployment") != nullptr);
  CHECK(applied(plan, "Deployment")->at({"spec", "replicas"}) == 3);
  REQUIRE(plan.deletes.size() == 1);
  CHECK(print(plan.deletes[0].ref) == "HorizontalPodAutoscaler/weather");
}

TEST_CASE("scaling: a step of the autoscaler that nobody has seen yet changes no readiness") {
  plan::Observed observed = world::settled(autoscaled());
  for (const int replicas : {5, 3}) {
    CAPTURE(replicas);
    scale(observed, replicas);
    const plan::Plan plan = world::plan_of(observed, now());
    CHECK(world::condition(plan, "WorkloadAvailable").at("status") == "True");
    CHECK(plan.events.empty());
  }
  deployment_of(observed)["status"]["availableReplicas"] = 1;
  const plan::Plan lacking = world::plan_of(observed, now());
  CHECK(world::condition(lacking, "WorkloadAvailable").at("status") == "False");
}

TEST_CASE("scaling: of another spec, or before it was available, nothing is known until it is seen"
) {
  plan::Observed observed = world::settled(autoscaled());
  scale(observed, 3);
  const auto reason = [&] {
    return world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("reason");
  };
  plan::Observed rolled = observed;
  rolled.server->body()["spec"]["image"] = "example.com/other:2";
  const plan::Plan rolling = world::plan_of(rolled, now());
  CHECK(world::condition(rolling, "WorkloadAvailable").at("reason") == "Progressing");
  observed.server->body()["metadata"]["generation"] = 4;
  CHECK(reason() == "Progressing");
  observed.server->body()["metadata"]["generation"] = 3;
  observed.server->body()["status"].erase("conditions");
  CHECK(reason() == "Progressing");
}

TEST_CASE("scaling: available tells how many run, and what keeps the others back") {
  plan::Observed observed = scaled_to(5);
  json& status = deployment_of(observed)["status"];
  status["availableReplicas"] = 3;
  const auto message = [&] {
    const json found = world::condition(world::plan_of(observed, now()), "WorkloadAvailable");
    CHECK(found.at("status") == "True");
    return found.at("message").get<std::string>();
  };
  CHECK(message() == "3 of 5 replicas run this spec");

  plan::Pod pod = observed.pods[0];
  pod.name = "weather-z";
  pod.ready = false;
  pod.containers = {
      {"endpoint",
       false,
       0,
       plan::ContainerEnd{"CreateContainerError", "no room: try 1", 0},
       std::nullopt}};
  observed.pods.push_back(pod);
  const std::string told = message();
  CHECK(told.starts_with("3 of 5 replicas run this spec; of the others: spec: the container "));
  CHECK(told.ends_with("no room: try 1"));

  world::obey(world::plan_of(observed, now()), observed);
  observed.pods.back().containers[0].waiting->message = "no room: try 2";
  CHECK_FALSE(world::plan_of(observed, now()).status_patch);
  status["availableReplicas"] = 5;
  observed.pods.pop_back();
  CHECK(message() == "5 of 5 replicas run this spec");
}

TEST_CASE("scaling: it is ready with the fewest pods while more are coming, not while it rolls") {
  plan::Observed observed = scaled_to(5);
  json& status = deployment_of(observed)["status"];
  status["availableReplicas"] = 2;
  status["replicas"] = 5;
  status["updatedReplicas"] = 5;
  const plan::Plan growing = world::plan_of(observed, now());
  CHECK(world::condition(growing, "Ready").at("status") == "True");
  CHECK(growing.status_patch->at("status").at("replicas") == 5);

  status["updatedReplicas"] = 4;
  CHECK(world::condition(world::plan_of(observed, now()), "Ready").at("reason") == "Progressing");
  status["updatedReplicas"] = 5;
  status["availableReplicas"] = 1;
  const json short_of = world::condition(world::plan_of(observed, now()), "WorkloadAvailable");
  CHECK(short_of.at("status") == "False");
  CHECK(short_of.at("message") == "1 of 5 replicas run this spec so far");
}

TEST_CASE("scaling: the condition tells what is missing, and readiness does not wait for it") {
  plan::Observed observed = world::settled(autoscaled());
  const json able = said("AbleToScale", "True", "SucceededGetScale");
  const auto with = [&](const json& active) {
    tell(observed, json::array({able, active}));
    return shown(observed);
  };
  tell(observed, json::array({able, said("ScalingActive", "True", "ValidMetricFound")}));
  world::obey(world::plan_of(observed, now()), observed);
  CHECK(with(said("ScalingActive", "False", "FailedGetPodsMetric")) == "False MetricsMissing");
  const plan::Plan plan = world::plan_of(observed, now());
  const std::string message = world::condition(plan, "ScalingActive").at("message");
  CHECK(message.find("spec.autoscaling.targetInFlight") != std::string::npos);
  CHECK(message.find("mcp_calls_in_flight") != std::string::npos);
  CHECK(message.find("prometheus-adapter") != std::string::npos);
  CHECK(message.find("if it stays so") != std::string::npos);
  CHECK(world::condition(plan, "Ready").at("status") == "True");
  CHECK(plan.applies.empty());

  CHECK(with(said("ScalingActive", "False", "FailedGetResourceMetric")) == "False MetricsMissing");
  const json cpu = world::condition(world::plan_of(observed, now()), "ScalingActive");
  CHECK(
      cpu.at("message") ==
      "spec.autoscaling.targetCpuPercent: there are no measurements of these pods yet; if it stays "
      "so, install metrics-server; kubectl describe hpa weather tells more"
  );
  CHECK(with(said("ScalingActive", "False", "AmbiguousSelector")) == "False ScalingFailed");
  CHECK(with(said("ScalingLimited", "True", "TooFewReplicas")) == "Unknown Progressing");
  tell(
      observed,
      json::array(
          {able,
           said("ScalingActive", "True", "ValidMetricFound"),
           said("ScalingLimited", "True", "TooManyReplicas")}
      )
  );
  CHECK(shown(observed) == "True AtMaxReplicas");
  tell(observed, json::array({said("AbleToScale", "False", "FailedGetScale")}));
  CHECK(shown(observed) == "False ScalingFailed");
}

TEST_CASE("scaling: the condition is there only where an autoscaler is wanted") {
  const plan::Plan without = world::plan_of(world::fresh(world::resource()), now());
  for (const json& each : without.status_patch->at("status").at("conditions")) {
    CHECK(each.at("type") != "ScalingActive");
  }
}

TEST_CASE("scaling: somebody else's autoscaler is told, and the server runs all the same") {
  plan::Observed observed = world::settled(autoscaled());
  json& scaler = world::child(observed, "HorizontalPodAutoscaler", "weather").body();
  scaler["metadata"]["ownerReferences"][0]["uid"] = "somebody-else";
  scaler["metadata"]["ownerReferences"][0]["name"] = "somebody";
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.empty());
  CHECK(world::condition(plan, "Accepted").at("reason") == "NameConflict");
}
