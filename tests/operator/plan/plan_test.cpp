// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"

#include "operator/api/kinds.hpp"
#include "operator/plan/outcome.hpp"
#include "operator/plan/secrets.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

using world::now;

std::vector<std::string> applied_names(const plan::Plan& plan) {
  std::vector<std::string> names;
  for (const plan::Apply& apply : plan.applies) {
    names.push_back(print(apply.object.ref()));
  }
  return names;
}

}  // namespace

TEST_CASE("plan: nothing is written when nothing differs, for any number of replicas") {
  for (const int replicas : {0, 1, 2, 7, 100}) {
    CAPTURE(replicas);
    const plan::Observed observed = world::settled(world::resource(replicas));
    const plan::Plan plan = world::plan_of(observed, now());
    CHECK(plan.is_empty());
    REQUIRE(plan.requeue_after);
    CHECK(*plan.requeue_after >= std::chrono::minutes(1));
  }
}

TEST_CASE("plan: obeying a plan leaves nothing to plan") {
  plan::Observed observed = world::fresh(world::resource());
  world::obey(world::plan_of(observed, now()), observed);
  const plan::Plan second = world::plan_of(observed, now());
  CHECK(second.applies.empty());
  world::obey(second, observed);
  CHECK(world::plan_of(observed, now() + std::chrono::hours(1)).is_empty());
}

TEST_CASE("plan: a new resource gets all children in order, and a status at once") {
  const plan::Plan plan = world::plan_of(world::fresh(world::resource()), now());
  CHECK(
      applied_names(plan) ==
      std::vector<std::string>{
          "Secret/weather-keys",
          "ConfigMap/weather-settings",
          "ServiceAccount/weather",
          "Service/weather",
          "Service/weather-peers",
          "Deployment/weather",
          "PodDisruptionBudget/weather"}
  );
  CHECK(world::condition(plan, "Ready").at("status") == "False");
  CHECK(world::condition(plan, "Reconciling").at("status") == "True");
  CHECK(world::condition(plan, "Stalled").at("status") == "False");
  CHECK(plan.status_patch->at("status").at("observedGeneration") == 3);
  CHECK(plan.status_patch->at("metadata").at("uid") == "uid-1");
  REQUIRE(plan.events.size() == 2);
  CHECK(plan.events[0].reason == plan::Reason::children_created);
  CHECK(plan.events[1].reason == plan::Reason::progressing);
  CHECK_FALSE(plan.events[1].warning);
}

TEST_CASE("plan: a resource that works is Ready and says where") {
  const json status = world::settled(world::resource()).server->at({"status"});
  for (const auto& [type, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"Accepted", "True"},
           {"ReferencesResolved", "True"},
           {"WorkloadAvailable", "True"},
           {"EndpointVerified", "True"},
           {"Ready", "True"},
           {"Reconciling", "False"},
           {"Stalled", "False"}}) {
    CAPTURE(type);
    bool found = false;
    for (const json& condition : status.at("conditions")) {
      found = found || (condition.at("type") == type && condition.at("status") == wanted);
    }
    CHECK(found);
  }
  CHECK(status.at("url") == "http://weather.tools.svc:3232/mcp");
  CHECK(status.at("image") == "mooring.dev/mcp-server:test");
  CHECK(
      status.at("selector") ==
      "app.kubernetes.io/instance=weather,app.kubernetes.io/name=mcp-server"
  );
  CHECK(status.at("replicas") == 2);
  CHECK(status.at("readyReplicas") == 2);
  CHECK(status.at("server") == json::parse(R"({"name": "weather", "version": "0.1.0", "tools": 3,
                        "protocolVersions": ["2026-07-28", "2025-11-25"]})"));
}

TEST_CASE("plan: becoming Ready is told once") {
  plan::Observed observed = world::settled(world::resource());
  observed.server->body().erase("status");
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.events.size() == 1);
  CHECK(plan.events[0].reason == plan::Reason::ready);
  CHECK_FALSE(plan.events[0].warning);
}

