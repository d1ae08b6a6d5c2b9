// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/children.hpp"
#include "operator/plan/plan.hpp"
#include "operator/plan/secrets.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

api::Object with_ingress(const json& ingress = {{"host", "mcp.acme.com"}}) {
  api::Object resource = world::resource(2);
  resource.body()["spec"]["ingress"] = ingress;
  return resource;
}

api::Object with_gateway() {
  api::Object resource = world::resource(2);
  resource.body()["spec"]["gateway"] = {
      {"parentRefs", {{{"name", "public"}, {"namespace", "infra"}}, {{"name", "private"}}}},
      {"hostnames", {"mcp.acme.com"}}};
  return resource;
}

json parent_status(const json& ref, const std::string& accepted, std::int64_t generation) {
  const auto condition = [&](const char* type, const std::string& status) {
    return json{
        {"type", type},
        {"status", status},
        {"reason", status == "True" ? type : "NotAllowedByListeners"},
        {"message", "no listener lets it in"},
        {"observedGeneration", generation}};
  };
  return {
      {"parentRef", ref},
      {"conditions", {condition("Accepted", accepted), condition("ResolvedRefs", "True")}}};
}

json status_condition(const plan::Observed& observed, const std::string& type) {
  for (const json& each : observed.server->at({"status", "conditions"})) {
    if (each.at("type") == type) {
      return each;
    }
  }
  return {};
}

}  // namespace

TEST_CASE("route: where nothing is exposed, nothing is said of it") {
  CHECK(status_condition(world::settled(world::resource(2)), "RouteProgrammed").is_null());
}

TEST_CASE("route: an Ingress without an address is not known to be served, and nobody waits") {
  const plan::Observed observed = world::settled(with_ingress());
  const json route = status_condition(observed, "RouteProgrammed");
  CHECK(route.at("status") == "Unknown");
  CHECK(route.at("reason") == "RouteUnknown");
  CHECK(route.at("message").get<std::string>().find("default IngressClass") != std::string::npos);
  CHECK(status_condition(observed, "Ready").at("status") == "True");
  CHECK(
      status_condition(observed, "Ready").at("message") ==
      "serves inside the cluster; whether clients reach http://mcp.acme.com/mcp is not known: see "
      "RouteProgrammed"
  );
  CHECK(observed.server->at({"status", "url"}) == "http://mcp.acme.com/mcp");
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("route: an address in the Ingress says where it is served, and stays told while paused") {
  plan::Observed observed = world::settled(with_ingress());
  json& status = world::child(observed, "Ingress", "weather").body()["status"];
  status["loadBalancer"]["ingress"] = {{{"ip", "192.0.2.7"}}, {{"hostname", "lb.acme.com"}}};
  world::obey(world::plan_of(observed, now()), observed);
  const json route = status_condition(observed, "RouteProgrammed");
  CHECK(route.at("status") == "True");
  CHECK(
      route.at("message") ==
      "the Ingress is served at 192.0.2.7, lb.acme.com; mcp.acme.com must lead there"
  );
  observed.server->body()["spec"]["suspend"] = true;
  const plan::Plan paused = plan::paused(*observed.server, world::parsed(*observed.server), now());
  CHECK(world::condition(paused, "RouteProgrammed") == route);
}

TEST_CASE("route: the Ingress goes when it is asked for no more, and so does the condition") {
  plan::Observed observed = world::settled(with_ingress());
  observed.server->body()["spec"].erase("ingress");
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(plan.deletes[0].ref.kind == "Ingress");
  world::obey(plan, observed);
  CHECK(status_condition(observed, "RouteProgrammed").is_null());
  CHECK(
      observed.server->at({"status", "url"}).get<std::string>() ==
      "http://weather.tools.svc:3232/mcp"
  );
}

TEST_CASE("route: somebody else's Ingress of that name is left alone, and the rest goes on") {
  plan::Observed observed = world::settled(with_ingress());
  world::child(observed, "Ingress", "weather").body()["metadata"]["ownerReferences"][0]["uid"] =
      "x";
  world::child(observed, "Ingress", "weather").body()["metadata"]["ownerReferences"][0]["name"] =
      "x";
  CHECK_FALSE(plan::is_blocked(world::parsed(*observed.server), observed));
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.empty());
  CHECK(plan.deletes.empty());
  CHECK(world::condition(plan, "Accepted").at("reason") == "NameConflict");
  CHECK(world::condition(plan, "RouteProgrammed").at("status") == "Unknown");
}

