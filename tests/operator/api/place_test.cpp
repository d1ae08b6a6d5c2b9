// SPDX-License-Identifier: Apache-2.0
#include "operator/api/place.hpp"

#include <doctest/doctest.h>

namespace mooring::api {
namespace {

using nlohmann::json;

Object of(const char* kind, const json& spec) {
  return Object(json{
      {"kind", kind}, {"metadata", {{"name", "web"}, {"namespace", "tools"}}}, {"spec", spec}});
}

TEST_CASE("place: an McpServer wants what its Ingress then has") {
  const json ingress = {{"className", "nginx"}, {"host", "mcp.acme.com"}, {"path", "/web"}};
  const auto wanted = places(of("McpServer", {{"ingress", ingress}}));
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].kind == "Ingress");
  CHECK(wanted[0].text == "host \"mcp.acme.com\" and path \"/web\" of IngressClass \"nginx\"");

  const json rule = {{"host", "mcp.acme.com"}, {"http", {{"paths", {{{"path", "/web"}}}}}}};
  CHECK(places(of("Ingress", {{"ingressClassName", "nginx"}, {"rules", {rule}}})) == wanted);
}

TEST_CASE("place: the class that the API server wrote into an Ingress is not its owner's") {
  const json ingress = {{"host", "a.com"}, {"path", "/mcp"}};
  const json rule = {{"host", "a.com"}, {"http", {{"paths", {{{"path", "/mcp"}}}}}}};
  Object made = of("Ingress", {{"ingressClassName", "nginx"}, {"rules", {rule}}});
  const auto wanted = places(of("McpServer", {{"ingress", ingress}}));
  CHECK(places(made) != wanted);
  made.body()["metadata"]["managedFields"] = {
      {{"manager", "mcp-operator"}, {"fieldsV1", {{"f:spec", {{"f:rules", json::object()}}}}}}};
  CHECK(places(made) == wanted);
}

TEST_CASE("place: of a route each host at each parent is one") {
  const json parents = {
      {{"name", "public"}, {"namespace", "infra"}, {"sectionName", "https"}}, {{"name", "own"}}};
  const json hosts = {"a.com", "b.com"};
  const json gateway = {{"parentRefs", parents}, {"hostnames", hosts}, {"path", "/mcp"}};
  const auto wanted = places(of("McpServer", {{"gateway", gateway}}));
  REQUIRE(wanted.size() == 4);
  CHECK(
      wanted[0].text == "host \"a.com\" and path \"/mcp\" of Gateway infra/public, listener https"
  );
  CHECK(wanted[3].text == "host \"b.com\" and path \"/mcp\" of Gateway tools/own");

  const json matches = {{{"path", {{"type", "Exact"}, {"value", "/mcp"}}}}};
  const json rules = {{{"matches", matches}}};
  CHECK(
      places(of("HTTPRoute", {{"parentRefs", parents}, {"hostnames", hosts}, {"rules", rules}})) ==
      wanted
  );
}

TEST_CASE("place: a route without hosts takes all of its listeners, those of a port apart") {
  const json parents = {{{"name", "own"}, {"port", 443}}};
  const auto wanted =
      places(of("McpServer", {{"gateway", {{"parentRefs", parents}, {"path", "/mcp"}}}}));
  REQUIRE(wanted.size() == 1);
  CHECK(wanted[0].text == "every host and path \"/mcp\" of Gateway tools/own, port 443");
}

TEST_CASE("place: other objects have none, and nonsense is passed over") {
  CHECK(places(of("Service", {{"ingress", {{"host", "a.com"}}}})).empty());
  CHECK(places(of("McpServer", {{"ingress", "a.com"}, {"gateway", 7}})).empty());
  CHECK(places(Object(json{{"kind", "HTTPRoute"}})).empty());
  CHECK(places(Object(json{{"kind", "Ingress"}, {"spec", {{"rules", "none"}}}})).size() == 1);
}

}  // namespace
}  // namespace mooring::api
