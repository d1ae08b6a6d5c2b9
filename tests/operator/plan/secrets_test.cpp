// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/secrets.hpp"

#include "operator/keys/rotation.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

namespace mooring {
namespace {

using namespace std::chrono_literals;

constexpr const char* salt = "a salt";

using world::now;

std::string hash_of(const plan::Observed& observed, const std::string& with = salt) {
  return plan::secrets_hash(world::parsed(*observed.server), observed, with);
}

plan::Plan plan_of(const plan::Observed& observed) {
  const api::McpServer server = world::parsed(*observed.server);
  render::RenderContext context{"mooring.dev/mcp-server:test", world::kept_keys()};
  context.secrets_hash = hash_of(observed);
  const render::Desired desired = render::desired(server, context);
  return plan::make(server, desired, observed, now());
}

/// The pods run with these values of Secret `files`.
plan::Observed running_with(std::map<std::string, std::string> hashes) {
  plan::Observed observed = world::settled(world::resource());
  observed.secrets["files"].hashes = std::move(hashes);
  world::obey(plan_of(observed), observed);
  world::roll_out(world::child(observed, "Deployment", "weather"), 2);
  world::obey(plan_of(observed), observed);
  return observed;
}

TEST_CASE(
    "secrets: a value that the pods take changes their hash, another one of the Secret does not"
) {
  plan::Observed observed = running_with({{"token", "1"}, {"other", "1"}});
  const std::string before = hash_of(observed);
  CHECK(before.size() == 16);
  observed.secrets["files"].hashes["other"] = "2";
  CHECK(hash_of(observed) == before);
  observed.secrets["files"].hashes["token"] = "2";
  CHECK(hash_of(observed) != before);
}

TEST_CASE("secrets: who does not know the salt cannot try values on the hash") {
  const plan::Observed observed = running_with({{"token", "1"}});
  CHECK(hash_of(observed, "one") != hash_of(observed, "another"));
}

TEST_CASE("secrets: what is missing or unread replaces no pod") {
  plan::Observed observed = running_with({{"token", "1"}});
  const std::string before = hash_of(observed);
  observed.secrets["files"] = {true, {"other"}, {{"other", "1"}}};
  CHECK(hash_of(observed) == before);
  observed.secrets["files"] = {};
  CHECK(hash_of(observed) == before);
  observed.secrets.clear();
  CHECK(hash_of(observed) == before);
  std::erase_if(observed.children, [](const api::Object& each) {
    return each.kind() == "Deployment";
  });
  CHECK(hash_of(observed).empty());
}

TEST_CASE("secrets: a server that takes none has no hash and is not looked at each minute") {
  api::Object resource = world::resource();
  resource.body()["spec"]["backends"].erase(0);
  plan::Observed observed = world::settled(resource);
  observed.secrets["files"].hashes["token"] = "1";
  CHECK_FALSE(plan::takes_secrets(world::parsed(resource)));
  CHECK(hash_of(observed).empty());
  CHECK(*plan_of(observed).requeue_after >= 5min);
}

TEST_CASE("secrets: a changed value replaces the pods within minutes, and is told as what it is") {
  plan::Observed observed = running_with({{"token", "1"}});
  CHECK(plan_of(observed).applies.empty());
  CHECK(*plan_of(observed).requeue_after >= 1min);
  CHECK(*plan_of(observed).requeue_after <= 70s);

  observed.secrets["files"].hashes["token"] = "2";
  const plan::Plan plan = plan_of(observed);
  REQUIRE(plan.applies.size() == 1);
  CHECK(plan.applies[0].object.kind() == "Deployment");
  REQUIRE_FALSE(plan.events.empty());
  CHECK(plan.events[0].reason == plan::Reason::children_updated);
  CHECK(plan.events[0].note.starts_with(
      "replaces the pods, for a Secret that they take variables from has another value: "
      "Deployment/weather ("
  ));
}

TEST_CASE("secrets: the salt is made once, whatever becomes of the keys") {
  const keys::Policy never{0h, 24h};
  const auto made = keys::next({}, never, now(), std::string(32, 'r'));
  CHECK(made.kept.salt.size() == 64);
  CHECK(made.kept.ring.find(made.kept.salt) == std::string::npos);
  const auto later = keys::next(made.kept, {1h, 24h}, now() + 2h, std::string(32, 's'));
  CHECK(later.kept.salt == made.kept.salt);
  const auto lost = keys::next({"", "", made.kept.salt}, never, now(), std::string(32, 't'));
  CHECK(lost.kept.salt == made.kept.salt);
  const auto older = keys::next({made.kept.ring, ""}, never, now(), std::string(32, 'u'));
  CHECK(older.outlook.is_changed);
  CHECK_FALSE(older.kept.salt.empty());
}

}  // namespace
}  // namespace mooring