TEST_CASE("route: a certificate that nobody makes has to be there") {
  const json bare = {{"host", "mcp.acme.com"}, {"tls", {{"secretName", "mcp-tls"}}}};
  CHECK(
      plan::references(world::parsed(with_ingress(bare))) ==
      std::vector<std::string>{"files", "mcp-tls"}
  );
  const auto resolved = [&](const plan::SecretState& secret) {
    plan::Observed observed = world::fresh(with_ingress(bare));
    observed.secrets["mcp-tls"] = secret;
    return world::condition(world::plan_of(observed, now()), "ReferencesResolved");
  };
  CHECK(
      resolved({}).at("message") ==
      R"(spec.ingress.tls.secretName is "mcp-tls", but namespace "tools" has no such Secret; )"
      R"(create it with the key "tls.crt", or correct the name)"
  );
  CHECK(
      resolved({true, {"tls.crt", "ca"}}).at("message") ==
      R"(spec.ingress.tls.secretName is "mcp-tls", a Secret without "tls.key" (it has: ca, )"
      R"(tls.crt); add the key to the Secret, or name another)"
  );
  CHECK(resolved({true, {"tls.crt", "tls.key"}}).at("status") == "True");

  json made = bare;
  made["tls"]["issuerRef"] = {{"name", "ours"}};
  CHECK(plan::references(world::parsed(with_ingress(made))) == std::vector<std::string>{"files"});
}

TEST_CASE("route: an HTTPRoute has to be in force at each Gateway") {
  plan::Observed observed = world::settled(with_gateway());
  const std::int64_t generation = world::child(observed, "HTTPRoute", "weather").generation();
  const json in_infra = {{"name", "public"}, {"namespace", "infra"}};
  const json in_own = {{"name", "private"}, {"namespace", "tools"}};
  const auto route = [&](const json& parents) {
    world::child(observed, "HTTPRoute", "weather").body()["status"]["parents"] = parents;
    world::obey(world::plan_of(observed, now()), observed);
    return status_condition(observed, "RouteProgrammed");
  };
  CHECK(observed.server->at({"status", "url"}) == "https://mcp.acme.com/mcp");

  json told = route(json::array());
  CHECK(told.at("reason") == "RoutePending");
  CHECK(
      told.at("message") ==
      "no controller has taken the route to Gateway infra/public yet: is there such a Gateway, and "
      "does a controller serve its class?"
  );
  CHECK(status_condition(observed, "Ready").at("status") == "False");
  CHECK(status_condition(observed, "Reconciling").at("status") == "True");

  const json good = parent_status(in_infra, "True", generation);
  CHECK(
      route(json::array({good})).at("message").get<std::string>().find("Gateway private") !=
      std::string::npos
  );
  CHECK(
      route({good, parent_status(in_own, "True", generation - 1)}).at("message") ==
      "the route is not in force yet at Gateway private"
  );

  told = route({good, parent_status(in_own, "False", generation)});
  CHECK(told.at("reason") == "RouteRefused");
  CHECK(
      told.at("message") ==
      "the controller of Gateway private says Accepted is not so (NotAllowedByListeners): no "
      "listener lets it in"
  );
  CHECK(status_condition(observed, "Stalled").at("status") == "True");

  told = route({good, parent_status(in_own, "True", generation)});
  CHECK(told.at("status") == "True");
  CHECK(told.at("message") == "the route is in force at Gateway infra/public; Gateway private");
  CHECK(status_condition(observed, "Ready").at("status") == "True");
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("route: where HTTPRoute is not installed, the rest goes on, and this is told") {
  plan::Observed observed = world::settled(world::resource(2));
  observed.server->body()["spec"]["gateway"] = with_gateway().at({"spec", "gateway"});
  observed.missing_kinds = {"HTTPRoute"};
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.empty());
  const json route = world::condition(plan, "RouteProgrammed");
  CHECK(route.at("status") == "False");
  CHECK(route.at("reason") == "NotInstalled");
  CHECK(
      route.at("message") ==
      "spec.gateway: HTTPRoute is not installed: install Gateway API v1 (kubectl apply "
      "--server-side -f https://github.com/kubernetes-sigs/gateway-api/releases/latest/download/"
      "standard-install.yaml) and a controller of it, or remove spec.gateway"
  );
  CHECK(world::condition(plan, "Ready").at("reason") == "NotInstalled");
  CHECK(world::condition(plan, "Stalled").at("status") == "True");

  world::obey(plan, observed);
  CHECK(world::plan_of(observed, now()).is_empty());
  observed.missing_kinds.clear();
  const plan::Plan healed = world::plan_of(observed, now());
  REQUIRE(healed.applies.size() == 1);
  CHECK(healed.applies[0].object.kind() == "HTTPRoute");
}

