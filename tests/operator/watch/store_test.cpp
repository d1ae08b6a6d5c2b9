// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/store.hpp"

#include <doctest/doctest.h>

namespace mooring::watch {
namespace {

using api::Object;
using api::ObjectKey;
using nlohmann::json;

Object deployment(const std::string& name, const std::string& version, int replicas = 1) {
  return Object(json{
      {"kind", "Deployment"},
      {"apiVersion", "apps/v1"},
      {"metadata",
       {{"name", name},
        {"namespace", "tools"},
        {"resourceVersion", version},
        {"uid", "u-" + name},
        {"ownerReferences",
         {{{"apiVersion", "mooring.dev/v1alpha1"},
           {"kind", "McpServer"},
           {"name", "web"},
           {"uid", "1"},
           {"controller", true}}}}}},
      {"spec", {{"replicas", replicas}}},
  });
}

Object server(int generation, const json& annotations = json::object(), const json& status = {}) {
  return Object(json{
      {"kind", "McpServer"},
      {"apiVersion", "mooring.dev/v1alpha1"},
      {"metadata",
       {{"name", "web"},
        {"namespace", "tools"},
        {"generation", generation},
        {"annotations", annotations}}},
      {"status", status},
  });
}

const ObjectKey web{"tools", "web"};

TEST_CASE("store: what was put in comes out, with its version") {
  Store store({"Deployment", "", ""});
  const auto change = store.put(deployment("a", "5"));

  REQUIRE(change);
  CHECK_FALSE(change->before);
  CHECK(change->after->resource_version() == "5");
  CHECK(store.get({"tools", "a"}) == deployment("a", "5"));
  CHECK_FALSE(store.get({"tools", "b"}));
  CHECK(store.size() == 1);
}

TEST_CASE("store: of a kind that is missing there is nothing, and nothing of it is waited for") {
  Store store({"Deployment", "", ""});
  CHECK_FALSE(store.missing());
  store.replace({deployment("a", "5")});
  const std::vector<Change> gone = store.miss();
  REQUIRE(gone.size() == 1);
  CHECK_FALSE(gone[0].after);
  CHECK(store.synced());
  CHECK(store.missing());
  CHECK(store.is_at_least("9"));
  CHECK(store.size() == 0);
  store.replace({});
  CHECK_FALSE(store.missing());
}

TEST_CASE("store: a new version alone is no change, but is kept") {
  Store store({"Deployment", "", ""});
  store.put(deployment("a", "5"));

  CHECK_FALSE(store.put(deployment("a", "6")));
  CHECK(store.get({"tools", "a"})->resource_version() == "6");
  const auto change = store.put(deployment("a", "7", 2));
  REQUIRE(change);
  CHECK(change->before->at({"spec", "replicas"}) == 1);
  CHECK(change->after->at({"spec", "replicas"}) == 2);
}

TEST_CASE("store: replacing all tells of what came, changed and vanished unseen") {
  Store store({"Deployment", "", ""});
  store.put(deployment("same", "1"));
  store.put(deployment("changed", "2"));
  store.put(deployment("vanished", "3"));
  CHECK_FALSE(store.synced());

  const auto changes =
      store.replace({deployment("same", "1"), deployment("changed", "9", 4), deployment("new", "8")}
      );

  CHECK(store.synced());
  CHECK(store.size() == 3);
  std::string told;
  for (const Change& change : changes) {
    told += change.any().name() + (change.before ? " was" : "") + (change.after ? " is" : "") + ";";
  }
  CHECK(told == "changed was is;new is;vanished was;");
}

TEST_CASE("store: objects are found by their McpServer, also after they changed owner") {
  Store store({"Deployment", "", ""});
  store.put(deployment("a", "1"));
  store.put(deployment("b", "2"));
  CHECK(store.of_owner(web).size() == 2);

  Object adopted = deployment("b", "3");
  adopted.body()["metadata"]["ownerReferences"][0]["name"] = "other";
  store.put(adopted);
  store.erase({"tools", "a"});

  CHECK(store.of_owner(web).empty());
  CHECK(store.of_owner({"tools", "other"}).size() == 1);
  store.erase({"tools", "b"});
  CHECK(store.of_owner({"tools", "other"}).empty());
  CHECK(store.bytes() == 0);
}

TEST_CASE("store: it is as new as it was told") {
  Store store({"Deployment", "", ""});
  CHECK_FALSE(store.is_at_least("1"));
  store.advance("100");
  CHECK(store.is_at_least("99"));
  CHECK_FALSE(store.is_at_least("101"));
}

TEST_CASE("cache: a kind is found in all namespaces or in those watched") {
  Cache cache;
  Store& all = cache.add({"Deployment", "", ""});
  Store& tools = cache.add({"Pod", "tools", ""});

  CHECK(cache.find("Deployment", "any") == &all);
  CHECK(cache.find("Pod", "tools") == &tools);
  CHECK(cache.find("Pod", "other") == nullptr);
  CHECK(cache.find("Service", "tools") == nullptr);
  all.replace({});
  CHECK_FALSE(cache.synced());
  tools.replace({});
  CHECK(cache.synced());
}

TEST_CASE("lean: other managers' fields, kubectl's copy and the spec of pods are left out") {
  Object object = deployment("a", "1");
  object.body()["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration", "{}"}, {"mine", "x"}};
  object.body()["metadata"]["managedFields"] = {
      {{"manager", "kubectl"}, {"operation", "Update"}, {"fieldsV1", {{"f:spec", {}}}}},
      {{"manager", "mcp-operator"},
       {"operation", "Apply"},
       {"time", "2026-01-01T00:00:00Z"},
       {"fieldsV1", {{"f:spec", json::object()}}}},
      {{"manager", "mcp-operator"}, {"operation", "Apply"}, {"subresource", "status"}},
  };
  make_lean(object);