TEST_CASE("plan: keys that change are told as that, never as drift, and looked at when they are due"
) {
  plan::Observed observed = world::settled(world::resource());
  const keys::Kept fresh = keys::next({}, {720h, 24h}, now(), std::string(32, 'n')).kept;
  const auto plan_for = [&](const keys::Outlook& outlook) {
    const api::McpServer server = world::parsed(*observed.server);
    const auto desired = render::desired(server, {"mooring.dev/mcp-server:test", fresh});
    return plan::make(server, desired, observed, now(), outlook);
  };

  const auto noted = plan_for({true, {}, now() + 30s});
  CHECK(applied_names(noted) == std::vector<std::string>{"Secret/weather-keys"});
  CHECK(noted.events.empty());
  CHECK(noted.requeue_after == 30s);

  const auto rotated = plan_for({true, {"key k2 is added", "key k1 leaves"}, now() + 900h});
  REQUIRE(rotated.events.size() == 1);
  CHECK(rotated.events[0].reason == plan::Reason::keys_rotated);
  CHECK(rotated.events[0].note == "key k2 is added; key k1 leaves");
  CHECK(*rotated.requeue_after < 1h);

  const auto changed = plan_for({});
  REQUIRE(changed.events.size() == 1);
  CHECK(changed.events[0].reason == plan::Reason::drift_corrected);
}

TEST_CASE("plan: a field that somebody changed is put back, and told") {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Service", "weather").body()["spec"]["ports"][0]["targetPort"] = "other";
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(applied_names(plan) == std::vector<std::string>{"Service/weather"});
  REQUIRE(plan.events.size() == 1);
  CHECK(plan.events[0].reason == plan::Reason::drift_corrected);
  CHECK(
      plan.events[0].note == "puts back Service/weather (spec.ports[3232,TCP].targetPort differs)"
  );
  CHECK_FALSE(plan.status_patch);
}

TEST_CASE("plan: another default image is an upgrade, no drift") {
  plan::Observed observed = world::settled(world::resource());
  const api::McpServer server = world::parsed(*observed.server);
  const render::Desired desired =
      render::desired(server, {"mooring.dev/mcp-server:next", world::kept_keys()});
  const plan::Plan plan = plan::make(server, desired, observed, now());
  CHECK(applied_names(plan) == std::vector<std::string>{"Deployment/weather"});
  CHECK(plan.events.at(0).reason == plan::Reason::children_upgraded);
  CHECK_FALSE(plan.events[0].warning);
  CHECK(plan.events[0].note.starts_with(
      "updates to the operator's endpoint image mooring.dev/mcp-server:next: Deployment/weather ("
  ));
}

TEST_CASE("plan: a child that was deleted is made again") {
  plan::Observed observed = world::settled(world::resource());
  std::erase_if(observed.children, [](const api::Object& each) {
    return each.kind() == "ConfigMap";
  });
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(applied_names(plan) == std::vector<std::string>{"ConfigMap/weather-settings"});
}

TEST_CASE("plan: a child on its way out is waited for") {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Service", "weather").body()["metadata"]["deletionTimestamp"] =
      "2026-01-01T00:00:00Z";
  CHECK(world::plan_of(observed, now()).applies.empty());
}

TEST_CASE("plan: what others own is left alone") {
  plan::Observed observed = world::settled(world::resource());
  json& deployment = world::child(observed, "Deployment", "weather").body();
  deployment["metadata"]["labels"]["team"] = "red";
  deployment["metadata"]["annotations"]["note"] = "by hand";
  json& pod_template = deployment["spec"]["template"];
  pod_template["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] = "today";
  pod_template["spec"]["containers"].push_back({{"name", "injected"}, {"image", "mesh"}});
  pod_template["spec"]["volumes"].push_back({{"name", "injected"}, {"emptyDir", json::object()}});
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("plan: the same amount in other words is no difference") {
  plan::Observed observed = world::settled(world::resource());
  json& containers = world::child(observed, "Deployment", "weather")
                         .body()["spec"]["template"]["spec"]["containers"];
  containers[0]["resources"]["requests"]["cpu"] = "0.1";
  containers[0]["resources"]["limits"]["memory"] = "268435456";
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("plan: a field of ours that another took over is taken back") {
  plan::Observed observed = world::settled(world::resource());
  json& deployment = world::child(observed, "Deployment", "weather").body();
  deployment["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].erase("f:replicas");
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].reason == "spec.replicas differs");
}

TEST_CASE("plan: what the spec has no more goes from the child") {
  api::Object resource = world::resource();
  plan::Observed observed = world::settled(resource);
  observed.server->body()["spec"]["backends"][0]["stdio"]["env"].erase(0);
  observed.server->body()["metadata"]["generation"] = 4;
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(applied_names(plan) == std::vector<std::string>{"Deployment/weather"});
  CHECK(plan.events[0].reason == plan::Reason::children_updated);
  CHECK(
      plan.applies[0].reason ==
      "spec.template.spec.initContainers[backend-files].env[PLAIN] differs"
  );
}

TEST_CASE("plan: an owner reference that was taken away comes back") {
  plan::Observed observed = world::settled(world::resource());
  json& metadata = world::child(observed, "Service", "weather").body()["metadata"];
  metadata.erase("ownerReferences");
  metadata["managedFields"][0]["fieldsV1"]["f:metadata"].erase("f:ownerReferences");
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].reason == "metadata.ownerReferences differs");
  CHECK_FALSE(plan.status_patch);
}

