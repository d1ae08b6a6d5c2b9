// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/children.hpp"
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

}  // namespace

TEST_CASE("plan: an object that is not ours is neither written nor deleted") {
  for (const std::string kind : {"Service", "PodDisruptionBudget"}) {
    CAPTURE(kind);
    plan::Observed observed = world::settled(world::resource(2));
    json& owners = world::child(observed, kind, "weather").body()["metadata"]["ownerReferences"];
    owners[0]["uid"] = "somebody-else";
    owners[0]["name"] = "somebody";
    const plan::Plan taken = world::plan_of(observed, now());
    CHECK(taken.applies.empty());
    CHECK(taken.deletes.empty());
    const json accepted = world::condition(taken, "Accepted");
    CHECK(accepted.at("reason") == "NameConflict");
    CHECK(accepted.at("message").get<std::string>().find(kind + "/weather") != std::string::npos);
    CHECK(world::condition(taken, "Stalled").at("status") == "True");
    CHECK(world::condition(taken, "Ready").at("reason") == "NameConflict");
    REQUIRE(taken.events.size() == 1);
    CHECK(taken.events[0].warning);
  }
}

TEST_CASE("plan: nothing is made, changed or believed while a child's name is somebody else's") {
  const api::Object resource = world::resource(2);
  for (const api::Object& wanted : world::desired_of(resource).objects) {
    if (wanted.kind() == "PodDisruptionBudget") {
      continue;
    }
    CAPTURE(print(wanted.ref()));
    api::Object foreign = world::applied(wanted, "somebody");
    foreign.body()["metadata"].erase("ownerReferences");

    plan::Observed fresh = world::fresh(resource);
    fresh.children.push_back(foreign);
    plan::Observed settled = world::settled(resource);
    world::child(settled, wanted.kind(), wanted.name()) = foreign;
    std::erase_if(settled.children, [&](const api::Object& each) {
      return each.kind() == (wanted.kind() == "ConfigMap" ? "ServiceAccount" : "ConfigMap");
    });
    settled.server->body()["spec"]["replicas"] = 1;

    for (plan::Observed& observed : {std::ref(fresh), std::ref(settled)}) {
      CHECK(plan::is_blocked(world::parsed(*observed.server), observed));
      const plan::Plan plan = world::plan_of(observed, now());
      CHECK(plan.applies.empty());
      CHECK(plan.deletes.empty());
      CHECK(world::condition(plan, "Accepted").at("reason") == "NameConflict");
      CHECK(world::condition(plan, "Ready").at("reason") == "NameConflict");
      CHECK(world::condition(plan, "Stalled").at("status") == "True");
      for (const char* type : {"WorkloadAvailable", "EndpointVerified"}) {
        CHECK(world::condition(plan, type).at("status") == "Unknown");
        CHECK(world::condition(plan, type).at("reason") == "NotEvaluated");
      }
      CHECK_FALSE(plan.status_patch->at("status").contains("url"));
      CHECK_FALSE(plan.status_patch->at("status").contains("server"));
      REQUIRE(plan.events.size() == 1);
      CHECK(plan.events[0].reason == plan::Reason::name_conflict);
      REQUIRE(plan.requeue_after);
      world::obey(plan, observed);
      CHECK(world::plan_of(observed, now()).is_empty());
    }
    std::erase_if(fresh.children, [](const api::Object&) { return true; });
    CHECK(world::plan_of(fresh, now()).applies.size() == 7);
  }
}

TEST_CASE("plan: a disruption budget that is somebody else's keeps nothing from running") {
  const api::Object resource = world::resource(2);
  plan::Observed observed = world::fresh(resource);
  observed.children.push_back(world::applied(world::desired_of(resource).objects.back(), "somebody")
  );
  observed.children.back().body()["metadata"].erase("ownerReferences");
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.size() == 6);
  CHECK(world::condition(plan, "Accepted").at("reason") == "NameConflict");
  CHECK(plan.status_patch->at("status").contains("url"));
}

TEST_CASE("plan: what this spec does not have is not deleted if it is not ours") {
  plan::Observed observed = world::settled(world::resource(2));
  json& budget = world::child(observed, "PodDisruptionBudget", "weather").body();
  budget["metadata"]["ownerReferences"][0]["uid"] = "somebody-else";
  budget["metadata"]["ownerReferences"][0]["name"] = "somebody";
  observed.server->body()["spec"]["replicas"] = 1;
  CHECK(world::plan_of(observed, now()).deletes.empty());
}

