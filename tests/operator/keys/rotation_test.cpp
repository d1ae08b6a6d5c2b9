// SPDX-License-Identifier: Apache-2.0
#include "operator/keys/rotation.hpp"

#include "core/text/encoding.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace mooring {
namespace {

using namespace std::chrono_literals;
using keys::Kept;
using keys::Policy;
using time::Timestamp;
using Ids = std::vector<std::string>;

const Timestamp noon = *time::parse_rfc3339("2026-01-01T12:00:00Z");
const Policy monthly{720h, 24h};

std::string random_of(std::size_t number) {
  std::string bytes = std::to_string(number);
  bytes.resize(32, 'r');
  return bytes;
}

keys::Next next(const Kept& kept, const Policy& policy, Timestamp now) {
  static std::size_t made = 0;
  return keys::next(kept, policy, now, random_of(++made));
}

/// As a replica reads it: the first seals.
Ids ids(const Kept& kept) {
  Ids found;
  for (const keys::Key& key : keys::read(kept, noon, 1h)) {
    found.push_back(key.id);
  }
  return found;
}

/// Months of one server: its Secret, replicas that read it late, and what is sealed.
class World {
 public:
  World(Policy policy, Timestamp now) : policy_(policy), now_(now) {
    put(next({}, policy_, now_).kept);
  }

  void live(std::chrono::minutes time, std::chrono::minutes step) {
    for (const Timestamp end = now_ + time; now_ < end; now_ += step) {
      if (is_operator_up && now_ >= due_) {
        look();
      }
      use_tokens();
    }
  }

  void look() {
    const keys::Next found = next(secret_.back().kept, policy_, now_);
    CHECK(found.outlook.is_changed == (found.kept != secret_.back().kept));
    if (found.outlook.is_changed) {
      put(found.kept);
    }
    // When it has been obeyed, there is nothing to do until it is due again.
    const keys::Next again = next(found.kept, policy_, now_);
    CHECK_FALSE(again.outlook.is_changed);
    CHECK(again.outlook.due == found.outlook.due);
    REQUIRE(found.outlook.due);
    CHECK(*found.outlook.due > now_);
    due_ = *found.outlook.due;
  }

  Policy& policy() { return policy_; }

  const Kept& kept() const { return secret_.back().kept; }

  std::size_t writes() const { return secret_.size(); }

  std::size_t most_keys() const { return most_keys_; }

  bool is_operator_up = true;

 private:
  struct Version {
    Timestamp at;
    Kept kept;
    Ids ids;
  };

  void put(Kept kept) {
    Ids found = ids(kept);
    most_keys_ = std::max(most_keys_, found.size());
    secret_.push_back({now_, std::move(kept), std::move(found)});
  }

  const Ids& read_by(std::chrono::minutes lag) const {
    const auto late = std::find_if(secret_.rbegin(), secret_.rend(), [&](const Version& version) {
      return version.at + lag <= now_;
    });
    return late == secret_.rend() ? secret_.front().ids : late->ids;
  }

  // Every replica seals something now, and every replica opens all that is still good.
  void use_tokens() {
    static constexpr std::array lags{0min, 1min, 2min, 3min};
    std::array<const Ids*, lags.size()> read{};
    std::transform(lags.begin(), lags.end(), read.begin(), [this](auto lag) {
      return &read_by(lag);
    });
    for (const Ids* ids : read) {
      Timestamp& ends = good_until_[ids->front()];
      ends = std::max(ends, now_ + policy_.session_life);
    }
    std::erase_if(good_until_, [this](const auto& sealed) { return sealed.second <= now_; });
    for (const auto& [id, ends] : good_until_) {
      for (const Ids* ids : read) {
        if (std::find(ids->begin(), ids->end(), id) == ids->end()) {
          FAIL(
              "a replica does not open what ", id, " sealed, good until ", time::print_rfc3339(ends)
          );
        }
      }
    }
  }

