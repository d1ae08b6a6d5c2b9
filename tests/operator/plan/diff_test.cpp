// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/diff.hpp"

#include "operator/api/kinds.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>

using namespace mooring;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

struct Pair {
  api::Object desired;
  api::Object live;
};

// What a Kubernetes 1.37 made of objects as rendered: `desired` was applied by mcp-operator, `live`
// is its answer.
std::vector<Pair> recorded() {
  std::vector<Pair> pairs;
  for (const auto& entry : fs::directory_iterator(tests::in_tree("tests/operator/plan/recorded"))) {
    for (const json& pair : json::parse(std::ifstream(entry.path()))) {
      pairs.push_back({api::Object(pair.at("desired")), api::Object(pair.at("live"))});
    }
  }
  return pairs;
}

// Calls back for every leaf of the desired object, with its place.
void each_leaf(
    const json& value,
    const json::json_pointer& place,
    const std::function<void(const json::json_pointer&)>& visit
) {
  if (value.is_structured() && !value.empty()) {
    std::size_t index = 0;
    for (const auto& [key, below] : value.items()) {
      each_leaf(below, value.is_array() ? place / index++ : place / key, visit);
    }
    return;
  }
  visit(place);
}

bool is_identity(const std::string& place) {
  return place == "/apiVersion" || place == "/kind" || place == "/metadata/name" ||
         place == "/metadata/namespace";
}

}  // namespace

TEST_CASE("difference: what a real API server made of an apply is none") {
  REQUIRE(recorded().size() > 20);
  for (const Pair& pair : recorded()) {
    CAPTURE(print(pair.desired.ref()));
    const auto place = plan::difference(pair.live, pair.desired, api::field_manager);
    CHECK_MESSAGE(!place, *place);
  }
}

TEST_CASE("difference: any leaf that we would have otherwise is found") {
  for (const Pair& pair : recorded()) {
    CAPTURE(print(pair.desired.ref()));
    each_leaf(pair.desired.body(), json::json_pointer(), [&](const json::json_pointer& place) {
      if (is_identity(place.to_string())) {
        return;
      }
      CAPTURE(place.to_string());
      api::Object changed = pair.desired;
      changed.body()[place] = "something else";
      CHECK(plan::difference(pair.live, changed, api::field_manager));
    });
  }
}

TEST_CASE("difference: any leaf that we would leave out is found") {
  for (const Pair& pair : recorded()) {
    CAPTURE(print(pair.desired.ref()));
    each_leaf(pair.desired.body(), json::json_pointer(), [&](const json::json_pointer& place) {
      if (is_identity(place.to_string())) {
        return;
      }
      CAPTURE(place.to_string());
      api::Object changed = pair.desired;
      json& parent = changed.body()[place.parent_pointer()];
      if (parent.is_array()) {
        parent.erase(std::stoul(place.back()));
      } else {
        parent.erase(place.back());
      }
      const bool keeps_list = parent.is_array() && parent.empty();
      if (!keeps_list) {
        CHECK(plan::difference(pair.live, changed, api::field_manager));
      }
    });
  }
}

TEST_CASE("difference: without managed fields of ours everything is to be applied") {
  for (Pair& pair : recorded()) {
    CHECK(plan::difference(pair.live, pair.desired, "somebody"));
    pair.live.body()["metadata"].erase("managedFields");
    CHECK(plan::difference(pair.live, pair.desired, api::field_manager));
  }
}

TEST_CASE("difference: hostile managed fields are no crash") {
  for (const char* fields :
       {"null",
        "[]",
        "1",
        R"({"f:spec": 1})",
        R"({"f:spec": {"f:ports": {"k:not json": {}}}})",
        R"({"f:spec": {"f:ports": {"k:{}": {}, "v:": {}, "i:0": {}, "": {}, "x": {}}}})"}) {
    for (Pair& pair : recorded()) {
      pair.live.body()["metadata"]["managedFields"][0]["fieldsV1"] = json::parse(fields);
      CHECK(plan::difference(pair.live, pair.desired, api::field_manager));
    }
  }
}
