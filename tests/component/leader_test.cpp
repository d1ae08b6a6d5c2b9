// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/leader.hpp"

#include "operator/loop/preflight.hpp"
#include "tests/support/fake_api_server.hpp"

#include <doctest/doctest.h>

#include <atomic>

namespace mooring::loop {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using support::ApiAnswer;
using support::ApiRequest;
using support::FakeApiServer;
using support::replies;
using support::status_body;

const std::string leases = "/apis/coordination.k8s.io/v1/namespaces/mooring-system/leases";
const std::string lease = leases + "/mooring-operator";
const std::string servers = "GET /apis/mooring.dev/v1alpha1/mcpservers";
const std::string reviews = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

std::unique_ptr<kube::RestClient> lease_client_of(const FakeApiServer& server) {
  kube::Connection connection;
  connection.server = server.url();
  connection.origin = "the test";
  return std::move(*kube::RestClient::open(connection, {"test", 4s, {}}));
}

/// Holds the lease as the API server would: a version that rises, and refusal of stale writes.
class LeaseHolder {
 public:
  explicit LeaseHolder(FakeApiServer& server) {
    server.on("GET " + lease, {[this](const ApiRequest&, ApiAnswer& answer) {
                const std::lock_guard lock(mutex_);
                lease_.is_null() ? answer.reply(404, status_body(404, "NotFound", "none"))
                                 : answer.reply(200, lease_.dump());
              }});
    server.on("POST " + leases, {[this](const ApiRequest& request, ApiAnswer& answer) {
                take(request, answer, 201);
              }});
    server.on("PUT " + lease, {[this](const ApiRequest& request, ApiAnswer& answer) {
                take(request, answer, 200);
              }});
  }

  std::string holder() {
    const std::lock_guard lock(mutex_);
    return lease_.is_null() ? "none" : lease_["spec"]["holderIdentity"].get<std::string>();
  }

  /// As if somebody else had taken it.
  void give(const std::string& holder) {
    const std::lock_guard lock(mutex_);
    lease_["spec"]["holderIdentity"] = holder;
    lease_["spec"]["leaseDurationSeconds"] = 15;
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
  }

 private:
  void take(const ApiRequest& request, ApiAnswer& answer, int status) {
    const std::lock_guard lock(mutex_);
    const json sent = json::parse(request.body);
    const std::string version = sent["metadata"].value("resourceVersion", "");
    if (!lease_.is_null() && version != std::to_string(version_)) {
      answer.reply(409, status_body(409, "Conflict", "changed"));
      return;
    }
    lease_ = sent;
    lease_["metadata"]["resourceVersion"] = std::to_string(++version_);
    answer.reply(status, lease_.dump());
  }

  std::mutex mutex_;
  json lease_;
  int version_ = 0;
};

TEST_CASE("leader: it takes the lease, leads, and hands it over when stopped") {
  FakeApiServer server;
  LeaseHolder held(server);
  const auto client = lease_client_of(server);
  std::atomic<bool> elected{false};
  Leader leader(
      *client,
      {"Lease", "mooring-system", loop::lease_name("")},
      "me_1",
      {[&] { elected = true; }, [] {}}
  );
  CHECK_FALSE(leader.is_valid());
  leader.start();

  CHECK(server.wait_until([&] { return elected.load(); }));
  CHECK(leader.is_valid());
  CHECK(held.holder() == "me_1");
  leader.stop();
  CHECK(held.holder().empty());
}

TEST_CASE("leader: one that finds another in its place gives up at once") {
  FakeApiServer server;
  LeaseHolder held(server);
  const auto client = lease_client_of(server);
  std::atomic<bool> elected{false};
  std::atomic<bool> lost{false};
  Leader leader(
      *client,
      {"Lease", "mooring-system", loop::lease_name("")},
      "me_1",
      {[&] { elected = true; }, [&] { lost = true; }}
  );
  leader.start();
  REQUIRE(server.wait_until([&] { return elected.load(); }));

  held.give("other_2");

  CHECK(server.wait_until([&] { return lost.load(); }));
  CHECK_FALSE(leader.is_valid());
  leader.stop();
  CHECK(held.holder() == "other_2");
}

bool wait(std::chrono::milliseconds) {
  return true;
}

PreflightOptions quick() {
  PreflightOptions options;
  options.patience = 200ms;
  options.retry = 20ms;
  return options;
}

TEST_CASE("preflight: everything there and allowed") {
  FakeApiServer server;
  server.on(servers, {replies(200, R"({"metadata":{},"items":[]})")});
  server.on(reviews, {replies(201, R"({"status":{"allowed":true}})")});

  CHECK(preflight(*lease_client_of(server), quick(), wait));
  CHECK(server.count("selfsubjectaccessreviews") > 30);
}

TEST_CASE("preflight: a missing permission is named with verb, resource and where to grant it") {
  FakeApiServer server;
  server.on(servers, {replies(403, status_body(403, "Forbidden", "no"))});
  server.on(reviews, {[](const ApiRequest& request, ApiAnswer& answer) {
              const bool refused = request.body.find("poddisruptionbudgets") != std::string::npos;
              answer.reply(
                  201,
                  refused ? R"({"status":{"allowed":false}})" : R"({"status":{"allowed":true}})"
              );
            }});

  const auto fit = preflight(*lease_client_of(server), quick(), wait);

  REQUIRE_FALSE(fit);
  CHECK(fit.error().code == Errc::forbidden);
  CHECK(
      fit.error().message.find("not allowed to get poddisruptionbudgets.policy in all namespaces: "
                               "grant it with the ClusterRole") == 0
  );
}

TEST_CASE("preflight: who may do nothing, not even ask, is told so at once") {
  FakeApiServer server;
  server.on(servers, {replies(403, status_body(403, "Forbidden", "no"))});
  server.on(reviews, {replies(403, status_body(403, "Forbidden", "no"))});

  const auto fit = preflight(*lease_client_of(server), quick(), wait);

  REQUIRE_FALSE(fit);
  CHECK(fit.error().code == Errc::forbidden);
  CHECK(
      fit.error().message.find("not allowed to list mcpservers.mooring.dev in all namespaces: ") ==
      0
  );
}

TEST_CASE("preflight: refused credentials are told at once, a server that is away after a while") {
  FakeApiServer server;
  server.on(servers, {replies(401, status_body(401, "Unauthorized", "Unauthorized"))});
  const auto refused = preflight(*lease_client_of(server), quick(), wait);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message.find("expired token or certificate?") != std::string::npos);

  server.on(servers, {replies(503, "starting")});
  const auto away = preflight(*lease_client_of(server), quick(), wait);
  REQUIRE_FALSE(away);
  CHECK(away.error().code == Errc::unavailable);
  CHECK(server.count("mcpservers") > 3);
}

TEST_CASE("preflight: a missing CRD is waited for, as long as the program is to run") {
  FakeApiServer server;
  server.on(servers, {replies(404, "404 page not found")});
  int waits = 0;
  const auto fit = preflight(
      *lease_client_of(server), quick(), [&waits](std::chrono::milliseconds) { return ++waits < 5; }
  );

  CHECK(fit);
  CHECK(waits == 5);
}

}  // namespace
}  // namespace mooring::loop
