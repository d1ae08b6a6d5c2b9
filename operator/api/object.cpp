// SPDX-License-Identifier: Apache-2.0
#include "operator/api/object.hpp"

#include "operator/api/kinds.hpp"

namespace mooring::api {

using nlohmann::json;

std::string print(const ObjectKey& key) {
  return key.namespace_ + "/" + key.name;
}

std::string print(const ObjectRef& ref) {
  return ref.kind + "/" + ref.name;
}

const json& value_at(const json& value, std::initializer_list<std::string_view> path) {
  static const json null;
  const json* current = &value;
  for (const std::string_view name : path) {
    if (!current->is_object()) {
      return null;
    }
    const auto found = current->find(name);
    if (found == current->end()) {
      return null;
    }
    current = &*found;
  }
  return *current;
}

std::string text_at(const json& value, std::initializer_list<std::string_view> path) {
  const json& found = value_at(value, path);
  return found.is_string() ? found.get<std::string>() : std::string();
}

std::int64_t integer_at(const json& value, std::initializer_list<std::string_view> path) {
  const json& found = value_at(value, path);
  return found.is_number_integer() ? found.get<std::int64_t>() : 0;
}

const json& Object::at(std::initializer_list<std::string_view> path) const {
  return value_at(body_, path);
}

std::string Object::text(std::initializer_list<std::string_view> path) const {
  return text_at(body_, path);
}

std::int64_t Object::generation() const {
  return integer_at(body_, {"metadata", "generation"});
}

std::string Object::label(std::string_view key) const {
  return text({"metadata", "labels", key});
}

std::string Object::annotation(std::string_view key) const {
  return text({"metadata", "annotations", key});
}

const json* Object::controller() const {
  for (const json& owner : at({"metadata", "ownerReferences"})) {
    const json& controls = value_at(owner, {"controller"});
    if (controls.is_boolean() && controls.get<bool>()) {
      return &owner;
    }
  }
  return nullptr;
}

std::string Object::controller_uid() const {
  const json* owner = controller();
  return owner == nullptr ? std::string() : text_at(*owner, {"uid"});
}

std::string Object::controlling_server() const {
  const json* owner = controller();
  if (owner == nullptr || text_at(*owner, {"kind"}) != server_kind ||
      !text_at(*owner, {"apiVersion"}).starts_with(std::string(group) + "/")) {
    return {};
  }
  return text_at(*owner, {"name"});
}

}  // namespace mooring::api
