// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

api::Object with_monitoring(const json& monitoring) {
  api::Object resource = world::resource(2);
  resource.body()["spec"]["monitoring"] = monitoring;
  return resource;
}

json monitored(const plan::Observed& observed) {
  for (const json& each : observed.server->at({"status", "conditions"})) {
    if (each.at("type") == "Monitored") {
      return each;
    }
  }
  return {};
}

// As a cluster without prometheus-operator would settle.
plan::Observed without_kinds(const api::Object& resource) {
  plan::Observed observed = world::settled(resource);
  observed.missing_kinds = {"PodMonitor", "PrometheusRule"};
  std::erase_if(observed.children, [&](const api::Object& child) {
    return observed.missing_kinds.contains(child.kind());
  });
  world::obey(world::plan_of(observed, now()), observed);
  return observed;
}

}  // namespace

TEST_CASE(
    "monitoring: Auto is silent where the kinds are not installed, and makes them when they come"
) {
  plan::Observed observed = without_kinds(with_monitoring(json::object()));
  CHECK(monitored(observed).is_null());
  CHECK(world::plan_of(observed, now()).is_empty());

  observed.missing_kinds.clear();
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 2);
  CHECK(plan.applies[0].object.kind() == "PodMonitor");
  CHECK(plan.applies[1].object.kind() == "PrometheusRule");
  world::obey(plan, observed);
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("monitoring: a kind that is asked for by name and not there is told, and nobody waits") {
  plan::Observed observed = without_kinds(with_monitoring({{"scrape", "PodMonitor"}}));
  const json told = monitored(observed);
  CHECK(told.at("status") == "False");
  CHECK(told.at("reason") == "NotInstalled");
  CHECK(
      told.at("message") ==
      "spec.monitoring.scrape is \"PodMonitor\", which the cluster does not have: install "
      "prometheus-operator, or say Auto"
  );
  for (const json& each : observed.server->at({"status", "conditions"})) {
    CHECK((each.at("type") != "Ready" || each.at("status") == "True"));
  }
  CHECK(world::plan_of(observed, now()).is_empty());

  observed.missing_kinds.clear();
  world::obey(world::plan_of(observed, now()), observed);
  CHECK(monitored(observed).at("status") == "True");
}

TEST_CASE("monitoring: where nothing is scraped, Auto makes no rules that would all fire") {
  const plan::Observed observed = world::settled(with_monitoring({{"scrape", "None"}}));
  CHECK(observed.find("PodMonitor", "weather") == nullptr);
  CHECK(observed.find("PrometheusRule", "weather") == nullptr);
  const plan::Observed asked =
      world::settled(with_monitoring({{"scrape", "None"}, {"alerts", {{"rules", "PrometheusRule"}}}}
      ));
  CHECK(asked.find("PrometheusRule", "weather") != nullptr);
}

TEST_CASE("monitoring: somebody else's PodMonitor of that name is left alone, and the rest goes on"
) {
  plan::Observed observed = world::settled(with_monitoring(json::object()));
  api::Object& monitor = world::child(observed, "PodMonitor", "weather");
  monitor.body()["metadata"].erase("ownerReferences");
  monitor.body()["metadata"]["managedFields"] = json::array();
  world::child(observed, "PrometheusRule", "weather").body()["spec"]["groups"][0]["rules"] =
      json::array();
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].object.kind() == "PrometheusRule");
  CHECK(world::condition(plan, "Accepted").at("reason") == "NameConflict");
}

TEST_CASE("monitoring: what is not asked for any more goes") {
  plan::Observed observed = world::settled(with_monitoring(json::object()));
  observed.server->body()["spec"]["monitoring"] = {{"scrape", "None"}};
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 2);
  CHECK(plan.deletes[0].ref.kind == "PodMonitor");
  CHECK(plan.deletes[1].ref.kind == "PrometheusRule");
}
