// SPDX-License-Identifier: Apache-2.0
#include "operator/api/place.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;

constexpr std::size_t shown = 253;

void add_ingress(
    const std::string& class_name,
    const std::string& host,
    const std::string& path,
    std::vector<Place>& out
) {
  out.push_back(
      {"Ingress",
       "host " + text::quoted(host, shown) + " and path " + text::quoted(path, shown) + " of " +
           (class_name.empty() ? "the default IngressClass"
                               : "IngressClass " + text::quoted(class_name, shown))}
  );
}

std::string listeners_of(const json& parent, const std::string& own_namespace) {
  const std::string space = text_at(parent, {"namespace"});
  std::string text =
      "Gateway " + (space.empty() ? own_namespace : space) + "/" + text_at(parent, {"name"});
  if (const std::string section = text_at(parent, {"sectionName"}); !section.empty()) {
    text += ", listener " + section;
  }
  if (const std::int64_t port = integer_at(parent, {"port"}); port != 0) {
    text += ", port " + std::to_string(port);
  }
  return text;
}

// Of the spec of an McpServer's gateway and of an HTTPRoute, which have these fields in common.
void add_route(
    const json& spec, const std::string& path, const std::string& space, std::vector<Place>& out
) {
  std::vector<std::string> hosts;
  for (const json& host : value_at(spec, {"hostnames"})) {
    hosts.push_back(host.is_string() ? "host " + text::quoted(host.get<std::string>(), shown) : "");
  }
  if (hosts.empty()) {
    hosts.emplace_back("every host");
  }
  for (const json& parent : value_at(spec, {"parentRefs"})) {
    for (const std::string& host : hosts) {
      out.push_back(
          {"HTTPRoute",
           host + " and path " + text::quoted(path, shown) + " of " + listeners_of(parent, space)}
      );
    }
  }
}

const json& first(const json& list) {
  static const json none;
  return list.is_array() && !list.empty() ? list.front() : none;
}

}  // namespace

std::vector<Place> places(const Object& object) {
  std::vector<Place> found;
  const json& spec = object.at({"spec"});
  if (object.kind() == server_kind) {
    if (const json& ingress = value_at(spec, {"ingress"}); ingress.is_object()) {
      add_ingress(
          text_at(ingress, {"className"}),
          text_at(ingress, {"host"}),
          text_at(ingress, {"path"}),
          found
      );
    }
    if (const json& gateway = value_at(spec, {"gateway"}); gateway.is_object()) {
      add_route(gateway, text_at(gateway, {"path"}), object.namespace_(), found);
    }
  } else if (object.kind() == "Ingress") {
    const json& rule = first(value_at(spec, {"rules"}));
    add_ingress(
        text_at(spec, {"ingressClassName"}),
        text_at(rule, {"host"}),
        text_at(first(value_at(rule, {"http", "paths"})), {"path"}),
        found
    );
  } else if (object.kind() == "HTTPRoute") {
    const json& match = first(value_at(first(value_at(spec, {"rules"})), {"matches"}));
    add_route(spec, text_at(match, {"path", "value"}), object.namespace_(), found);
  }
  return found;
}

}  // namespace mooring::api