namespace {

/// The child of that kind as somebody else would have made it, without an owner.
api::Object made_by_hand(const api::Object& resource, const std::string& kind) {
  for (const api::Object& wanted : world::desired_of(resource).objects) {
    if (wanted.kind() == kind) {
      api::Object foreign = world::applied(wanted, "kubectl");
      foreign.body()["metadata"].erase("ownerReferences");
      return foreign;
    }
  }
  FAIL("no such child");
  return {};
}

std::string told(const plan::Observed& observed) {
  return world::condition(world::plan_of(observed, now()), "Accepted").at("message");
}

}  // namespace

TEST_CASE("adoption: a conflict tells whose the object is and how it could be handed over") {
  const api::Object resource = world::resource(2);
  plan::Observed observed = world::fresh(resource);
  observed.children.push_back(made_by_hand(resource, "Service"));
  CHECK(
      told(observed) ==
      "metadata.name is \"weather\", but Service/weather (written by \"kubectl\") in this "
      "namespace "
      "belongs to somebody else and is left alone; delete it, or give this resource another name, "
      "or hand the object over: annotate it with mooring.dev/adopt: weather; until then nothing is "
      "made or changed"
  );

  json& metadata = observed.children[0].body()["metadata"];
  metadata["annotations"]["mooring.dev/adopt"] = "other";
  CHECK(told(observed).find("its annotation mooring.dev/adopt is \"other\"") != std::string::npos);
  metadata.erase("managedFields");
  metadata.erase("annotations");
  CHECK(told(observed).find("(not made by this operator)") != std::string::npos);
}

TEST_CASE("adoption: what another controller looks after cannot be handed over") {
  const api::Object resource = world::resource(2);
  plan::Observed observed = world::fresh(resource);
  observed.children.push_back(made_by_hand(resource, "Service"));
  json& metadata = observed.children[0].body()["metadata"];
  metadata["annotations"]["mooring.dev/adopt"] = "weather";
  metadata["ownerReferences"] = json::array(
      {{{"apiVersion", "acme.com/v1"},
        {"kind", "Website"},
        {"name", "front"},
        {"uid", "uid-of-front"},
        {"controller", true}}}
  );
  CHECK(world::plan_of(observed, now()).applies.empty());
  const std::string message = told(observed);
  CHECK(message.find("Service/weather (controlled by Website \"front\")") != std::string::npos);
  CHECK(message.find("mooring.dev/adopt") == std::string::npos);
}

TEST_CASE("adoption: what is handed over is written as it was read, told, and ours from then on") {
  const api::Object resource = world::resource(2);
  for (const char* kind : {"Service", "ConfigMap", "PodDisruptionBudget", "Deployment"}) {
    CAPTURE(kind);
    plan::Observed observed = world::settled(resource);
    api::Object foreign = made_by_hand(resource, kind);
    foreign.body()["metadata"]["annotations"]["mooring.dev/adopt"] = "weather";
    world::child(observed, kind, foreign.name()) = foreign;

    CHECK_FALSE(plan::is_blocked(world::parsed(*observed.server), observed));
    const plan::Plan plan = world::plan_of(observed, now());
    REQUIRE(plan.applies.size() == 1);
    CHECK(plan.applies[0].object.ref() == foreign.ref());
    CHECK(plan.applies[0].object.resource_version() == "100");
    CHECK_FALSE(plan.applies[0].object.controller_uid().empty());
    CHECK(plan.deletes.empty());
    REQUIRE_FALSE(plan.events.empty());
    CHECK(plan.events[0].reason == plan::Reason::children_adopted);
    CHECK(
        plan.events[0].note ==
        "adopts " + print(foreign.ref()) + ", as its annotation mooring.dev/adopt says"
    );
    world::obey(plan, observed);
    for (const plan::Apply& apply : world::plan_of(observed, now()).applies) {
      FAIL(apply.reason);
    }
  }
}

TEST_CASE(
    "adoption: an annotation that names another resource, or nothing that is wanted, does nothing"
) {
  plan::Observed observed = world::settled(world::resource(2));
  api::Object budget = made_by_hand(world::resource(2), "PodDisruptionBudget");
  budget.body()["metadata"]["annotations"]["mooring.dev/adopt"] = "other";
  world::child(observed, "PodDisruptionBudget", "weather") = budget;
  CHECK(world::plan_of(observed, now()).applies.empty());

  budget.body()["metadata"]["annotations"]["mooring.dev/adopt"] = "weather";
  world::child(observed, "PodDisruptionBudget", "weather") = budget;
  observed.server->body()["spec"]["replicas"] = 1;
  CHECK(world::plan_of(observed, now()).deletes.empty());
}
