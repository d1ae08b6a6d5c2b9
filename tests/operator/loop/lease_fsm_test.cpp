// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/lease_fsm.hpp"

#include <doctest/doctest.h>

namespace mooring::loop {
namespace {

using namespace std::chrono_literals;

/// Wall clock and monotonic clock of one replica; the former may be wrong by `skew`.
LeaseNow at(std::chrono::milliseconds offset, std::chrono::seconds skew = 0s) {
  return {
      Instant(1h) + offset,
      time::Timestamp(std::chrono::seconds(1'800'000'000)) + skew +
          std::chrono::duration_cast<time::Timestamp::duration>(offset),
      0.5};
}

Lease held_by(std::string holder, std::string version, std::chrono::seconds renewed = 0s) {
  Lease lease;
  lease.record.holder = std::move(holder);
  lease.record.duration_seconds = 15;
  lease.record.renew_time = lease.record.acquire_time = at(renewed).time;
  lease.record.transitions = 3;
  lease.resource_version = std::move(version);
  return lease;
}

/// What the server would hold after this write.
Lease written(const LeaseAction& action, std::string version) {
  if (const auto* create = std::get_if<CreateLease>(&action)) {
    return {create->record, std::move(version)};
  }
  return {std::get<UpdateLease>(action).record, std::move(version)};
}

LeaseFsm leader(std::chrono::milliseconds now) {
  LeaseFsm fsm("me");
  fsm.start(at(now));
  const LeaseAction create = fsm.step(LeaseFailed{Errc::not_found}, at(now));
  fsm.step(LeaseWritten{written(create, "1")}, at(now));
  REQUIRE(fsm.leading());
  return fsm;
}

TEST_CASE("lease: a leader that neither renews nor gives up is overdue after twenty seconds more") {
  const Instant valid_until{std::chrono::seconds(1000)};
  CHECK_FALSE(is_overdue(valid_until, valid_until));
  CHECK_FALSE(is_overdue(valid_until, valid_until + std::chrono::milliseconds(24'999)));
  CHECK(is_overdue(valid_until, valid_until + std::chrono::seconds(25)));
}

TEST_CASE("lease: where there is none it is created, and we lead") {
  LeaseFsm fsm("me");

  CHECK(fsm.start(at(0ms)) == LeaseAction(ReadLease{}));
  const LeaseAction action = fsm.step(LeaseFailed{Errc::not_found}, at(10ms));
  REQUIRE(std::holds_alternative<CreateLease>(action));
  const LeaseRecord record = std::get<CreateLease>(action).record;
  CHECK(record.holder == "me");
  CHECK(record.duration_seconds == 15);
  CHECK(record.transitions == 0);
  CHECK_FALSE(fsm.leading());

  CHECK(fsm.step(LeaseWritten{{record, "1"}}, at(20ms)) == LeaseAction(Sleep{2000ms}));
  CHECK(fsm.leading());
}

TEST_CASE("lease: losing the race to create it means waiting") {
  LeaseFsm fsm("me");
  fsm.start(at(0ms));
  fsm.step(LeaseFailed{Errc::not_found}, at(0ms));

  CHECK(fsm.step(LeaseFailed{Errc::conflict}, at(0ms)) == LeaseAction(Sleep{3200ms}));
  CHECK_FALSE(fsm.leading());
}

TEST_CASE("lease: another's is left alone until it has not changed for its duration") {
  LeaseFsm fsm("me");
  fsm.start(at(0ms));
  CHECK(std::holds_alternative<Sleep>(fsm.step(LeaseFound{held_by("other", "1")}, at(0ms))));

  fsm.step(Slept{}, at(10s));
  CHECK(std::holds_alternative<Sleep>(fsm.step(LeaseFound{held_by("other", "2", 9s)}, at(10s))));

  fsm.step(Slept{}, at(24s));
  CHECK(std::holds_alternative<Sleep>(fsm.step(LeaseFound{held_by("other", "2", 9s)}, at(24s))));

  CHECK(fsm.step(Slept{}, at(25s)) == LeaseAction(ReadLease{}));
  const LeaseAction taken = fsm.step(LeaseFound{held_by("other", "2", 9s)}, at(25s));
  REQUIRE(std::holds_alternative<UpdateLease>(taken));
  CHECK(std::get<UpdateLease>(taken).resource_version == "2");
  CHECK(std::get<UpdateLease>(taken).record.holder == "me");
  CHECK(std::get<UpdateLease>(taken).record.transitions == 4);
}

TEST_CASE("lease: a wall clock that is an hour off makes no leader early") {
  for (const auto skew : {-3600s, 3600s}) {
    LeaseFsm fsm("me");
    fsm.start(at(0ms, skew));
    CHECK(std::holds_alternative<Sleep>(fsm.step(LeaseFound{held_by("other", "1")}, at(0ms, skew)))
    );
    fsm.step(Slept{}, at(14s, skew));
    CHECK(std::holds_alternative<Sleep>(fsm.step(LeaseFound{held_by("other", "1")}, at(14s, skew)))
    );
  }
}

TEST_CASE("lease: one without a holder is taken at once") {
  LeaseFsm fsm("me");
  fsm.start(at(0ms));

  CHECK(std::holds_alternative<UpdateLease>(fsm.step(LeaseFound{held_by("", "7")}, at(0ms))));
}

TEST_CASE("lease: the leader renews every two seconds, keeping when it began to lead") {
  LeaseFsm fsm = leader(0ms);

  const LeaseAction renewal = fsm.step(Slept{}, at(2s));
  REQUIRE(std::holds_alternative<UpdateLease>(renewal));
  const LeaseRecord& record = std::get<UpdateLease>(renewal).record;
  CHECK(std::get<UpdateLease>(renewal).resource_version == "1");
  CHECK(record.acquire_time == at(0ms).time);
  CHECK(record.renew_time == at(2s).time);
  CHECK(record.transitions == 0);
  CHECK(fsm.step(LeaseWritten{written(renewal, "2")}, at(2100ms)) == LeaseAction(Sleep{2000ms}));
  CHECK(fsm.valid(at(11'900ms).instant));
  CHECK_FALSE(fsm.valid(at(12s).instant));
}

TEST_CASE("lease: a leader that cannot renew within ten seconds gives up") {
  LeaseFsm fsm = leader(0ms);
  for (const auto now : {2s, 4s, 6s, 8s}) {
    CHECK(std::holds_alternative<UpdateLease>(fsm.step(Slept{}, at(now))));
    CHECK(fsm.step(LeaseFailed{Errc::unavailable}, at(now)) == LeaseAction(Sleep{2000ms}));
    CHECK(fsm.leading());
  }
  fsm.step(Slept{}, at(10s));

  CHECK(fsm.step(LeaseFailed{Errc::timeout}, at(10s)) == LeaseAction(GiveUp{}));
  CHECK_FALSE(fsm.leading());
}

TEST_CASE("lease: a renewal whose answer was lost is looked up and repeated") {
  LeaseFsm fsm = leader(0ms);
  const LeaseAction renewal = fsm.step(Slept{}, at(2s));

  CHECK(fsm.step(LeaseFailed{Errc::conflict}, at(2s)) == LeaseAction(ReadLease{}));
  const LeaseAction again = fsm.step(LeaseFound{written(renewal, "2")}, at(2s));
  REQUIRE(std::holds_alternative<UpdateLease>(again));
  CHECK(std::get<UpdateLease>(again).resource_version == "2");
  CHECK(fsm.leading());
}

TEST_CASE("lease: a leader that finds another holder gives up at once") {
  LeaseFsm fsm = leader(0ms);
  fsm.step(Slept{}, at(2s));
  fsm.step(LeaseFailed{Errc::conflict}, at(2s));

  CHECK(fsm.step(LeaseFound{held_by("other", "9", 2s)}, at(2s)) == LeaseAction(GiveUp{}));
  CHECK_FALSE(fsm.leading());
}

TEST_CASE("lease: a process that was stopped for longer than the lease looks before it writes") {
  LeaseFsm fsm = leader(0ms);

  CHECK(fsm.step(Slept{}, at(60s)) == LeaseAction(ReadLease{}));
  CHECK_FALSE(fsm.valid(at(60s).instant));
}

TEST_CASE("lease: released, it has no holder and a second to live") {
  LeaseFsm fsm = leader(0ms);

  const auto release = fsm.release(at(3s));
  REQUIRE(release);
  CHECK(release->record.holder.empty());
  CHECK(release->record.duration_seconds == 1);
  CHECK(release->resource_version == "1");
  CHECK_FALSE(fsm.leading());
  CHECK_FALSE(fsm.release(at(4s)));
}

}  // namespace
}  // namespace mooring::loop
