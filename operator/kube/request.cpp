// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/request.hpp"

namespace mooring::kube {
namespace {

// RFC 3986 section 2.3: everything else is written as %XX.
std::string encoded(std::string_view value) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string text;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += '%';
    text += digits[byte >> 4U];
    text += digits[byte & 15U];
  }
  return text;
}

class Query {
 public:
  explicit Query(std::string path) : text_(std::move(path)) {}

  Query& add(std::string_view name, std::string_view value) {
    text_.append(first_ ? "?" : "&").append(name).append("=").append(encoded(value));
    first_ = false;
    return *this;
  }

  Query& add_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : add(name, value);
  }

  std::string text() && { return std::move(text_); }

 private:
  std::string text_;
  bool first_ = true;
};

api::Kind kind_of(std::string_view kind) {
  const api::Kind* found = api::find_kind(kind);
  return found != nullptr ? *found : api::Kind{};
}

}  // namespace

Scope servers_of(const std::string& controller_name, std::string namespace_) {
  return {
      std::string(api::server_kind),
      std::move(namespace_),
      "",
      "spec.controllerName=" + controller_name};
}

std::string list_path(const Scope& scope, const ListQuery& query) {
  Query path(api::collection_path(kind_of(scope.kind), scope.namespace_));
  path.add_unless_empty("labelSelector", scope.label_selector);
  path.add_unless_empty("fieldSelector", scope.field_selector);
  path.add_unless_empty("resourceVersion", query.resource_version);
  if (query.limit > 0) {
    path.add("limit", std::to_string(query.limit));
  }
  path.add_unless_empty("continue", query.continue_token);
  return std::move(path).text();
}

std::string watch_path(const Scope& scope, const WatchQuery& query) {
  Query path(api::collection_path(kind_of(scope.kind), scope.namespace_));
  path.add("watch", "1").add_unless_empty("labelSelector", scope.label_selector);
  path.add_unless_empty("fieldSelector", scope.field_selector);
  path.add_unless_empty("resourceVersion", query.resource_version);
  path.add("allowWatchBookmarks", "true");
  path.add("timeoutSeconds", std::to_string(query.timeout.count()));
  if (query.initial_events) {
    path.add("sendInitialEvents", "true").add("resourceVersionMatch", "NotOlderThan");
  }
  return std::move(path).text();
}

std::string object_path(const api::ObjectRef& ref) {
  return api::object_path(kind_of(ref.kind), ref.namespace_, encoded(ref.name));
}

std::string apply_path(
    const api::ObjectRef& ref, std::string_view subresource, std::string_view manager
) {
  Query path(object_path(ref).append(subresource));
  path.add("fieldManager", manager).add("force", "true").add("fieldValidation", "Strict");
  return std::move(path).text();
}

std::string merge_dry_run_path(const api::ObjectRef& ref, std::string_view manager) {
  Query path(object_path(ref));
  path.add("fieldManager", manager).add("fieldValidation", "Strict").add("dryRun", "All");
  return std::move(path).text();
}

std::string create_path(const api::ObjectRef& ref, std::string_view manager) {
  Query path(api::collection_path(kind_of(ref.kind), ref.namespace_));
  path.add("fieldManager", manager).add("fieldValidation", "Strict");
  return std::move(path).text();
}

std::string resource_name(std::string_view kind) {
  const api::Kind found = kind_of(kind);
  const std::size_t slash = found.api_version.find('/');
  std::string text(found.plural);
  if (slash != std::string_view::npos) {
    text.append(".").append(found.api_version.substr(0, slash));
  }
  return text;
}

std::string describe(std::string_view verb, const Scope& scope) {
  std::string text(verb);
  text.append(" ").append(resource_name(scope.kind)).append(" in ");
  return scope.namespace_.empty() ? text + "all namespaces"
                                  : text + "namespace " + scope.namespace_;
}

std::string describe(std::string_view verb, const api::ObjectRef& ref) {
  std::string text(verb);
  text.append(" ").append(resource_name(ref.kind)).append(" ").append(ref.namespace_);
  return text.append("/").append(ref.name);
}

}  // namespace mooring::kube