TEST_CASE("plan: what a namesake that is gone leaves behind is waited for, not fought over") {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Service", "weather").body()["metadata"]["ownerReferences"][0]["uid"] =
      "before";
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.empty());
  CHECK_FALSE(plan.status_patch);
}

TEST_CASE("plan: a map that is owned as a whole has no room for others' keys") {
  plan::Observed observed = world::settled(world::resource());
  json& service = world::child(observed, "Service", "weather").body();
  service["spec"]["selector"]["extra"] = "by hand";
  // The API server gives the whole map to whoever changed it last.
  service["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"].erase("f:selector");
  CHECK(
      applied_names(world::plan_of(observed, now())) == std::vector<std::string>{"Service/weather"}
  );
}

TEST_CASE("plan: an applied object of another manager is applied by ours") {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Service", "weather").body()["metadata"]["managedFields"][0]["manager"] =
      "somebody";
  CHECK(
      applied_names(world::plan_of(observed, now())) == std::vector<std::string>{"Service/weather"}
  );
}

TEST_CASE("plan: one replica needs no disruption budget, and loses the one it had") {
  plan::Observed observed = world::settled(world::resource(2));
  observed.server->body()["spec"]["replicas"] = 1;
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(print(plan.deletes[0].ref) == "PodDisruptionBudget/weather");
  CHECK(plan.deletes[0].uid == "uid-of-weather-PodDisruptionBudget");
  CHECK(plan.deletes[0].resource_version == "100");
}

TEST_CASE("plan: nothing is done while the resource is being deleted, or when it is gone") {
  plan::Observed observed = world::fresh(world::resource());
  const api::McpServer server = world::parsed(*observed.server);
  const render::Desired desired = world::desired_of(*observed.server);
  observed.server->body()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  CHECK(plan::make(server, desired, observed, now()) == plan::Plan{});
  CHECK(plan::rejected(*observed.server, {{"spec", "bad"}}, now()) == plan::Plan{});
  observed.server.reset();
  CHECK(plan::make(server, desired, observed, now()) == plan::Plan{});
}

TEST_CASE("plan: no value of a Secret stands in a plan's words") {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Secret", "weather-keys").body()["data"]["ring.json"] = "c2VjcmV0";
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].reason == "data.ring.json differs");
}

