// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "core/time/rfc3339.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>

/// One of several replicas leads: the algorithm of client-go's leader election.
namespace mooring::loop {

using Instant = std::chrono::steady_clock::time_point;

/// `spec` of a coordination.k8s.io/v1 Lease.
struct LeaseRecord {
  std::string holder;
  int duration_seconds = 0;
  time::Timestamp acquire_time{};
  time::Timestamp renew_time{};
  int transitions = 0;
  bool operator==(const LeaseRecord&) const = default;
};

struct Lease {
  LeaseRecord record;
  std::string resource_version;
  bool operator==(const Lease&) const = default;
};

struct LeaseTimes {
  std::chrono::milliseconds lease{15'000};
  std::chrono::milliseconds renew_deadline{10'000};
  std::chrono::milliseconds retry{2'000};
};

// What to do.
struct ReadLease {
  bool operator==(const ReadLease&) const = default;
};

struct CreateLease {
  LeaseRecord record;
  bool operator==(const CreateLease&) const = default;
};

/// Only if the version is still this one.
struct UpdateLease {
  LeaseRecord record;
  std::string resource_version;
  bool operator==(const UpdateLease&) const = default;
};

struct Sleep {
  std::chrono::milliseconds time{0};
  bool operator==(const Sleep&) const = default;
};

/// The lease could not be renewed in time: end the process, for another may lead by now.
struct GiveUp {
  bool operator==(const GiveUp&) const = default;
};

using LeaseAction = std::variant<ReadLease, CreateLease, UpdateLease, Sleep, GiveUp>;

// What happened.
struct LeaseFound {
  Lease lease;
};

struct LeaseWritten {
  Lease lease;
};

struct LeaseFailed {
  Errc code = Errc::unavailable;
};

struct Slept {};

using LeaseEvent = std::variant<LeaseFound, LeaseWritten, LeaseFailed, Slept>;

struct LeaseNow {
  Instant instant;       ///< for all decisions
  time::Timestamp time;  ///< only to be written down
  double random = 0;     ///< in [0,1)
};

/// Whether one who may act as the leader until `valid_until` should long have noticed that this is
/// over: the thread that holds the lease hangs.
bool is_overdue(Instant valid_until, Instant now, const LeaseTimes& times = {});

/// Other holders' times are never compared with our clock: a lease counts as expired when it has
/// not been seen to change for its duration. This is no fencing: two may overlap, so writes must be
/// idempotent and `valid` be asked before each.
class LeaseFsm {
 public:
  explicit LeaseFsm(std::string identity, LeaseTimes times = {})
      : identity_(std::move(identity)), times_(times) {}

  LeaseAction start(const LeaseNow& now);
  LeaseAction step(const LeaseEvent& event, const LeaseNow& now);

  /// We hold the lease, as far as we know.
  bool leading() const { return leading_; }

  /// The time until which we may act as the leader.
  Instant valid_until() const { return renewed_ + times_.renew_deadline; }

  bool valid(Instant now) const { return leading_ && now < valid_until(); }

  /// What to write to hand the lease over at once; nothing if we do not hold it.
  std::optional<UpdateLease> release(const LeaseNow& now);

  const std::string& holder() const { return observed_.record.holder; }

 private:
  LeaseAction attempt(const LeaseNow& now);
  LeaseAction on_found(const Lease& lease, const LeaseNow& now);
  LeaseAction on_failed(Errc code, const LeaseNow& now);
  LeaseAction try_later(const LeaseNow& now);
  LeaseRecord record_of_mine(const LeaseNow& now) const;
  bool is_expired(Instant now) const;

  std::string identity_;
  LeaseTimes times_;
  Lease observed_;
  Instant observed_at_{};
  Instant attempted_at_{};
  Instant renewed_{};
  bool leading_ = false;
  bool reading_ = false;
};

}  // namespace mooring::loop
