// SPDX-License-Identifier: Apache-2.0
#include "operator/report/changes.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;
using report::field_changes;
using report::FieldChange;

namespace {

api::Object deployment(const json& containers, int replicas = 2) {
  return api::Object(json{
      {"kind", "Deployment"},
      {"metadata", {{"name", "web"}}},
      {"spec", {{"replicas", replicas}, {"template", {{"containers", containers}}}}}});
}

api::Object config(const std::string& settings) {
  return api::Object(json{{"kind", "ConfigMap"}, {"data", {{"settings.json", settings}}}});
}

std::string only(const api::Object& from, const api::Object& to) {
  const auto changes = field_changes(from, to);
  REQUIRE(changes.size() == 1);
  return print(changes.front());
}

}  // namespace

TEST_CASE("changes: a field that differs is named with both values") {
  CHECK(only(deployment({}, 2), deployment({}, 3)) == "spec.replicas: 2 -> 3");
}

TEST_CASE("changes: entries of a list are told apart by their names, wherever they stand") {
  const json a = {{"name", "a"}, {"image", "a:1"}};
  const json b = {{"name", "b"}, {"image", "b:1"}};
  const json newer = {{"name", "b"}, {"image", "b:2"}};
  CHECK(
      only(deployment({a, b}), deployment({newer, a})) ==
      R"(spec.template.containers[b].image: "b:1" -> "b:2")"
  );
  CHECK(
      only(deployment(json::array({a})), deployment({a, b})) ==
      R"(spec.template.containers[b]: (none) -> {"image":"b:1","name":"b"})"
  );
}

TEST_CASE("changes: a list in another order differs as a whole") {
  const json a = {{"name", "a"}};
  const json b = {{"name", "b"}};
  CHECK(
      field_changes(deployment({a, b}), deployment({b, a})).front().path ==
      "spec.template.containers"
  );
  CHECK(
      field_changes(deployment({"x", "y"}), deployment({"x", "z"})).front().path ==
      "spec.template.containers[1]"
  );
}

TEST_CASE("changes: a document in a ConfigMap is compared by its members") {
  CHECK(
      only(config(R"({"a":{"b":1},"c":2})"), config(R"({"a":{"b":3},"c":2})")) ==
      R"(data["settings.json"].a.b: 1 -> 3)"
  );
  CHECK(only(config("plain"), config("text")) == R"(data["settings.json"]: "plain" -> "text")");
}

TEST_CASE("changes: values of Secrets are never shown") {
  const api::Object before(json{{"kind", "Secret"}, {"data", {{"ring.json", "b2xk"}}}});
  const api::Object after(json{{"kind", "Secret"}, {"data", {{"ring.json", "bmV3"}}}});
  const auto changes = field_changes(before, after);
  REQUIRE(changes.size() == 1);
  CHECK(changes[0].from.is_null());
  CHECK(changes[0].to.is_null());
  CHECK(print(changes[0]) == R"(data["ring.json"]: changes (values of Secrets are not shown))");
  CHECK(to_json(changes[0]) == json{{"path", R"(data["ring.json"])"}, {"hidden", true}});
}

TEST_CASE("changes: what the API server keeps for itself is no change") {
  api::Object before = deployment({});
  api::Object after = deployment({});
  before.body()["status"] = {{"replicas", 1}};
  after.body()["metadata"]["resourceVersion"] = "7";
  after.body()["metadata"]["managedFields"] = json::array({1});
  after.body()["metadata"]["annotations"] = {
      {"kubectl.kubernetes.io/last-applied-configuration", "{}"}};
  CHECK(field_changes(before, after).empty());
}

TEST_CASE("changes: a long value is cut in print and whole as JSON") {
  const std::string text(1000, 'x');
  const FieldChange change{"a", nullptr, text};
  CHECK(print(change).size() < 300);
  CHECK(to_json(change).at("to") == text);
}
