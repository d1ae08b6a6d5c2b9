// SPDX-License-Identifier: Apache-2.0
#include "operator/report/changes.hpp"

#include "core/text/ascii.hpp"

#include <array>
#include <map>
#include <optional>
#include <set>

namespace mooring::report {
namespace {

using nlohmann::json;

constexpr std::size_t shown_at_most = 160;

// What tells the entries of Kubernetes' lists apart, the best first.
constexpr std::array list_keys = {
    "name", "type", "containerPort", "port", "mountPath", "key", "ip"};

std::string within(const std::string& path, const std::string& name) {
  const bool is_plain = name.find_first_of(".[]\"/ ") == std::string::npos;
  if (!is_plain) {
    return path + "[\"" + name + "\"]";
  }
  return path.empty() ? name : path + "." + name;
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

bool has_unique(const json& list, const char* key) {
  std::set<std::string> seen;
  for (const json& item : list) {
    const json& value = api::value_at(item, {key});
    if (!value.is_primitive() || value.is_null() || !seen.insert(text_of(value)).second) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> key_of(const json& from, const json& to) {
  for (const char* key : list_keys) {
    if (has_unique(from, key) && has_unique(to, key)) {
      return key;
    }
  }
  return std::nullopt;
}

void compare(
    const json& from, const json& to, const std::string& path, std::vector<FieldChange>& out
);

void compare_objects(
    const json& from, const json& to, const std::string& path, std::vector<FieldChange>& out
) {
  std::set<std::string> names;
  for (const json* side : {&from, &to}) {
    for (const auto& [name, value] : side->items()) {
      names.insert(name);
    }
  }
  for (const std::string& name : names) {
    compare(api::value_at(from, {name}), api::value_at(to, {name}), within(path, name), out);
  }
}

void compare_keyed(
    const json& from,
    const json& to,
    const std::string& key,
    const std::string& path,
    std::vector<FieldChange>& out
) {
  std::map<std::string, std::array<json, 2>> pairs;
  for (const json& item : from) {
    pairs[text_of(item[key])][0] = item;
  }
  for (const json& item : to) {
    pairs[text_of(item[key])][1] = item;
  }
  for (const auto& [name, sides] : pairs) {
    compare(sides[0], sides[1], path + "[" + name + "]", out);
  }
}

void compare_lists(
    const json& from, const json& to, const std::string& path, std::vector<FieldChange>& out
) {
  const std::size_t before = out.size();
  if (const auto key = key_of(from, to)) {
    compare_keyed(from, to, *key, path, out);
  } else if (from.size() == to.size()) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      compare(from[i], to[i], path + "[" + std::to_string(i) + "]", out);
    }
  }
  if (out.size() == before) {
    out.push_back({path, from, to});  // of other length, or in another order
  }
}

// The settings of the endpoint are a document in a text: a line of it says more than both texts.
bool compare_documents(
    const json& from, const json& to, const std::string& path, std::vector<FieldChange>& out
) {
  if (!from.is_string() || !to.is_string()) {
    return false;
  }
  const json before = json::parse(from.get_ref<const std::string&>(), nullptr, false);
  const json after = json::parse(to.get_ref<const std::string&>(), nullptr, false);
  if (!before.is_object() || !after.is_object() || before == after) {
    return false;
  }
  compare_objects(before, after, path, out);
  return true;
}

void compare(
    const json& from, const json& to, const std::string& path, std::vector<FieldChange>& out
) {
  if (from == to) {
    return;
  }
  if (from.is_object() && to.is_object()) {
    compare_objects(from, to, path, out);
  } else if (from.is_array() && to.is_array() && !from.empty() && !to.empty()) {
    compare_lists(from, to, path, out);
  } else if (!compare_documents(from, to, path, out)) {
    out.push_back({path, from, to});
  }
}

json visible(const api::Object& object) {
  json body = object.body();
  body.erase("status");
  if (body.contains("metadata")) {
    json& metadata = body["metadata"];
    for (const char* name :
         {"managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"}) {
      metadata.erase(name);
    }
    if (metadata.contains("annotations") && metadata["annotations"].is_object()) {
      metadata["annotations"].erase("kubectl.kubernetes.io/last-applied-configuration");
      if (metadata["annotations"].empty()) {
        metadata.erase("annotations");
      }
    }
  }
  return body;
}

std::string shown(const json& value) {
  if (value.is_null()) {
    return "(none)";
  }
  const std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  const std::string_view cut = text::utf8_cut(text, shown_at_most);
  return std::string(cut) + (cut.size() < text.size() ? "…" : "");
}

}  // namespace

std::vector<FieldChange> field_changes(const api::Object& from, const api::Object& to) {
  std::vector<FieldChange> changes;
  compare(visible(from), visible(to), "", changes);
  if (from.kind() == "Secret" || to.kind() == "Secret") {
    for (FieldChange& change : changes) {
      if (change.path.starts_with("data") || change.path.starts_with("stringData")) {
        change = {change.path, nullptr, nullptr, true};
      }
    }
  }
  return changes;
}

std::string print(const FieldChange& change) {
  if (change.is_hidden) {
    return change.path + ": changes (values of Secrets are not shown)";
  }
  return change.path + ": " + shown(change.from) + " -> " + shown(change.to);
}

json to_json(const FieldChange& change) {
  if (change.is_hidden) {
    return {{"path", change.path}, {"hidden", true}};
  }
  return {{"path", change.path}, {"from", change.from}, {"to", change.to}};
}

}  // namespace mooring::report