TEST_CASE("route: of an Ingress and an HTTPRoute, the one that is worse off is told") {
  api::Object resource = with_gateway();
  resource.body()["spec"]["ingress"]["host"] = "mcp.acme.com";
  plan::Observed observed = world::settled(resource);
  CHECK(status_condition(observed, "RouteProgrammed").at("reason") == "RoutePending");
}

TEST_CASE("route: what another has already is not made here, and whose it is is told") {
  // As the API server gives it, which fills the path in.
  plan::Observed observed =
      world::settled(with_ingress({{"host", "mcp.acme.com"}, {"path", "/mcp"}}));
  const api::Place place = api::places(*observed.server)[0];
  observed.claims[place] = {
      {{"tools", "weather"}, {{"tools", "weather"}, "2026-01-01T00:00:00Z", {}}},
      {{"weather", "first"}, {{"weather", "first"}, {}, "2026-01-02T00:00:00Z"}}};

  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(plan.deletes[0].ref.kind == "Ingress");
  CHECK(plan.applies.empty());
  world::obey(plan, observed);

  json told = status_condition(observed, "RouteProgrammed");
  CHECK(told.at("reason") == "RouteTaken");
  CHECK(
      told.at("message") ==
      "spec.ingress: host \"mcp.acme.com\" and path \"/mcp\" of the default IngressClass is served "
      "by McpServer weather/first already, so no Ingress is made; choose another host or path, or "
      "take it from the other"
  );
  CHECK(status_condition(observed, "Ready").at("status") == "False");
  CHECK(status_condition(observed, "Stalled").at("status") == "True");
  CHECK(observed.server->at({"status", "url"}) == "http://weather.tools.svc:3232/mcp");
  CHECK(world::plan_of(observed, now()).is_empty());

  observed.claims[place][{"weather", "first"}] = {{"weather", "first"}, "2025-01-01T00:00:00Z", {}};
  world::obey(world::plan_of(observed, now()), observed);
  told = status_condition(observed, "RouteProgrammed");
  CHECK(
      told.at("message").get<std::string>().find(
          "is wanted by the older McpServer weather/first too, so no Ingress is made"
      ) != std::string::npos
  );

  observed.claims[place].erase({"weather", "first"});
  const plan::Plan after = world::plan_of(observed, now());
  REQUIRE(after.applies.size() == 1);
  CHECK(after.applies[0].object.kind() == "Ingress");
}

TEST_CASE("route: a route keeps the hosts that nobody else has") {
  api::Object resource = with_gateway();
  resource.body()["spec"]["gateway"]["hostnames"] = {"mcp.acme.com", "other.acme.com"};
  resource.body()["spec"]["gateway"]["path"] = "/mcp";
  plan::Observed observed = world::settled(resource);
  const auto places = api::places(resource);
  REQUIRE(places.size() == 4);
  const plan::Claim other{{"tools", "other"}, {}, "2026-01-02T00:00:00Z"};
  observed.claims[places[0]] = {{other.server, other}};

  world::obey(world::plan_of(observed, now()), observed);
  CHECK(
      world::child(observed, "HTTPRoute", "weather").at({"spec", "hostnames"}) ==
      json::array({"other.acme.com"})
  );
  CHECK(observed.server->at({"status", "url"}) == "https://other.acme.com/mcp");
  const json told = status_condition(observed, "RouteProgrammed");
  CHECK(told.at("reason") == "RouteTaken");
  CHECK(
      told.at("message").get<std::string>().find(
          "is served by McpServer tools/other already, so the HTTPRoute is made without it"
      ) != std::string::npos
  );

  observed.claims[places[3]] = {{other.server, other}};
  const plan::Plan plan = world::plan_of(observed, now());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(plan.deletes[0].ref.kind == "HTTPRoute");
}
