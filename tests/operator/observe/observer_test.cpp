// SPDX-License-Identifier: Apache-2.0
#include "operator/observe/observer.hpp"

#include "operator/api/kinds.hpp"

#include <doctest/doctest.h>

#include <map>
#include <mutex>
#include <set>

namespace mooring::observe {
namespace {

using nlohmann::json;

const api::ObjectKey web{"tools", "web"};

api::McpServer server() {
  api::McpServer made;
  made.key = web;
  made.uid = "uid-1";
  return made;
}

/// An API server of these objects.
struct Objects final : kube::Reader {
  std::map<api::ObjectRef, api::Object> there;
  unsigned reads = 0;

  kube::Answer<api::Object> get(const api::ObjectRef& ref) override {
    ++reads;
    const auto found = there.find(ref);
    return found == there.end() ? kube::Answer<api::Object>(kube::failed(Errc::not_found, "none"))
                                : found->second;
  }
};

/// Pods whose addresses answer or do not; a Service nobody asks.
struct Scene {
  watch::Cache cache;
  watch::Store& pods = cache.add({"Pod", "", ""});
  Objects objects;
  std::mutex mutex;
  std::map<std::string, Errc> failing;  ///< by address
  std::multiset<std::string> asked;
  Prober prober{{}, [](const auto&) { return fail(Errc::internal, "never"); }, [](const auto&) {}};
  Observer observer{cache, objects, prober, [this](const net::ClientRequest& request) {
                      return answer(request.url.substr(7, request.url.find(':', 7) - 7));
                    }};

  Result<net::ClientResponse> answer(const std::string& address) {
    const std::lock_guard lock(mutex);
    asked.insert(address);
    if (const auto found = failing.find(address); found != failing.end()) {
      return fail(found->second, "no answer");
    }
    net::ClientResponse response;
    response.status = 200;
    response.body = R"({"backends": [{"name": "files", "state": "failed", "message": "bad"}]})";
    return response;
  }

  void add_pod(const std::string& name, const std::string& address) {
    pods.put(api::Object(json{
        {"kind", "Pod"},
        {"metadata",
         {{"name", name}, {"namespace", "tools"}, {"labels", {{"mooring.dev/server", "web"}}}}},
        {"status", {{"phase", "Running"}, {"podIP", address}}}}));
  }

  plan::Observed observe() {
    const api::Object object(json{{"metadata", {{"name", "web"}, {"namespace", "tools"}}}});
    auto observed = observer.observe(object, server(), Source::cache);
    REQUIRE(observed);
    return *observed;
  }
};

TEST_CASE("observer: an address that does not answer is left alone, the others are asked") {
  Scene f;
  f.add_pod("web-a", "10.0.0.1");
  f.add_pod("web-b", "10.0.0.2");
  f.failing = {{"10.0.0.1", Errc::timeout}};

  CHECK(f.observe().endpoints.size() == 1);
  const plan::Observed again = f.observe();
  REQUIRE(again.endpoints.size() == 1);
  CHECK(again.endpoints[0].pod == "web-b");
  CHECK(f.asked == std::multiset<std::string>{"10.0.0.1", "10.0.0.2", "10.0.0.2"});
}

TEST_CASE("observer: an address that refuses is asked again, for it costs no time") {
  Scene f;
  f.add_pod("web-a", "10.0.0.1");
  f.failing = {{"10.0.0.1", Errc::unavailable}};
  f.observe();
  f.failing.clear();
  CHECK(f.observe().endpoints.size() == 1);
}

TEST_CASE("observer: where somebody else has a name of ours, no pod is looked at and none asked") {
  Scene f;
  f.add_pod("web-a", "10.0.0.1");
  const api::Object foreign(json{
      {"kind", "Service"}, {"metadata", {{"name", "web"}, {"namespace", "tools"}, {"uid", "x"}}}});
  f.objects.there.emplace(api::ObjectRef{"Service", "tools", "web"}, foreign);

  const plan::Observed observed = f.observe();

  REQUIRE(observed.children.size() == 1);
  CHECK(observed.pods.empty());
  CHECK(observed.endpoints.empty());
  CHECK_FALSE(observed.probe);
  CHECK(f.asked.empty());
}

TEST_CASE("observer: a child that the spec does not ask for is looked for in the cache alone") {
  Scene f;
  const auto named = [](const char* kind) {
    return api::Object(json{{"kind", kind}, {"metadata", {{"name", "web"}, {"namespace", "tools"}}}}
    );
  };
  watch::Store& ingresses = f.cache.add({"Ingress", "", ""});
  f.objects.there.emplace(api::ObjectRef{"Ingress", "tools", "web"}, named("Ingress"));
  CHECK(f.observe().children.empty());
  ingresses.put(named("Ingress"));
  CHECK(f.observe().children.size() == 1);
}

TEST_CASE("observer: what is being deleted is not looked into") {
  Scene f;
  api::Object object(json{{"metadata", {{"name", "web"}, {"namespace", "tools"}}}});
  object.body()["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
  const auto observed = f.observer.observe(object, server(), Source::cache);
  REQUIRE(observed);
  CHECK(observed->children.empty());
  CHECK(f.objects.reads == 0);
}

TEST_CASE("observer: who wants a place and who has it is found, wherever they are") {
  Scene f;
  watch::Store& servers = f.cache.add({"McpServer", "", ""});
  watch::Store& ingresses = f.cache.add({"Ingress", "", ""});
  const auto asking = [](const std::string& space, const std::string& name) {
    const json metadata = {
        {"name", name}, {"namespace", space}, {"creationTimestamp", "2026-01-01T00:00:00Z"}};
    const json spec = {{"ingress", {{"host", "a.com"}, {"path", "/mcp"}}}};
    return api::Object(json{{"kind", "McpServer"}, {"metadata", metadata}, {"spec", spec}});
  };
  api::Object leaving = asking("tools", "leaving");
  leaving.body()["metadata"]["deletionTimestamp"] = "2026-01-02T00:00:00Z";
  servers.put(asking("tools", "web"));
  servers.put(asking("shop", "other"));
  servers.put(leaving);
  const json owner = {
      {"apiVersion", "mooring.dev/v1alpha1"},
      {"kind", "McpServer"},
      {"name", "gone on"},
      {"controller", true}};
  const json rule = {{"host", "a.com"}, {"http", {{"paths", {{{"path", "/mcp"}}}}}}};
  const json metadata = {
      {"name", "held"},
      {"namespace", "shop"},
      {"creationTimestamp", "2026-01-03T00:00:00Z"},
      {"ownerReferences", {owner}}};
  ingresses.put(api::Object(json{
      {"kind", "Ingress"}, {"metadata", metadata}, {"spec", {{"rules", {rule}}}}}));

  api::McpServer read = server();
  read.spec.ingress = api::Ingress{};
  const auto observed = f.observer.observe(asking("tools", "web"), read, Source::cache);
  REQUIRE(observed);
  REQUIRE(observed->claims.size() == 1);
  const plan::Claims& claims = observed->claims.begin()->second;
  CHECK(claims.size() == 3);
  CHECK(claims.at(web) == plan::Claim{web, "2026-01-01T00:00:00Z", {}});
  CHECK(claims.at({"shop", "other"}).wanted_since);
  CHECK(claims.at({"shop", "gone on"}).held_since == "2026-01-03T00:00:00Z");
}

}  // namespace
}  // namespace mooring::observe
