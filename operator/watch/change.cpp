// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/change.hpp"

#include "operator/api/kinds.hpp"

#include <algorithm>
#include <iterator>
#include <map>

namespace mooring::watch {
namespace {

using nlohmann::json;

constexpr const char* server_label = "mooring.dev/server";
constexpr std::string_view our_annotations = "mooring.dev/";
constexpr const char* last_applied = "kubectl.kubernetes.io/last-applied-configuration";

bool is_ours(const json& entry) {
  return api::text_at(entry, {"manager"}) == api::field_manager &&
         api::text_at(entry, {"operation"}) == "Apply" && !entry.contains("subresource");
}

// Of what is somebody else's, whose it is.
json names_of_managers(const json& fields) {
  json names = json::array();
  for (const json& entry : fields) {
    if (!entry.contains("subresource")) {
      names.push_back({{"manager", api::text_at(entry, {"manager"})}});
    }
  }
  return names;
}

void keep_our_fields_only(json& metadata, bool is_child) {
  const auto fields = metadata.find("managedFields");
  if (fields == metadata.end()) {
    return;
  }
  json kept = json::array();
  for (json& entry : *fields) {
    if (is_ours(entry)) {
      entry.erase("time");
      kept.push_back(std::move(entry));
    }
  }
  *fields = kept.empty() && is_child ? names_of_managers(*fields) : std::move(kept);
}

std::map<std::string, json> annotations_of_ours(const api::Object& object) {
  std::map<std::string, json> found;
  const json& annotations = object.at({"metadata", "annotations"});
  if (annotations.is_object()) {
    for (const auto& [key, value] : annotations.items()) {
      if (key.starts_with(our_annotations)) {
        found.emplace(key, value);
      }
    }
  }
  return found;
}

api::ObjectKey owner(const api::Object& object) {
  if (object.kind() == api::server_kind) {
    return object.key();
  }
  std::string name = object.controlling_server();
  if (name.empty()) {
    name = object.label(server_label);
  }
  return {object.namespace_(), std::move(name)};
}

// What it measures changes every quarter of a minute; whether it can is all that is told. While it
// can, its reason is the step that it took last.
void keep_conditions_only(json& status) {
  json kept = json::object();
  for (const json& condition : api::value_at(status, {"conditions"})) {
    const json& type = api::value_at(condition, {"type"});
    const json& holds = api::value_at(condition, {"status"});
    json lean = {{"type", type}, {"status", holds}};
    if (type != "AbleToScale" || holds != "True") {
      lean["reason"] = api::value_at(condition, {"reason"});
    }
    kept["conditions"].push_back(std::move(lean));
  }
  status = std::move(kept);
}

}  // namespace

void make_lean(api::Object& object) {
  const bool is_pod = object.kind() == "Pod";
  json& body = object.body();
  const auto metadata = body.find("metadata");
  if (metadata == body.end() || !metadata->is_object()) {
    return;
  }
  keep_our_fields_only(*metadata, !is_pod && object.kind() != api::server_kind);
  if (const auto found = metadata->find("annotations");
      found != metadata->end() && found->is_object()) {
    found->erase(last_applied);
  }
  if (is_pod) {
    body.erase("spec");
  }
  if (const auto status = body.find("status");
      object.kind() == "HorizontalPodAutoscaler" && status != body.end()) {
    keep_conditions_only(*status);
  }
}

bool matters(const Change& change) {
  if (!change.before || !change.after || change.any().kind() != api::server_kind) {
    return true;
  }
  return change.before->generation() != change.after->generation() ||
         change.before->uid() != change.after->uid() ||
         change.before->is_deleting() != change.after->is_deleting() ||
         annotations_of_ours(*change.before) != annotations_of_ours(*change.after);
}

std::set<api::ObjectKey> owners(const Change& change) {
  std::set<api::ObjectKey> found;
  for (const auto& object : {change.before, change.after}) {
    if (!object) {
      continue;
    }
    if (api::ObjectKey key = owner(*object); !key.name.empty()) {
      found.insert(std::move(key));
    }
  }
  return found;
}

std::vector<api::Place> places_in_play(const Change& change) {
  const auto of = [](const std::optional<api::Object>& object) {
    auto found = object && api::holder(*object) ? api::places(*object) : std::vector<api::Place>{};
    std::sort(found.begin(), found.end());
    return found;
  };
  const auto before = of(change.before);
  const auto after = of(change.after);
  std::vector<api::Place> found;
  const auto out = std::back_inserter(found);
  if (change.any().kind() == api::server_kind) {
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), out);
  } else {
    std::set_symmetric_difference(before.begin(), before.end(), after.begin(), after.end(), out);
  }
  return found;
}

}  // namespace mooring::watch