  Policy policy_;
  Timestamp now_;
  Timestamp due_ = now_;
  std::vector<Version> secret_;
  std::map<std::string, Timestamp> good_until_;
  std::size_t most_keys_ = 0;
};

Kept with_times(const Kept& kept, const nlohmann::json& times) {
  return {kept.ring, times.dump(), kept.salt};
}

}  // namespace

TEST_CASE("rotation: a new key opens first, seals when all have it, and the old one leaves last") {
  Kept kept = next({}, monthly, noon).kept;
  const auto at = [&](std::chrono::seconds after) {
    const keys::Next found = next(kept, monthly, noon + after);
    kept = found.kept;
    return found.outlook;
  };
  CHECK(ids(kept) == Ids{"k1"});

  CHECK_FALSE(at(720h - 5min - 1s).is_changed);
  const auto added = at(720h - 5min);
  CHECK(ids(kept) == Ids{"k1", "k2"});
  CHECK(added.steps.at(0).find("2026-01-31T12:00:00Z") != std::string::npos);
  CHECK(added.due == noon + 720h);
  CHECK_FALSE(at(720h - 1s).is_changed);
  const auto sealing = at(720h);
  CHECK(ids(kept) == Ids{"k2", "k1"});
  CHECK(sealing.due == noon + 744h + 5min);
  CHECK_FALSE(at(744h + 5min - 1s).is_changed);
  CHECK(at(744h + 5min).due == noon + 1440h - 5min);
  CHECK(ids(kept) == Ids{"k2"});
}

TEST_CASE("rotation: through months every token that is good opens everywhere") {
  struct Case {
    Policy policy;
    std::chrono::hours time;
  };

  for (const Case& c : {
           Case{{720h, 24h}, 3000h},
           Case{{24h, 72h}, 500h},
           Case{{90h, 720h}, 1500h},
           Case{{1h, 8h}, 50h},
           Case{{1h, 10s}, 50h},
       }) {
    CAPTURE(c.policy.rotation.count());
    World world(c.policy, noon);
    world.live(c.time, 1min);
    const auto rotations = static_cast<std::size_t>(c.time / c.policy.rotation);
    CHECK(world.writes() >= 2 * rotations);
    CHECK(world.writes() <= 3 * rotations + 4);
    CHECK(world.most_keys() <= 12);
  }
}

TEST_CASE("rotation: sessions that are let live longer, or shorter, lose no key") {
  World world({24h, 1h}, noon);
  for (const auto life : {240h, 2h, 96h, 96h, 1h, 48h}) {
    world.policy().session_life = life;
    world.look();
    world.live(50h, 1min);
  }
}

TEST_CASE("rotation: an operator that was away for long goes on step by step") {
  World world(monthly, noon);
  world.live(100h, 1min);
  world.is_operator_up = false;
  world.live(2000h, 1min);
  world.is_operator_up = true;
  world.live(800h, 1min);
  CHECK(ids(world.kept()).front() == "k3");
}

TEST_CASE("rotation: a clock that was ahead is not believed, and nothing is put off for it") {
  Kept kept = next({}, monthly, noon + 100'000h).kept;
  auto found = next(kept, monthly, noon);
  CHECK(found.outlook.is_changed);
  CHECK(found.outlook.steps.empty());
  CHECK(found.outlook.due == noon + 720h - 5min);

  // One that goes back between two steps makes the second wait.
  kept = next(found.kept, monthly, noon + 720h).kept;
  CHECK(ids(kept) == Ids{"k1", "k2"});
  found = next(kept, monthly, noon + 700h);
  CHECK(ids(found.kept) == Ids{"k1", "k2"});
  CHECK(found.outlook.due == noon + 700h + 5min);
}

TEST_CASE("rotation: a ring without times keeps its keys, however it is written") {
  const std::string secret = text::base64url(random_of(1));
  const std::string ring = R"({ "keys": [ {"id":"mine","secret":")" + secret +
                           R"("}, {"id":"k7","secret":")" + secret + R"("} ] })";
  const auto noted = next({ring, ""}, monthly, noon);
  CHECK(noted.outlook.is_changed);
  CHECK(noted.outlook.steps.empty());
  CHECK(noted.kept.ring == ring);
  CHECK_FALSE(next(noted.kept, monthly, noon + 1h).outlook.is_changed);

  // The other key opens what it may have sealed.
  const auto left = next(noted.kept, monthly, noon + 24h + 5min);
  CHECK(ids(left.kept) == Ids{"mine"});
  CHECK(ids(next(noted.kept, monthly, noon + 720h).kept) == Ids{"mine", "k1"});
}

