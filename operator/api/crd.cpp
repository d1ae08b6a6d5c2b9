// SPDX-License-Identifier: Apache-2.0
#include "operator/api/crd.hpp"

#include "core/schema/openapi.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/mcp_server.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;

json column(const char* name, const char* type, const char* path, const char* description) {
  return {{"name", name}, {"type", type}, {"jsonPath", path}, {"description", description}};
}

json printer_columns() {
  json age = column("Age", "date", ".metadata.creationTimestamp", "Time since it was made.");
  json image = column("Image", "string", ".status.image", "The endpoint image in force.");
  image["priority"] = 1;
  json exposed = column(
      "Exposed",
      "string",
      R"(.status.conditions[?(@.type=="RouteProgrammed")].status)",
      "Whether it is reached from outside the cluster; empty where that is not asked for."
  );
  exposed["priority"] = 1;
  return json::array(
      {column(
           "Ready",
           "string",
           R"(.status.conditions[?(@.type=="Ready")].status)",
           "Whether clients are served as the spec says."
       ),
       column(
           "Status",
           "string",
           R"(.status.conditions[?(@.type=="Ready")].reason)",
           "Why, in one word; kubectl describe tells more."
       ),
       column("Ready-Replicas", "integer", ".status.readyReplicas", "Endpoint pods that answer."),
       column("Replicas", "integer", ".status.replicas", "Endpoint pods there are."),
       column("Tools", "integer", ".status.server.tools", "Tools offered."),
       column("URL", "string", ".status.url", "Where clients reach it."),
       std::move(exposed),
       std::move(image),
       std::move(age)}
  );
}

json resource_schema() {
  json schema = {
      {"type", "object"},
      {"description", "A remote MCP server: its endpoint, and the backends its tools come from."},
      {"required", {"spec"}},
      {"properties",
       {{"apiVersion", {{"type", "string"}}},
        {"kind", {{"type", "string"}}},
        {"metadata", {{"type", "object"}}},
        {"spec", schema::to_openapi(spec_field())},
        {"status", schema::to_openapi(status_field())}}}};
  for (const schema::Rule& rule : server_rules()) {
    schema["x-kubernetes-validations"].push_back({{"rule", rule.cel}, {"message", rule.message}});
  }
  return schema;
}

}  // namespace

json crd() {
  const json version = {
      {"name", "v1alpha1"},
      {"served", true},
      {"storage", true},
      {"schema", {{"openAPIV3Schema", resource_schema()}}},
      {"subresources",
       {{"status", json::object()},
        {"scale",
         {{"specReplicasPath", ".spec.replicas"},
          {"statusReplicasPath", ".status.replicas"},
          {"labelSelectorPath", ".status.selector"}}}}},
      {"selectableFields", {{{"jsonPath", ".spec.controllerName"}}}},
      {"additionalPrinterColumns", printer_columns()}};
  return {
      {"apiVersion", "apiextensions.k8s.io/v1"},
      {"kind", "CustomResourceDefinition"},
      {"metadata", {{"name", "mcpservers.mooring.dev"}}},
      {"spec",
       {{"group", group},
        {"scope", "Namespaced"},
        {"names",
         {{"kind", server_kind},
          {"listKind", "McpServerList"},
          {"plural", "mcpservers"},
          {"singular", "mcpserver"},
          {"shortNames", {"moor"}},
          {"categories", {"mcp"}}}},
        {"versions", json::array({version})}}}};
}

}  // namespace mooring::api
