// SPDX-License-Identifier: Apache-2.0
#include "tests/component/object_server.hpp"

namespace mooring::tests {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::ApiAnswer;
using support::ApiRequest;
using support::status_body;

constexpr const char* namespaces = "/namespaces/";

/// Whether the object at `path` is in the collection, which may span all namespaces.
bool is_in(const std::string& path, const std::string& collection) {
  const std::string folder = path.substr(0, path.rfind('/'));
  if (folder == collection) {
    return true;
  }
  const std::size_t at = folder.find(namespaces);
  if (at == std::string::npos) {
    return false;
  }
  const std::size_t plural = folder.rfind('/');
  return folder.substr(0, at) + folder.substr(plural) == collection;
}

/// As server-side apply writes down who owns what, as coarsely as the format allows.
json managed_fields(const json& intent) {
  json owned = json::object();
  for (const auto& [name, value] : intent.items()) {
    if (name == "metadata") {
      for (const auto& [field, ignored] : value.items()) {
        if (field != "name" && field != "namespace") {
          owned["f:metadata"]["f:" + field] = json::object();
        }
      }
    } else if (name != "apiVersion" && name != "kind") {
      owned["f:" + name] = json::object();
    }
  }
  return json::array({{{"manager", "mcp-operator"}, {"operation", "Apply"}, {"fieldsV1", owned}}});
}

}  // namespace

ObjectServer::ObjectServer() {
  http_.on("", {[this](const ApiRequest& request, ApiAnswer& to) { answer(request, to); }});
}

void ObjectServer::put(const std::string& path, json object) {
  const std::lock_guard lock(mutex_);
  store(path, std::move(object));
}

json ObjectServer::get(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = objects_.find(path);
  return found == objects_.end() ? json() : found->second;
}

std::vector<std::string> ObjectServer::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  for (const auto& [path, object] : objects_) {
    all.push_back(path);
  }
  return all;
}

void ObjectServer::store(const std::string& path, json object) {
  const auto before = objects_.find(path);
  json& metadata = object["metadata"];
  metadata["uid"] = "uid-of-" + path;
  metadata["resourceVersion"] = std::to_string(changes_.size() + 1);
  const bool is_new = before == objects_.end();
  objects_[path] = object;
  changes_.push_back({path, is_new ? "ADDED" : "MODIFIED", std::move(object)});
}

void ObjectServer::answer(const ApiRequest& request, ApiAnswer& to) {
  if (request.path.ends_with("selfsubjectaccessreviews")) {
    to.reply(201, R"({"status": {"allowed": true}})");
  } else if (request.method == "GET" && request.asks("watch=1")) {
    watch(request.path, to);
  } else if (request.method == "GET") {
    read(request, to);
  } else {
    const std::lock_guard lock(mutex_);
    to.reply(request.method == "POST" ? 201 : 200, write(request).dump());
  }
}

void ObjectServer::read(const ApiRequest& request, ApiAnswer& to) {
  const std::lock_guard lock(mutex_);
  if (const auto found = objects_.find(request.path); found != objects_.end()) {
    to.reply(200, found->second.dump());
    return;
  }
  if (request.query.empty()) {
    to.reply(404, status_body(404, "NotFound", request.path + " is not there"));
    return;
  }
  json list = {
      {"metadata", {{"resourceVersion", std::to_string(changes_.size())}}},
      {"items", json::array()}};
  for (const auto& [path, object] : objects_) {
    if (is_in(path, request.path)) {
      list["items"].push_back(object);
    }
  }
  to.reply(200, list.dump());
}

// The changes of all time, in their order, are a right history for whoever begins anew.
void ObjectServer::watch(const std::string& path, ApiAnswer& to) {
  to.begin();
  bool is_told = false;
  for (std::size_t next = 0; !to.closed();) {
    std::string lines;
    {
      const std::lock_guard lock(mutex_);
      for (; next < changes_.size(); ++next) {
        if (is_in(changes_[next].path, path)) {
          lines +=
              json{{"type", changes_[next].type}, {"object", changes_[next].object}}.dump() + "\n";
        }
      }
    }
    if (!is_told) {
      json bookmark;
      bookmark["metadata"]["resourceVersion"] = std::to_string(next);
      bookmark["metadata"]["annotations"]["k8s.io/initial-events-end"] = "true";
      lines += json{{"type", "BOOKMARK"}, {"object", bookmark}}.dump() + "\n";
      is_told = true;
    }
    if (!lines.empty()) {
      to.chunk(lines);
    }
    if (http_.wait_for_end(5ms)) {
      to.cut();
    }
  }
}

json ObjectServer::write(const ApiRequest& request) {
  json sent = json::parse(request.body);
  std::string path = request.path;
  if (request.method == "POST") {
    path += "/" + sent["metadata"].value("name", "");
  }
  if (path.ends_with("/status")) {
    path.resize(path.rfind('/'));
    json object = objects_.at(path);
    object["status"] = sent["status"];
    sent = std::move(object);
  } else if (request.method == "PATCH") {
    sent["metadata"]["managedFields"] = managed_fields(sent);
  }
  store(path, std::move(sent));
  return objects_.at(path);
}

}  // namespace mooring::tests
