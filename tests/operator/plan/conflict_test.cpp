// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/children.hpp"
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace mooring;
using nlohmann::json;

namespace {

const auto now = [] { return world::at("2026-01-02T00:00:00Z"); };

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
