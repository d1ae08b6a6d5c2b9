// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/diff.hpp"

#include "operator/api/quantity.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::text_at;
using api::value_at;
using nlohmann::json;

// The format of managedFields[].fieldsV1 (structured-merge-diff): an object whose keys are
//   f:<name>        a field,
//   k:<json>        the entry of a keyed list, by its key fields,
//   v:<json>        the member of a set,
//   i:<index>       an entry by its place,
//   .               the field, entry or list itself,
// and whose values are the same again; {} is a leaf, owned as a whole.
using Difference = std::optional<std::string>;

bool is_nothing(const json& value) {
  return value.is_null() ||
         ((value.is_object() || value.is_array() || value.is_string()) && value.empty());
}

bool same_quantity(const json& a, const json& b) {
  const auto left = api::Quantity::parse(api::quantity_text(a));
  const auto right = api::Quantity::parse(api::quantity_text(b));
  return left && right && *left == *right;
}

std::string within(const std::string& path, std::string_view name) {
  return path.empty() ? std::string(name) : path + "." + std::string(name);
}

// Whether live says what desired says, all of it and nothing else: it is owned as a whole. Only
// where desired is an empty object may others have put something into it.
Difference compare_values(
    const json& live, const json& desired, const std::string& path, bool quantities
) {
  if (is_nothing(desired) && is_nothing(live)) {
    return std::nullopt;
  }
  if (desired.is_object() && live.is_object()) {
    for (const auto& [name, value] : live.items()) {
      if (!desired.empty() && !desired.contains(name) && !is_nothing(value)) {
        return within(path, name);
      }
    }
    for (const auto& [name, value] : desired.items()) {
      if (auto found =
              compare_values(value_at(live, {name}), value, within(path, name), quantities)) {
        return found;
      }
    }
    return std::nullopt;
  }
  if (desired.is_array() && live.is_array() && desired.size() == live.size()) {
    for (std::size_t i = 0; i < desired.size(); ++i) {
      const std::string place = path + "[" + std::to_string(i) + "]";
      if (auto found = compare_values(live[i], desired[i], place, quantities)) {
        return found;
      }
    }
    return std::nullopt;
  }
  if (desired == live || (quantities && same_quantity(live, desired))) {
    return std::nullopt;
  }
  return path;
}

// Whether `item` is the entry that the key fields tell of. A key field that an item leaves out was
// filled in by the server.
bool has_key(const json& item, const json& key) {
  return std::all_of(key.items().begin(), key.items().end(), [&](const auto& entry) {
    const json& value = value_at(item, {entry.key()});
    return value == entry.value() || (value.is_null() && entry.key() == "protocol");
  });
}

const json* find_by_key(const json& list, const json& key) {
  for (const json& item : list) {
    if (has_key(item, key)) {
      return &item;
    }
  }
  return nullptr;
}

std::string key_text(const json& key) {
  std::string text;
  for (const auto& [name, value] : key.items()) {
    text +=
        (text.empty() ? "" : ",") + (value.is_string() ? value.get<std::string>() : value.dump());
  }
  return "[" + text + "]";
}

Difference compare(
    const json& owned,
    const json& live,
    const json& desired,
    const std::string& path,
    bool quantities
);

Difference compare_object(
    const json& owned,
    const json& live,
    const json& desired,
    const std::string& path,
    bool quantities
) {
  for (const auto& [marked, below] : owned.items()) {
    if (marked.starts_with("f:") && !desired.contains(marked.substr(2))) {
      return within(path, marked.substr(2));
    }
  }
  for (const auto& [name, value] : desired.items()) {
    std::string place = within(path, name);
    const auto mark = owned.find("f:" + name);
    if (mark == owned.end()) {
      if (is_nothing(value)) {
        continue;
      }
      return place;
    }
    const bool amounts = quantities || name == "requests" || name == "limits" ||
                         name == "sizeLimit" || name == "metrics";
    if (auto found = compare(*mark, value_at(live, {name}), value, place, amounts)) {
      return found;
    }
  }
  return std::nullopt;
}

Difference compare_list(
    const json& owned,
    const json& live,
    const json& desired,
    const std::string& path,
    bool quantities
) {
  std::size_t entries = 0;
  for (const auto& [marked, below] : owned.items()) {
    if (marked == ".") {
      continue;
    }
    if (marked.size() < 2) {
      return path;
    }
    ++entries;
    const json key = json::parse(marked.substr(2), nullptr, false);
    if (marked.starts_with("v:")) {
      const auto holds = [&](const json& list) {
        return std::find(list.begin(), list.end(), key) != list.end();
      };
      if (!holds(desired) || !holds(live)) {
        return path + "[" + marked.substr(2) + "]";
      }
      continue;
    }
    const json* wanted = marked.starts_with("k:") ? find_by_key(desired, key) : nullptr;
    const json* present = marked.starts_with("k:") ? find_by_key(live, key) : nullptr;
    if (wanted == nullptr || present == nullptr) {
      return path + key_text(key);
    }
    if (auto found = compare(below, *present, *wanted, path + key_text(key), quantities)) {
      return found;
    }
  }
  return entries == desired.size() ? std::nullopt : Difference(path);
}

Difference compare(
    const json& owned,
    const json& live,
    const json& desired,
    const std::string& path,
    bool quantities
) {
  const bool is_leaf = std::none_of(owned.items().begin(), owned.items().end(), [](const auto& e) {
    return e.key() != ".";
  });
  if (is_leaf) {
    return compare_values(live, desired, path, quantities);
  }
  if (desired.is_object()) {
    return compare_object(
        owned, live.is_object() ? live : json::object(), desired, path, quantities
    );
  }
  if (desired.is_array()) {
    return compare_list(owned, live.is_array() ? live : json::array(), desired, path, quantities);
  }
  return path;
}

}  // namespace

const json* owned_fields(const api::Object& live, std::string_view manager) {
  for (const json& entry : live.at({"metadata", "managedFields"})) {
    if (text_at(entry, {"manager"}) == manager && text_at(entry, {"operation"}) == "Apply" &&
        text_at(entry, {"subresource"}).empty()) {
      return &value_at(entry, {"fieldsV1"});
    }
  }
  return nullptr;
}

std::optional<std::string> difference(
    const api::Object& live, const api::Object& desired, std::string_view manager
) {
  const json* owned = owned_fields(live, manager);
  if (owned == nullptr || !owned->is_object()) {
    return "metadata.managedFields";
  }
  // Identity is no field that somebody owns.
  json intent = desired.body();
  intent.erase("apiVersion");
  intent.erase("kind");
  if (intent.contains("metadata")) {
    intent["metadata"].erase("name");
    intent["metadata"].erase("namespace");
  }
  return compare_object(*owned, live.body(), intent, "", false);
}

}  // namespace mooring::plan
