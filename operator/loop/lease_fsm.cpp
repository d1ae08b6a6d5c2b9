// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/lease_fsm.hpp"

namespace mooring::loop {
namespace {

constexpr double jitter = 1.2;

}  // namespace

bool is_overdue(Instant valid_until, Instant now, const LeaseTimes& times) {
  // That of controller-runtime's watchdog, beyond the end of the lease.
  constexpr std::chrono::seconds tolerance{20};
  return now >= valid_until + (times.lease - times.renew_deadline) + tolerance;
}

LeaseAction LeaseFsm::start(const LeaseNow& now) {
  return attempt(now);
}

LeaseAction LeaseFsm::attempt(const LeaseNow& now) {
  attempted_at_ = now.instant;
  if (leading_ && !is_expired(now.instant)) {
    reading_ = false;
    return UpdateLease{record_of_mine(now), observed_.resource_version};
  }
  reading_ = true;
  return ReadLease{};
}

LeaseAction LeaseFsm::step(const LeaseEvent& event, const LeaseNow& now) {
  if (const auto* found = std::get_if<LeaseFound>(&event)) {
    return on_found(found->lease, now);
  }
  if (const auto* written = std::get_if<LeaseWritten>(&event)) {
    observed_ = written->lease;
    // Counted from when the write was sent: the server may have taken it at once.
    observed_at_ = renewed_ = attempted_at_;
    leading_ = true;
    return Sleep{times_.retry};
  }
  if (const auto* failed = std::get_if<LeaseFailed>(&event)) {
    return on_failed(failed->code, now);
  }
  return attempt(now);
}

LeaseAction LeaseFsm::on_found(const Lease& lease, const LeaseNow& now) {
  if (!(lease == observed_)) {
    observed_ = lease;
    observed_at_ = now.instant;
  }
  const bool mine = lease.record.holder == identity_;
  if (!mine && !lease.record.holder.empty() && !is_expired(now.instant)) {
    if (leading_) {
      leading_ = false;
      return GiveUp{};
    }
    return try_later(now);
  }
  reading_ = false;
  attempted_at_ = now.instant;
  return UpdateLease{record_of_mine(now), lease.resource_version};
}

LeaseAction LeaseFsm::on_failed(Errc code, const LeaseNow& now) {
  if (leading_ && now.instant >= valid_until()) {
    leading_ = false;
    return GiveUp{};
  }
  if (reading_ && code == Errc::not_found) {
    reading_ = false;
    observed_ = {};
    attempted_at_ = now.instant;
    return CreateLease{record_of_mine(now)};
  }
  if (leading_ && !reading_ && (code == Errc::conflict || code == Errc::not_found)) {
    // Our copy is out of date (a lost answer, or somebody's edit): look at once.
    reading_ = true;
    return ReadLease{};
  }
  return try_later(now);
}

LeaseAction LeaseFsm::try_later(const LeaseNow& now) {
  if (leading_) {
    return Sleep{times_.retry};
  }
  // Spread, so that waiting replicas do not ask in step.
  const double spread = 1 + now.random * jitter;
  return Sleep{std::chrono::milliseconds(
      static_cast<long long>(static_cast<double>(times_.retry.count()) * spread)
  )};
}

LeaseRecord LeaseFsm::record_of_mine(const LeaseNow& now) const {
  LeaseRecord record;
  record.holder = identity_;
  record.duration_seconds = static_cast<int>(times_.lease.count() / 1000);
  record.renew_time = now.time;
  record.acquire_time = now.time;
  record.transitions = observed_.record.transitions;
  if (observed_.record.holder == identity_) {
    record.acquire_time = observed_.record.acquire_time;
  } else if (!observed_.resource_version.empty()) {
    ++record.transitions;
  }
  return record;
}

bool LeaseFsm::is_expired(Instant now) const {
  return now >= observed_at_ + std::chrono::seconds(observed_.record.duration_seconds);
}

std::optional<UpdateLease> LeaseFsm::release(const LeaseNow& now) {
  if (!leading_) {
    return std::nullopt;
  }
  leading_ = false;
  LeaseRecord record;
  record.duration_seconds = 1;
  record.acquire_time = record.renew_time = now.time;
  record.transitions = observed_.record.transitions;
  return UpdateLease{record, observed_.resource_version};
}

}  // namespace mooring::loop
