// SPDX-License-Identifier: Apache-2.0
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

#include <algorithm>

namespace mooring::render {
namespace {

using nlohmann::json;
using std::chrono::seconds;

/// What the controllers of one kind have to be told, by their own annotations.
struct Dialect {
  std::string_view word;  ///< in the names of its classes
  void (*tell)(json& annotations, const api::Ingress& ingress, seconds read_timeout);
};

// Of the community's controller and of F5's, whose classes are both called nginx. Both cut a
// response that says nothing for a minute, and the latter holds event streams back.
void tell_nginx(json& annotations, const api::Ingress&, seconds read_timeout) {
  const std::string count = std::to_string(read_timeout.count());
  annotations["nginx.ingress.kubernetes.io/proxy-buffering"] = "off";
  annotations["nginx.ingress.kubernetes.io/proxy-read-timeout"] = count;
  annotations["nginx.ingress.kubernetes.io/proxy-body-size"] = "1m";
  annotations["nginx.org/proxy-buffering"] = "false";
  annotations["nginx.org/proxy-read-timeout"] = count + "s";
  annotations["nginx.org/client-max-body-size"] = "1m";
}

// Of HAProxy Technologies' controller and of the community's. Neither buffers or bounds bodies.
void tell_haproxy(json& annotations, const api::Ingress&, seconds read_timeout) {
  const std::string time = std::to_string(read_timeout.count()) + "s";
  annotations["haproxy.org/timeout-server"] = time;
  annotations["haproxy-ingress.github.io/timeout-server"] = time;
}

// It neither buffers nor times out by itself, and answers by http also where there is a
// certificate, unless it is told.
void tell_traefik(json& annotations, const api::Ingress& ingress, seconds) {
  if (ingress.tls) {
    annotations["traefik.ingress.kubernetes.io/router.tls"] = "true";
  }
}

constexpr Dialect dialects[] = {
    {"nginx", tell_nginx}, {"haproxy", tell_haproxy}, {"traefik", tell_traefik}};

// Until then the endpoint itself has answered, or has sent a sign of life.
seconds read_timeout_of(const api::McpServer& server) {
  constexpr seconds margin{60};
  seconds longest{0};
  for (const api::Backend& backend : server.spec.backends) {
    longest = std::max(longest, std::chrono::ceil<seconds>(backend.timeout));
  }
  return longest + margin;
}

// A class whose name tells nothing gets them all: controllers look at their own only.
json annotations_of(const api::McpServer& server, const api::Ingress& ingress) {
  const auto is_meant = [&](const Dialect& dialect) {
    return ingress.class_name.find(dialect.word) != std::string::npos;
  };
  const bool is_known = std::any_of(std::begin(dialects), std::end(dialects), is_meant);
  json annotations = json::object();
  for (const Dialect& dialect : dialects) {
    if (!is_known || is_meant(dialect)) {
      dialect.tell(annotations, ingress, read_timeout_of(server));
    }
  }
  if (ingress.tls && ingress.tls->issuer) {
    const bool is_of_cluster = ingress.tls->issuer->kind == "ClusterIssuer";
    annotations[is_of_cluster ? "cert-manager.io/cluster-issuer" : "cert-manager.io/issuer"] =
        ingress.tls->issuer->name;
  }
  for (const auto& [name, value] : ingress.annotations) {
    annotations[name] = value;
  }
  return annotations;
}

}  // namespace

api::Object ingress(const api::McpServer& server, const api::Ingress& ingress) {
  json object = head(server, "Ingress", server.key.name);
  if (json annotations = annotations_of(server, ingress); !annotations.empty()) {
    object["metadata"]["annotations"] = std::move(annotations);
  }
  const json backend = {
      {"service", {{"name", server.key.name}, {"port", {{"number", endpoint_port}}}}}};
  const json path = {{"path", ingress.path}, {"pathType", "Exact"}, {"backend", backend}};
  const json rule = {{"host", ingress.host}, {"http", {{"paths", json::array({path})}}}};
  object["spec"]["rules"] = json::array({rule});
  if (!ingress.class_name.empty()) {
    object["spec"]["ingressClassName"] = ingress.class_name;
  }
  if (ingress.tls) {
    const json tls = {
        {"hosts", json::array({ingress.host})}, {"secretName", ingress.tls->secret_name}};
    object["spec"]["tls"] = json::array({tls});
  }
  return api::Object(std::move(object));
}

}  // namespace mooring::render
