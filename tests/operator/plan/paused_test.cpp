// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

}  // namespace

TEST_CASE("paused: nothing is touched, the status says why, and what was found stays told") {
  for (const bool by_spec : {true, false}) {
    CAPTURE(by_spec);
    plan::Observed observed = world::settled(world::resource());
    json& body = observed.server->body();
    if (by_spec) {
      body["spec"]["suspend"] = true;
    } else {
      body["metadata"]["annotations"]["mooring.dev/paused"] = "true";
    }
    body["spec"]["replicas"] = 5;
    body["metadata"]["generation"] = 4;
    const api::McpServer server = world::parsed(*observed.server);
    REQUIRE(plan::is_paused(server));
    const plan::Plan plan = plan::paused(*observed.server, server, now());
    CHECK(plan.applies.empty());
    CHECK(plan.deletes.empty());
    CHECK_FALSE(plan.requeue_after);
    const json& status = plan.status_patch->at("status");
    CHECK(status.at("observedGeneration") == 4);
    CHECK(status.at("url") == "http://weather.tools.svc:3232/mcp");
    CHECK(world::condition(plan, "Paused").at("status") == "True");
    const std::string why = world::condition(plan, "Paused").at("message");
    CHECK(why.starts_with(by_spec ? "spec.suspend is true" : "the annotation mooring.dev/paused"));
    CHECK(world::condition(plan, "Ready").at("status") == "True");
    CHECK(world::condition(plan, "Ready").at("reason") == "Paused");
    CHECK(world::condition(plan, "Reconciling").at("status") == "False");
    CHECK(world::condition(plan, "Stalled").at("status") == "False");
    CHECK(world::condition(plan, "WorkloadAvailable").at("observedGeneration") == 3);
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].reason == plan::Reason::paused);
    CHECK_FALSE(plan.events[0].warning);

    observed.server->body()["status"] = status;
    CHECK(plan::paused(*observed.server, server, now() + std::chrono::hours(1)).is_empty());
  }
}

TEST_CASE("paused: what was put off is done as a change, no drift, once it ends") {
  plan::Observed observed = world::settled(world::resource());
  json& body = observed.server->body();
  body["metadata"]["annotations"]["mooring.dev/paused"] = "true";
  body["spec"]["replicas"] = 5;
  body["metadata"]["generation"] = 4;
  const plan::Plan pause = plan::paused(*observed.server, world::parsed(*observed.server), now());
  body["status"] = pause.status_patch->at("status");
  body["metadata"].erase("annotations");
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.events.at(0).reason == plan::Reason::children_updated);
  for (const json& condition : plan.status_patch->at("status").at("conditions")) {
    CHECK(condition.at("type") != "Paused");
  }
}

TEST_CASE("paused: a word that is neither yes nor no is refused") {
  api::Object resource = world::resource();
  resource.body()["metadata"]["annotations"]["mooring.dev/paused"] = "yes";
  const auto server = api::parse_server(resource);
  REQUIRE_FALSE(server);
  CHECK(
      describe(server.error()) ==
      R"(metadata.annotations["mooring.dev/paused"]: is "yes", must be "true" or "false")"
  );
}
