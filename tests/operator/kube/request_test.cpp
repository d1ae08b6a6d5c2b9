// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/request.hpp"

#include <doctest/doctest.h>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;

const Scope deployments{"Deployment", "", "app.kubernetes.io/managed-by=mooring"};

TEST_CASE("request: a list names its selector, version and page") {
  CHECK(
      list_path(deployments, {"0", "", 500}) ==
      "/apis/apps/v1/deployments?labelSelector=app.kubernetes.io%2Fmanaged-by%3Dmooring"
      "&resourceVersion=0&limit=500"
  );
  CHECK(
      list_path({"Pod", "tools", ""}, {"", "a+b/c=", 500}) ==
      "/api/v1/namespaces/tools/pods?limit=500&continue=a%2Bb%2Fc%3D"
  );
  CHECK(list_path({"Pod", "tools", ""}, {}) == "/api/v1/namespaces/tools/pods");
}

TEST_CASE("request: a watch asks for bookmarks, and for what is there if it must") {
  CHECK(
      watch_path({"McpServer", "", ""}, {"42", false, 250s}) ==
      "/apis/mooring.dev/v1alpha1/mcpservers?watch=1&resourceVersion=42&allowWatchBookmarks=true"
      "&timeoutSeconds=250"
  );
  CHECK(
      watch_path({"McpServer", "tools", ""}, {"", true, 250s}) ==
      "/apis/mooring.dev/v1alpha1/namespaces/tools/mcpservers?watch=1&allowWatchBookmarks=true"
      "&timeoutSeconds=250&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
  );
}

TEST_CASE("request: McpServers are chosen by the name of their operator, which may be none") {
  CHECK(
      list_path(servers_of("team-a", "tools"), {"", "", 1}) ==
      "/apis/mooring.dev/v1alpha1/namespaces/tools/mcpservers"
      "?fieldSelector=spec.controllerName%3Dteam-a&limit=1"
  );
  CHECK(
      watch_path(servers_of("", ""), {"42", false, 250s}) ==
      "/apis/mooring.dev/v1alpha1/mcpservers?watch=1&fieldSelector=spec.controllerName%3D"
      "&resourceVersion=42&allowWatchBookmarks=true&timeoutSeconds=250"
  );
}

TEST_CASE("request: an apply names its manager and is strict") {
  CHECK(
      apply_path({"Service", "tools", "web"}, "", "mcp-operator") ==
      "/api/v1/namespaces/tools/services/web?fieldManager=mcp-operator&force=true"
      "&fieldValidation=Strict"
  );
  CHECK(
      apply_path({"McpServer", "tools", "web"}, "/status", "m") ==
      "/apis/mooring.dev/v1alpha1/namespaces/tools/mcpservers/web/status?fieldManager=m&force=true"
      "&fieldValidation=Strict"
  );
}

TEST_CASE("request: messages name resources as those who grant permissions write them") {
  CHECK(resource_name("Deployment") == "deployments.apps");
  CHECK(resource_name("Secret") == "secrets");
  CHECK(describe("list", deployments) == "list deployments.apps in all namespaces");
  CHECK(describe("watch", Scope{"Pod", "tools", ""}) == "watch pods in namespace tools");
  CHECK(describe("get", api::ObjectRef{"Secret", "tools", "keys"}) == "get secrets tools/keys");
}

}  // namespace
}  // namespace mooring::kube
