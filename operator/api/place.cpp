// SPDX-License-Identifier: Apache-2.0
#include "operator/api/place.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"

#include <algorithm>

namespace mooring::api {
namespace {

using nlohmann::json;

// Whole, as it tells places apart: no path or name is longer.
std::string quoted(const std::string& word) {
  return text::quoted(word, 1024);
}

std::string text_of(const Ingress& ingress) {
  return "host " + quoted(ingress.host) + " and path " + quoted(ingress.path) + " of " +
         (ingress.class_name.empty() ? "the default IngressClass"
                                     : "IngressClass " + quoted(ingress.class_name));
}

/// An empty host is every host of the parent's listeners.
std::string text_of(
    const ParentRef& parent,
    const std::string& host,
    const std::string& path,
    const std::string& own_namespace
) {
  std::string text = (host.empty() ? "every host" : "host " + quoted(host)) + " and path " +
                     quoted(path) + " of Gateway " +
                     (parent.namespace_.empty() ? own_namespace : parent.namespace_) + "/" +
                     parent.name;
  if (!parent.section_name.empty()) {
    text += ", listener " + parent.section_name;
  }
  return parent.port == 0 ? text : text + ", port " + std::to_string(parent.port);
}

// Of the spec of an McpServer's gateway and of an HTTPRoute, which have these fields in common.
void add_route(
    const json& spec, const std::string& path, const std::string& space, std::vector<Place>& out
) {
  std::vector<std::string> hosts;
  for (const json& host : value_at(spec, {"hostnames"})) {
    if (host.is_string()) {
      hosts.push_back(host.get<std::string>());
    }
  }
  if (hosts.empty()) {
    hosts.emplace_back();
  }
  for (const json& ref : value_at(spec, {"parentRefs"})) {
    const ParentRef parent{
        text_at(ref, {"name"}),
        text_at(ref, {"namespace"}),
        text_at(ref, {"sectionName"}),
        integer_at(ref, {"port"})};
    for (const std::string& host : hosts) {
      out.push_back({"HTTPRoute", text_of(parent, host, path, space)});
    }
  }
}

const json& first(const json& list) {
  static const json none;
  return list.is_array() && !list.empty() ? list.front() : none;
}

// The API server writes the default class into an Ingress that names none; that is not ours then.
std::string class_that_we_wrote(const Object& ingress) {
  const json& entries = ingress.at({"metadata", "managedFields"});
  const bool is_ours = std::none_of(entries.begin(), entries.end(), [](const json& entry) {
    return text_at(entry, {"manager"}) == field_manager &&
           value_at(entry, {"fieldsV1", "f:spec", "f:ingressClassName"}).is_null();
  });
  return is_ours ? text_at(ingress.body(), {"spec", "ingressClassName"}) : "";
}

Ingress read(const Object& ingress) {
  const json& rule = first(ingress.at({"spec", "rules"}));
  Ingress found;
  found.class_name = class_that_we_wrote(ingress);
  found.host = text_at(rule, {"host"});
  found.path = text_at(first(value_at(rule, {"http", "paths"})), {"path"});
  return found;
}

}  // namespace

std::vector<Place> places(const Object& object) {
  std::vector<Place> found;
  const json& spec = object.at({"spec"});
  const std::string kind = object.kind();
  if (kind == server_kind) {
    if (const json& ingress = value_at(spec, {"ingress"}); ingress.is_object()) {
      found.push_back({"Ingress", text_of(read_ingress(ingress))});
    }
    const json& gateway = value_at(spec, {"gateway"});
    add_route(gateway, text_at(gateway, {"path"}), object.namespace_(), found);
  } else if (kind == "Ingress") {
    found.push_back({kind, text_of(read(object))});
  } else if (kind == "HTTPRoute") {
    const json& match = first(value_at(first(value_at(spec, {"rules"})), {"matches"}));
    add_route(spec, text_at(match, {"path", "value"}), object.namespace_(), found);
  }
  return found;
}

std::optional<Ingress> without(Ingress ingress, const std::set<std::string>& taken) {
  return taken.contains(text_of(ingress)) ? std::nullopt : std::optional(std::move(ingress));
}

std::optional<Gateway> without(
    Gateway gateway, const std::set<std::string>& taken, const std::string& own_namespace
) {
  const auto is_taken = [&](const std::string& host) {
    return std::any_of(
        gateway.parents.begin(),
        gateway.parents.end(),
        [&](const ParentRef& parent) {
          return taken.contains(text_of(parent, host, gateway.path, own_namespace));
        }
    );
  };
  if (gateway.hostnames.empty()) {
    return is_taken("") ? std::nullopt : std::optional(std::move(gateway));
  }
  std::erase_if(gateway.hostnames, is_taken);
  return gateway.hostnames.empty() ? std::nullopt : std::optional(std::move(gateway));
}

std::optional<Holder> holder(const Object& object) {
  Holder found;
  found.has_it = object.kind() != server_kind;
  found.server = {object.namespace_(), found.has_it ? object.controlling_server() : object.name()};
  found.since = text_at(object.body(), {"metadata", "creationTimestamp"});
  const bool is_leaving = object.is_deleting() && !found.has_it;
  return found.server.name.empty() || is_leaving ? std::nullopt : std::optional(std::move(found));
}

}  // namespace mooring::api
