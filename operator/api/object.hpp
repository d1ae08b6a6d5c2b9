// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object_key.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace mooring::api {

/// Any Kubernetes object: its JSON body, with names for what every object has. What is absent reads
/// as empty.
class Object {
 public:
  Object() = default;

  explicit Object(nlohmann::json body) : body_(std::move(body)) {}

  const nlohmann::json& body() const { return body_; }

  nlohmann::json& body() { return body_; }

  std::string kind() const { return text({"kind"}); }

  std::string api_version() const { return text({"apiVersion"}); }

  std::string namespace_() const { return metadata("namespace"); }

  std::string name() const { return metadata("name"); }

  std::string uid() const { return metadata("uid"); }

  std::string resource_version() const { return metadata("resourceVersion"); }

  std::int64_t generation() const;

  bool is_deleting() const { return !metadata("deletionTimestamp").empty(); }

  std::string label(std::string_view key) const;
  std::string annotation(std::string_view key) const;

  ObjectKey key() const { return {namespace_(), name()}; }

  ObjectRef ref() const { return {kind(), namespace_(), name()}; }

  /// The uid of the owner that controls it; empty if none does.
  std::string controller_uid() const;
  /// The name of the McpServer that controls it; empty if none does.
  std::string controlling_server() const;

  /// The value at a path of member names, or null.
  const nlohmann::json& at(std::initializer_list<std::string_view> path) const;

  bool operator==(const Object&) const = default;

 private:
  std::string text(std::initializer_list<std::string_view> path) const;

  std::string metadata(std::string_view field) const { return text({"metadata", field}); }

  const nlohmann::json* controller() const;

  nlohmann::json body_;
};

/// The value at a path of member names in any JSON, or null.
const nlohmann::json& value_at(
    const nlohmann::json& value, std::initializer_list<std::string_view> path
);
/// The same as text or number; empty or zero if it is something else.
std::string text_at(const nlohmann::json& value, std::initializer_list<std::string_view> path);
std::int64_t integer_at(const nlohmann::json& value, std::initializer_list<std::string_view> path);

}  // namespace mooring::api
