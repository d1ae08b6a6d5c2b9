// SPDX-License-Identifier: Apache-2.0
#include "operator/api/exposure.hpp"
#include "operator/api/fields.hpp"
#include "operator/api/object.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

namespace mooring::api {

using nlohmann::json;

namespace fields {
namespace {

using namespace schema;

constexpr const char* host_pattern =
    R"(^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)";

bool have_one_path(const json& spec) {
  return !spec.contains("ingress") || !spec.contains("gateway") ||
         spec.at("ingress").at("path") == spec.at("gateway").at("path");
}

// Of two references to one Gateway, each says which of its listeners are meant, and not the same.
bool names_parents_once(const json& parents) {
  using Name = std::pair<std::string, std::string>;
  std::map<Name, int> count;
  std::set<std::tuple<Name, std::string, std::int64_t>> seen;
  const auto name_of = [](const json& parent) {
    return Name{text_at(parent, {"namespace"}), text_at(parent, {"name"})};
  };
  for (const json& parent : parents) {
    ++count[name_of(parent)];
  }
  return std::all_of(parents.begin(), parents.end(), [&](const json& parent) {
    const std::string section = text_at(parent, {"sectionName"});
    const std::int64_t port = integer_at(parent, {"port"});
    const bool is_told_apart = !section.empty() || port != 0 || count[name_of(parent)] == 1;
    return is_told_apart && seen.emplace(name_of(parent), section, port).second;
  });
}

Rule parents_rule() {
  const std::string same =
      "a.name == b.name && (has(a.__namespace__) ? a.__namespace__ : '') == "
      "(has(b.__namespace__) ? b.__namespace__ : '')";
  return {
      "self.all(a, (has(a.sectionName) || has(a.port) || self.exists_one(b, " + same +
          ")) && self.exists_one(b, " + same +
          " && (has(a.sectionName) ? a.sectionName : '') == (has(b.sectionName) ? b.sectionName : "
          "'') && (has(a.port) ? a.port : 0) == (has(b.port) ? b.port : 0)))",
      "must name each Gateway once, or each time with another sectionName or port",
      names_parents_once};
}

bool is_no_address(const json& value) {
  static const RE2 address(R"(([0-9]+\.)*[0-9]+)");
  return !RE2::FullMatch(value.get_ref<const std::string&>(), address);
}

Rule no_address_rule() {
  return {
      R"(!self.matches(r'^([0-9]+\.)*[0-9]+$'))",
      "must be a name, not an address: Ingress and HTTPRoute have none; let a name such as "
      "mcp.acme.com lead to it",
      is_no_address};
}

bool is_plain_path(const json& value) {
  static const RE2 detour(R"(//|/\.\.?(/|$))");
  return !RE2::PartialMatch(value.get_ref<const std::string&>(), detour);
}

bool is_free_path(const json& value) {
  return value != "/health" && value != "/ready";
}

Field path_field() {
  Field path = matching(
      text_field(
          "path",
          "The path that clients ask for. The endpoint serves it there, also inside the cluster.",
          1,
          256
      ),
      "^/[A-Za-z0-9._~/-]*$",
      "an absolute path of letters, digits and . _ ~ / -"
  );
  path = with_rule(
      std::move(path),
      {"self != '/health' && self != '/ready'",
       "is taken: /health and /ready answer probes; choose another, e.g. /mcp",
       is_free_path}
  );
  path = with_rule(
      std::move(path),
      {R"(!self.matches(r'//|/\.\.?(/|$)'))",
       "must have no \"//\", and no part that is \".\" or \"..\": proxies and clients rewrite "
       "these",
       is_plain_path}
  );
  return with_default(std::move(path), "/mcp");
}

Field issuer_field() {
  return object_field(
      "issuerRef",
      "Who makes the certificate, by cert-manager. Absent: the Secret is there already.",
      {with_default(
           enum_field("kind", "Kind of the issuer.", {"Issuer", "ClusterIssuer"}), "Issuer"
       ),
       required(object_name_field("name", "Name of the issuer."))}
  );
}

Field tls_field() {
  return object_field(
      "tls",
      "Serves the host by https. Absent: by http.",
      {required(object_name_field(
           "secretName",
           "Secret with the certificate (tls.crt) and its key (tls.key), in the same namespace."
       )),
       issuer_field()}
  );
}

Field ingress_annotations_field() {
  Field field = with_good_keys(map_field(
      "annotations",
      "Annotations of the Ingress. They win over those that the operator sets: what controllers "
      "of nginx and HAProxy need to pass on event streams and calls as long as the longest "
      "backend timeout (those of the controller that className names; all where it names none).",
      text_field("", "", 0, 4096),
      32
  ));
  field.example = {{"nginx.ingress.kubernetes.io/limit-rps", "20"}};
  return field;
}

}  // namespace

Field ingress_field() {
  return object_field(
      "ingress",
      "Makes it reachable from outside the cluster by an Ingress: anybody who reaches the host may "
      "call it. A host and path that another McpServer serves are not taken from it.",
      {with_example(
           object_name_field("className", "The IngressClass. Absent: the cluster's default one."),
           "nginx"
       ),
       required(with_example(
           with_rule(
               matching(
                   text_field("host", "The host that clients ask for.", 1, 253),
                   host_pattern,
                   R"(a host name such as "mcp.acme.com", in lower case)"
               ),
               no_address_rule()
           ),
           "mcp.acme.com"
       )),
       path_field(),
       tls_field(),
       ingress_annotations_field()}
  );
}

Field gateway_field() {
  Field parent = object_field(
      "",
      "",
      {required(object_name_field("name", "Name of the Gateway.")),
       namespace_field("namespace", "Its namespace. Absent: that of this resource."),
       object_name_field("sectionName", "One listener of it. Absent: all that let the route in."),
       integer_field("port", "Listeners on this port alone. Absent: on every port.", 1, 65535)}
  );
  Field host = matching(
      text_field("", "", 1, 253),
      R"(^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$)",
      R"(a host name such as "mcp.acme.com" or "*.acme.com", in lower case)"
  );
  host = with_rule(std::move(host), no_address_rule());
  return object_field(
      "gateway",
      "Makes it reachable from outside the cluster by an HTTPRoute of Gateway API v1: anybody who "
      "reaches the Gateway may call it. Hosts that another McpServer serves by this path are not "
      "taken from it.",
      {required(with_example(
           with_rule(
               list_field("parentRefs", "The Gateways that lead to it.", std::move(parent), 1, 16),
               parents_rule()
           ),
           json::array({{{"name", "public"}}})
       )),
       with_example(
           list_field(
               "hostnames",
               "The hosts that clients ask for. Absent: those of the Gateway's listeners. "
               "status.url is made of the first without \"*\", by https unless the first parentRef "
               "is for port 80.",
               std::move(host),
               1,
               16
           ),
           json::array({"mcp.acme.com"})
       ),
       path_field()}
  );
}

schema::Rule one_path_rule() {
  return {
      "!has(self.ingress) || !has(self.gateway) || self.ingress.path == self.gateway.path",
      "ingress.path and gateway.path must be the same: the endpoint is served at one path",
      have_one_path};
}

}  // namespace fields

Ingress read_ingress(const json& value) {
  Ingress ingress;
  ingress.class_name = text_at(value, {"className"});
  ingress.host = text_at(value, {"host"});
  ingress.path = text_at(value, {"path"});
  if (const json& tls = value_at(value, {"tls"}); tls.is_object()) {
    ingress.tls = IngressTls{text_at(tls, {"secretName"}), std::nullopt};
    if (const json& issuer = value_at(tls, {"issuerRef"}); issuer.is_object()) {
      ingress.tls->issuer = IssuerRef{text_at(issuer, {"kind"}), text_at(issuer, {"name"})};
    }
  }
  if (const json& annotations = value_at(value, {"annotations"}); annotations.is_object()) {
    ingress.annotations = annotations.get<std::map<std::string, std::string>>();
  }
  return ingress;
}

Gateway read_gateway(const json& value) {
  Gateway gateway;
  for (const json& parent : value.at("parentRefs")) {
    gateway.parents.push_back(
        {text_at(parent, {"name"}),
         text_at(parent, {"namespace"}),
         text_at(parent, {"sectionName"}),
         integer_at(parent, {"port"})}
    );
  }
  for (const json& host : value_at(value, {"hostnames"})) {
    gateway.hostnames.push_back(host.get<std::string>());
  }
  gateway.path = text_at(value, {"path"});
  return gateway;
}

}  // namespace mooring::api
