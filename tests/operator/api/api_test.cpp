// SPDX-License-Identifier: Apache-2.0
#include "operator/api/condition.hpp"
#include "operator/api/crd.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/api/object.hpp"
#include "operator/api/quantity.hpp"

#include <doctest/doctest.h>

#include <functional>

using namespace mooring;
using namespace mooring::api;
using nlohmann::json;

TEST_CASE("object: what is absent reads as empty") {
  const Object object;
  CHECK(object.name().empty());
  CHECK(object.generation() == 0);
  CHECK_FALSE(object.is_deleting());
  CHECK(object.controlling_server().empty());
  CHECK(object.label("x").empty());
}

TEST_CASE("object: its controller is the one owner that controls it") {
  const Object child(json::parse(R"({"kind": "Service", "metadata": {"name": "s", "namespace": "n",
    "ownerReferences": [
      {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "1"},
      {"apiVersion": "mooring.dev/v1alpha1", "kind": "McpServer", "name": "m", "uid": "2", "controller": true}]}})"
  ));
  CHECK(child.controller_uid() == "2");
  CHECK(child.controlling_server() == "m");
  CHECK(print(child.ref()) == "Service/s");
  CHECK(print(child.key()) == "n/s");
}

TEST_CASE("object: another kind's controller is no McpServer") {
  const Object child(json::parse(R"({"metadata": {"ownerReferences": [
      {"apiVersion": "apps/v1", "kind": "McpServer", "name": "m", "uid": "2", "controller": true}]}})"
  ));
  CHECK(child.controller_uid() == "2");
  CHECK(child.controlling_server().empty());
}

TEST_CASE("kinds: each has its path") {
  CHECK(
      object_path(*find_kind("Deployment"), "tools", "weather") ==
      "/apis/apps/v1/namespaces/tools/deployments/weather"
  );
  CHECK(collection_path(*find_kind("Pod"), "") == "/api/v1/pods");
  CHECK(find_kind("ReplicaSet") == nullptr);
  for (const ObjectRef& ref : possible_children({"n", "a"})) {
    CHECK(find_kind(ref.kind) != nullptr);
  }
}

TEST_CASE("quantity: the same amount in other words is the same") {
  const auto same = [](const char* a, const char* b) {
    CAPTURE(a);
    CAPTURE(b);
    REQUIRE(Quantity::parse(a));
    REQUIRE(Quantity::parse(b));
    CHECK(*Quantity::parse(a) == *Quantity::parse(b));
  };
  same("0.5", "500m");
  same("1Gi", "1024Mi");
  same("1073741824", "1Gi");
  same("1", "1000m");
  same("1k", "1000");
  same("1.5Gi", "1536Mi");
  same("001", "1");
  CHECK(*Quantity::parse("999m") < *Quantity::parse("1"));
  CHECK(*Quantity::parse("1G") < *Quantity::parse("1Gi"));
  CHECK(*Quantity::parse("9999999999E") > *Quantity::parse("9999999999Pi"));
}

TEST_CASE("quantity: what is none is refused") {
  for (const char* text :
       {"", "m", "1.", ".5", "1.2.3", "-1", "1e3", "1 Gi", "1gi", "12345678901Ei"}) {
    CAPTURE(text);
    CHECK_FALSE(Quantity::parse(text));
  }
}

TEST_CASE("conditions: the time changes when the status does, and only then") {
  const auto early = *time::parse_rfc3339("2026-01-01T00:00:00Z");
  const auto late = *time::parse_rfc3339("2026-01-01T01:00:00Z");
  Conditions first(json(), 1, early);
  first.set("Ready", ConditionStatus::false_, "Progressing", "one");

  Conditions second(first.to_json(), 2, late);
  second.set("Ready", ConditionStatus::false_, "ImageMissing", "another");
  CHECK(second.find("Ready")->last_transition_time == "2026-01-01T00:00:00Z");
  CHECK(second.find("Ready")->observed_generation == 2);
  CHECK(second.previous("Ready")->message == "one");

  Conditions third(second.to_json(), 2, late);
  third.set("Ready", ConditionStatus::true_, "Ready", "");
  CHECK(third.find("Ready")->last_transition_time == "2026-01-01T01:00:00Z");
}

TEST_CASE("conditions: the same findings give the same bytes") {
  const auto early = *time::parse_rfc3339("2026-01-01T00:00:00Z");
  Conditions first(json(), 1, early);
  first.set("A", ConditionStatus::unknown, "R", "m");
  Conditions second(first.to_json(), 1, early + std::chrono::hours(5));
  second.set("A", ConditionStatus::unknown, "R", "m");
  CHECK(second.to_json().dump() == first.to_json().dump());
}

namespace {

// Every node of a schema, with its path.
void walk(
    const json& node,
    const std::string& path,
    const std::function<void(const json&, const std::string&)>& visit
) {
  visit(node, path);
  for (const auto& [name, child] : value_at(node, {"properties"}).items()) {
    walk(child, path + "." + name, visit);
  }
  if (node.contains("items")) {
    walk(node["items"], path + "[]", visit);
  }
}

}  // namespace

TEST_CASE("crd: every field is typed, described and bounded") {
  const json crd = api::crd();
  CHECK(crd["metadata"]["name"] == "mcpservers.mooring.dev");
  const json& schema = crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
  for (const char* part : {"spec", "status"}) {
    walk(schema["properties"][part], part, [](const json& node, const std::string& path) {
      CAPTURE(path);
      const bool is_quantity = node.contains("x-kubernetes-int-or-string");
      CHECK((node.contains("type") || is_quantity));
      if (!path.ends_with("[]")) {
        CHECK(!text_at(node, {"description"}).empty());
      }
      const std::string type = text_at(node, {"type"});
      if (type == "string" && !node.contains("enum")) {
        CHECK(node.contains("maxLength"));
      } else if (type == "array") {
        CHECK(node.contains("maxItems"));
        CHECK(node.contains("x-kubernetes-list-type"));
      } else if (type == "object") {
        const bool is_map = node.contains("additionalProperties");
        CHECK(
            (node.contains("properties") || is_map ||
             node.contains("x-kubernetes-preserve-unknown-fields"))
        );
        CHECK(is_map == node.contains("maxProperties"));
      }
    });
  }
}

TEST_CASE("crd: a plain kubectl apply can keep it in an annotation") {
  CHECK(api::crd().dump().size() < 256 * 1024 / 2);
}

TEST_CASE("rules: the name is what a Service can be named after") {
  const schema::Rule& rule = server_rules().front();
  const auto holds = [&](const std::string& name) {
    return rule.holds({{"metadata", {{"name", name}}}});
  };
  CHECK(holds("a"));
  CHECK(holds("weather-2"));
  CHECK(holds(std::string(40, 'a')));
  for (const auto& name :
       {std::string(),
        std::string("2a"),
        std::string("a-"),
        std::string("-a"),
        std::string("A"),
        std::string("a.b"),
        std::string(41, 'a')}) {
    CAPTURE(name);
    CHECK_FALSE(holds(name));
  }
}