TEST_CASE("plan: a status whose conditions stand in another order is the same status") {
  plan::Observed observed = world::settled(world::resource());
  json& conditions = observed.server->body()["status"]["conditions"];
  std::reverse(conditions.begin(), conditions.end());
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("rejected: the spec's errors stand in the status, once, and nothing is tried again") {
  api::Object resource = world::resource();
  const std::vector<FieldError> errors = {{"spec.replicas", "is -1, must be 0 to 100"}};
  const plan::Plan plan = plan::rejected(resource, errors, now());
  CHECK(plan.applies.empty());
  CHECK_FALSE(plan.requeue_after);
  const json accepted = world::condition(plan, "Accepted");
  CHECK(accepted.at("reason") == "InvalidSpec");
  CHECK(accepted.at("message") == "spec.replicas: is -1, must be 0 to 100");
  CHECK(world::condition(plan, "Ready").at("reason") == "InvalidSpec");
  CHECK(world::condition(plan, "Stalled").at("status") == "True");
  CHECK(world::condition(plan, "Reconciling").at("status") == "False");
  REQUIRE(plan.events.size() == 1);
  CHECK(plan.events[0].warning);

  resource.body()["status"] = plan.status_patch->at("status");
  CHECK(plan::rejected(resource, errors, now() + std::chrono::hours(1)).is_empty());
}

TEST_CASE("rejected: what a running server's status says beside conditions stays") {
  plan::Observed observed = world::settled(world::resource());
  const plan::Plan plan = plan::rejected(*observed.server, {{"spec", "bad"}}, now());
  CHECK(plan.status_patch->at("status").at("url") == "http://weather.tools.svc:3232/mcp");
  CHECK(plan.status_patch->at("status").at("readyReplicas") == 2);
}

TEST_CASE("failed: what people must mend is told, what passes is not") {
  const plan::Observed observed = world::settled(world::resource());
  for (const Errc passing :
       {Errc::conflict,
        Errc::timeout,
        Errc::unavailable,
        Errc::too_many,
        Errc::gone,
        Errc::unauthenticated,
        Errc::internal,
        Errc::not_found}) {
    CHECK(plan::failed(*observed.server, {passing, "x"}, now()) == plan::Plan{});
  }
  const plan::Plan forbidden =
      plan::failed(*observed.server, {Errc::forbidden, "cannot patch services"}, now());
  CHECK(world::condition(forbidden, "Ready").at("reason") == "Forbidden");
  CHECK(world::condition(forbidden, "Reconciling").at("status") == "True");
  CHECK(world::condition(forbidden, "ReferencesResolved").at("status") == "True");
  const plan::Plan invalid =
      plan::failed(*observed.server, {Errc::invalid, "spec.selector: immutable"}, now());
  CHECK(world::condition(invalid, "Ready").at("reason") == "ApplyFailed");
  CHECK(world::condition(invalid, "Stalled").at("status") == "True");
  const plan::Plan full = plan::failed(
      *observed.server, {Errc::forbidden, "patch services x: exceeded quota: q"}, now()
  );
  CHECK(world::condition(full, "Ready").at("reason") == "ApplyFailed");
  CHECK(
      world::condition(full, "Ready").at("message") ==
      "the API server refuses what this spec becomes: patch services x: exceeded quota: q; mend "
      "the quota of the namespace"
  );
  CHECK(
      plan::failed(
          *observed.server, {Errc::forbidden, "namespace tools: it is being terminated"}, now()
      ) == plan::Plan{}
  );
}

TEST_CASE("failed: a way from outside that is refused says nothing of the pods") {
  const plan::Observed observed = world::settled(world::resource());
  const plan::Plan plan = plan::failed(
      *observed.server, {Errc::invalid, "spec.rules[0].host: Invalid value"}, now(), "Ingress"
  );
  CHECK(world::condition(plan, "WorkloadAvailable").at("status") == "True");
  CHECK(world::condition(plan, "RouteProgrammed").at("reason") == "ApplyFailed");
  CHECK(world::condition(plan, "Ready").at("reason") == "ApplyFailed");
  CHECK(world::condition(plan, "Stalled").at("status") == "True");
}

TEST_CASE("outcome: each kind of error has its next step") {
  using Next = plan::Outcome::Next;
  CHECK(plan::outcome(plan::Plan{}).next == Next::forget);
  plan::Plan later;
  later.requeue_after = std::chrono::seconds(5);
  CHECK(plan::outcome(later) == plan::Outcome{Next::after, std::chrono::seconds(5)});
  const plan::Outcome refused{Next::terminal, std::chrono::minutes(5)};
  CHECK(plan::outcome(Error{Errc::invalid, ""}) == refused);
  for (const Errc code : {Errc::unavailable, Errc::conflict, Errc::forbidden, Errc::internal}) {
    CHECK(plan::outcome(Error{code, ""}).next == Next::retry);
  }
  CHECK(plan::metric_label(plan::outcome(later)) == "requeue_after");
}

TEST_CASE("references: each Secret once, in order of name") {
  CHECK(plan::references(world::parsed(world::resource())) == std::vector<std::string>{"files"});
}