  CHECK(object.at({"metadata", "annotations"}) == json{{"mine", "x"}});
  REQUIRE(object.at({"metadata", "managedFields"}).size() == 1);
  CHECK_FALSE(object.at({"metadata", "managedFields"})[0].contains("time"));
  CHECK(object.at({"spec", "replicas"}) == 1);

  Object foreign = deployment("b", "1");
  foreign.body()["metadata"]["managedFields"] = {
      {{"manager", "kubectl"}, {"operation", "Update"}, {"fieldsV1", {{"f:spec", {}}}}},
      {{"manager", "kubelet"}, {"operation", "Update"}, {"subresource", "status"}}};
  make_lean(foreign);
  CHECK(foreign.at({"metadata", "managedFields"}) == json::array({{{"manager", "kubectl"}}}));

  Object pod(json{{"kind", "Pod"}, {"metadata", {{"name", "p"}}}, {"spec", {}}, {"status", {}}});
  make_lean(pod);
  CHECK_FALSE(pod.body().contains("spec"));
  CHECK(pod.body().contains("status"));
}

TEST_CASE("lean: of an autoscaler, whether it can is kept, and what it measures is not") {
  const auto scaler = [](int load, const char* status, const char* step = "ReadyForNewScale") {
    json conditions = json::array(
        {{{"type", "AbleToScale"}, {"status", status}, {"reason", step}},
         {{"type", "ScalingActive"},
          {"status", status},
          {"reason", "ValidMetricFound"},
          {"message", "load " + std::to_string(load)},
          {"lastTransitionTime", "2026-01-01T00:00:00Z"}}}
    );
    Object object(json{
        {"kind", "HorizontalPodAutoscaler"},
        {"metadata", {{"name", "web"}, {"namespace", "tools"}}},
        {"spec", {{"maxReplicas", 5}}},
        {"status", {{"currentMetrics", json::array({load})}, {"conditions", conditions}}}});
    make_lean(object);
    return object;
  };
  CHECK(scaler(1, "True") == scaler(2, "True"));
  CHECK(scaler(1, "True") != scaler(1, "False"));
  CHECK(scaler(1, "True", "SucceededRescale") == scaler(1, "True", "ScaleDownStabilized"));
  CHECK(scaler(1, "False", "FailedGetScale") != scaler(1, "False", "FailedUpdateScale"));
  CHECK(scaler(1, "True").at({"spec", "maxReplicas"}) == 5);
}

TEST_CASE("change: of an McpServer, the spec, the deletion and our annotations matter") {
  const Object before = server(1);
  Object deleting = server(1);
  deleting.body()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";

  CHECK(matters({std::nullopt, before}));
  CHECK(matters({before, std::nullopt}));
  CHECK(matters({before, server(2)}));
  CHECK(matters({before, deleting}));
  CHECK(matters({before, server(1, {{"mooring.dev/paused", "true"}})}));
  CHECK_FALSE(matters({before, server(1, {{"team", "a"}})}));
  CHECK_FALSE(matters({before, server(1, json::object(), {{"replicas", 2}})}));
  CHECK(matters({deployment("a", "1"), deployment("a", "2", 2)}));
}

TEST_CASE("change: it is about the owners of both the old and the new object") {
  Object other = deployment("a", "2");
  other.body()["metadata"]["ownerReferences"][0]["name"] = "other";

  CHECK(owners({deployment("a", "1"), other}) == std::set<ObjectKey>{web, {"tools", "other"}});
  CHECK(owners({std::nullopt, server(1)}) == std::set<ObjectKey>{web});
}

TEST_CASE("change: an owner reference that was lost is known by the label") {
  Object object = deployment("a", "1");
  object.body()["metadata"].erase("ownerReferences");
  CHECK(owners({object, std::nullopt}).empty());

  object.body()["metadata"]["labels"] = {{"mooring.dev/server", "web"}};
  CHECK(owners({object, std::nullopt}) == std::set<ObjectKey>{web});
}

Object at(const std::string& name, const std::vector<std::string>& hosts) {
  Object made = server(1);
  made.body()["metadata"]["name"] = name;
  made.body()["spec"]["gateway"] = {
      {"parentRefs", {{{"name", "own"}}}}, {"hostnames", hosts}, {"path", "/mcp"}};
  return made;
}

TEST_CASE("store: who wants a place is found by it, until the place or the McpServer goes") {
  Store store({"McpServer", "", ""});
  const auto names = [&](const std::string& host) {
    std::set<std::string> found;
    for (const api::Holder& holder : store.holders(api::places(at("", {host}))[0].text)) {
      found.insert(holder.server.name);
    }
    return found;
  };
  store.put(at("a", {"one.com", "one.com"}));
  store.put(at("b", {"one.com"}));
  CHECK(names("one.com") == std::set<std::string>{"a", "b"});
  CHECK(names("two.com").empty());

  store.put(at("a", {"two.com"}));
  store.erase({"tools", "b"});
  CHECK(names("one.com").empty());
  CHECK(names("two.com") == std::set<std::string>{"a"});
}

TEST_CASE("change: what an McpServer gives up is in play, and not what it comes to want") {
  const Object before = at("a", {"one.com", "two.com"});
  CHECK(places_in_play({std::nullopt, before}).empty());
  CHECK(places_in_play({before, at("a", {"two.com", "new.com"})}).size() == 1);
  CHECK(places_in_play({before, std::nullopt}).size() == 2);
  Object leaving = before;
  leaving.body()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  CHECK(places_in_play({before, leaving}).size() == 2);
}

TEST_CASE("change: what a route comes to or leaves is in play, what it keeps is not") {
  const auto route = [](const std::string& host) {
    Object made = deployment("a", "1");
    const json matches = {{{"path", {{"value", "/mcp"}}}}};
    made.body()["kind"] = "HTTPRoute";
    made.body()["spec"] = {
        {"parentRefs", {{{"name", "own"}}}},
        {"hostnames", {host}},
        {"rules", {{{"matches", matches}}}}};
    return made;
  };
  CHECK(places_in_play({std::nullopt, route("a.com")}).size() == 1);
  CHECK(places_in_play({route("a.com"), route("b.com")}).size() == 2);
  CHECK(places_in_play({route("a.com"), route("a.com")}).empty());
  CHECK(places_in_play({deployment("a", "1"), std::nullopt}).empty());
}

}  // namespace
}  // namespace mooring::watch
