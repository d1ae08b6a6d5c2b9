// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

namespace {

using world::now;

api::Object restricted(const json& more = json::object()) {
  api::Object resource = world::resource();
  json policy = more;
  policy["mode"] = "Restricted";
  resource.body()["spec"]["networkPolicy"] = policy;
  return resource;
}

}  // namespace

TEST_CASE("network policy: what has been applied is not written again") {
  plan::Observed observed = world::settled(restricted(json::parse(R"({
    "from": [{"podSelector": {}}, {"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": ""}}}],
    "metricsFrom": [],
    "egress": [{}, {"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": []}}]}]})")));
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("network policy: it is there before the pods that it is about") {
  const plan::Plan plan = world::plan_of(world::fresh(restricted()), now());
  REQUIRE(plan.applies.size() == 8);
  CHECK(print(plan.applies[5].object.ref()) == "NetworkPolicy/weather");
  CHECK(print(plan.applies[6].object.ref()) == "Deployment/weather");
}

TEST_CASE("network policy: it goes when the mode is Open again") {
  plan::Observed observed = world::settled(restricted());
  observed.server->body()["spec"].erase("networkPolicy");
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(plan.applies.empty());
  REQUIRE(plan.deletes.size() == 1);
  CHECK(print(plan.deletes[0].ref) == "NetworkPolicy/weather");
}

TEST_CASE("network policy: nothing runs unrestricted because somebody else has its name") {
  plan::Observed observed = world::settled(restricted());
  json& policy = world::child(observed, "NetworkPolicy", "weather").body();
  policy["metadata"]["ownerReferences"][0]["uid"] = "somebody-else";
  policy["metadata"]["ownerReferences"][0]["name"] = "somebody";
  std::erase_if(observed.children, [](const api::Object& child) {
    return child.kind() == "Deployment";
  });
  const plan::Plan blocked = world::plan_of(observed, now());
  CHECK(blocked.applies.empty());
  CHECK(world::condition(blocked, "Accepted").at("reason") == "NameConflict");

  observed.server->body()["spec"].erase("networkPolicy");
  const plan::Plan open = world::plan_of(observed, now());
  CHECK(open.applies.size() == 1);
  CHECK(open.deletes.empty());
  CHECK(world::condition(open, "Accepted").at("status") == "True");
}