TEST_CASE("rotation: keys that were moved by hand seal from then on") {
  const Kept fresh = next({}, monthly, noon).kept;
  Kept kept = next(fresh, monthly, noon + 720h).kept;
  auto ring = nlohmann::json::parse(kept.ring);
  std::swap(ring["keys"][0], ring["keys"][1]);
  const auto found = next({ring.dump(), kept.times, kept.salt}, monthly, noon + 721h);
  CHECK(ids(found.kept) == Ids{"k2", "k1"});
  CHECK(found.outlook.due == noon + 721h + 24h + 5min);
  CHECK_FALSE(next(found.kept, monthly, noon + 722h).outlook.is_changed);
}

TEST_CASE("rotation: times that nobody understands are made anew") {
  const Kept fresh = next({}, monthly, noon).kept;
  for (const char* times : {"", "{", "[]", "null", R"({"k1":3})", R"({"k1":{"added":"soon"}})"}) {
    CAPTURE(times);
    const auto found = next({fresh.ring, times, fresh.salt}, monthly, noon + 1h);
    CHECK(found.kept.ring == fresh.ring);
    CHECK(found.outlook.due == noon + 1h + 720h - 5min);
  }
}

TEST_CASE("rotation: times set back bring the next key") {
  const Kept fresh = next({}, monthly, noon).kept;
  auto times = nlohmann::json::parse(fresh.times);
  times["k1"]["added"] = times["k1"]["sealing"] = "2025-01-01T00:00:00Z";
  Kept kept = next(with_times(fresh, times), monthly, noon).kept;
  CHECK(ids(kept) == Ids{"k1", "k2"});

  times = nlohmann::json::parse(kept.times);
  times["k2"]["added"] = "2025-01-01T00:00:00Z";
  kept = next(with_times(kept, times), monthly, noon).kept;
  CHECK(ids(kept) == Ids{"k2", "k1"});
}

TEST_CASE("rotation: turned off, the ring is left alone; lost, it is made anew") {
  const Policy never{0h, 24h};
  const auto made = next({}, never, noon);
  CHECK(ids(made.kept) == Ids{"k1"});
  CHECK(made.kept.times.empty());
  const Kept old = next({}, monthly, noon).kept;
  const auto found = next(old, never, noon + 10'000h);
  CHECK(found.kept == old);
  CHECK_FALSE(found.outlook.is_changed);
  CHECK_FALSE(found.outlook.due);
}

TEST_CASE("rotation: a full ring waits for room") {
  World world({720h, 720h}, noon);
  world.live(2000h, 1min);
  world.policy() = {1h, 10s};
  world.look();
  world.live(300h, 1min);
  CHECK(world.most_keys() <= keys::most_keys);
  CHECK(ids(world.kept()).size() < 5);
}

TEST_CASE("rotation: of a key only its id is told") {
  Kept kept = next({}, monthly, noon).kept;
  for (int hour = 0; hour < 2000; ++hour) {
    const auto found = next(kept, monthly, noon + std::chrono::hours(hour));
    kept = found.kept;
    for (const keys::Key& key : keys::read(kept, noon, 1h)) {
      for (const std::string& step : found.outlook.steps) {
        CHECK(step.find(key.secret) == std::string::npos);
      }
      CHECK(kept.times.find(key.secret) == std::string::npos);
    }
  }
}

}  // namespace mooring
