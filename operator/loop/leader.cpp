// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/leader.hpp"

#include "core/log/log.hpp"
#include "operator/api/kinds.hpp"

#include <random>

namespace mooring::loop {

std::string lease_name(const std::string& controller_name) {
  return controller_name.empty() ? "mooring-operator" : "mooring-operator-" + controller_name;
}

LeaseRecord lease_record(const api::Object& lease) {
  const auto at = [&lease](const char* field) {
    return time::parse_rfc3339(api::text_at(lease.body(), {"spec", field}))
        .value_or(time::Timestamp{});
  };
  LeaseRecord record;
  record.holder = api::text_at(lease.body(), {"spec", "holderIdentity"});
  record.duration_seconds =
      static_cast<int>(api::integer_at(lease.body(), {"spec", "leaseDurationSeconds"}));
  record.acquire_time = at("acquireTime");
  record.renew_time = at("renewTime");
  record.transitions =
      static_cast<int>(api::integer_at(lease.body(), {"spec", "leaseTransitions"}));
  return record;
}

api::Object lease_object(const api::ObjectRef& ref, const Lease& lease) {
  nlohmann::json body = {
      {"apiVersion", "coordination.k8s.io/v1"},
      {"kind", "Lease"},
      {"metadata", {{"name", ref.name}, {"namespace", ref.namespace_}}},
      {"spec",
       {{"holderIdentity", lease.record.holder},
        {"leaseDurationSeconds", lease.record.duration_seconds},
        {"acquireTime", time::print_rfc3339_micro(lease.record.acquire_time)},
        {"renewTime", time::print_rfc3339_micro(lease.record.renew_time)},
        {"leaseTransitions", lease.record.transitions}}},
  };
  if (!lease.resource_version.empty()) {
    body["metadata"]["resourceVersion"] = lease.resource_version;
  }
  return api::Object(std::move(body));
}

Leader::Leader(
    kube::RestClient& client, api::ObjectRef lease, std::string identity, LeaderHooks hooks
)
    : client_(client),
      ref_(std::move(lease)),
      hooks_(std::move(hooks)),
      fsm_(std::move(identity)) {}

Leader::~Leader() {
  stop();
}

void Leader::start() {
  thread_ = std::thread([this] { run(); });
}

void Leader::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
  }
  if (!thread_.joinable()) {
    return;
  }
  thread_.join();
  if (const auto release = fsm_.release(now())) {
    const auto released = client_.replace(
        lease_object(ref_, {release->record, release->resource_version}), api::field_manager
    );
    if (released) {
      log::info("the lease is handed over");
    }
  }
}

bool Leader::is_valid() const {
  return std::chrono::steady_clock::now().time_since_epoch().count() < valid_until_.load();
}

bool Leader::is_alive() const {
  const Instant::rep until = valid_until_.load();
  return until == 0 ||
         !is_overdue(Instant(Instant::duration(until)), std::chrono::steady_clock::now());
}

LeaseNow Leader::now() {
  static thread_local std::minstd_rand engine(std::random_device{}());
  return {
      std::chrono::steady_clock::now(),
      std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now()),
      std::uniform_real_distribution<>()(engine)};
}

void Leader::run() {
  LeaseAction action = fsm_.start(now());
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      if (const auto* sleep = std::get_if<Sleep>(&action)) {
        changed_.wait_for(lock, sleep->time, [this] { return stopping_; });
      }
      if (stopping_) {
        return;
      }
    }
    action = fsm_.step(obey(action), now());
    publish();
    if (std::holds_alternative<GiveUp>(action)) {
      hooks_.lost();
      return;
    }
  }
}

LeaseEvent Leader::obey(const LeaseAction& action) {
  if (std::holds_alternative<ReadLease>(action)) {
    const auto found = client_.get(ref_);
    if (found) {
      return LeaseFound{{lease_record(*found), found->resource_version()}};
    }
    return write(tl::unexpected(found.error()));
  }
  if (const auto* create = std::get_if<CreateLease>(&action)) {
    return write(client_.create(lease_object(ref_, {create->record, ""}), api::field_manager));
  }
  if (const auto* update = std::get_if<UpdateLease>(&action)) {
    return write(client_.replace(
        lease_object(ref_, {update->record, update->resource_version}), api::field_manager
    ));
  }
  return Slept{};
}

LeaseEvent Leader::write(const kube::Answer<api::Object>& answer) {
  if (answer) {
    error_told_.clear();
    return LeaseWritten{{lease_record(*answer), answer->resource_version()}};
  }
  const kube::Failure& failure = answer.error();
  const bool ordinary = failure.code == Errc::not_found || failure.code == Errc::conflict;
  if (!ordinary && failure.message != error_told_) {
    log::warn("the lease cannot be used", {{"error", failure.message}});
    error_told_ = failure.message;
  }
  return LeaseFailed{failure.code};
}

void Leader::publish() {
  const auto until = fsm_.leading() ? fsm_.valid_until() : Instant{};
  valid_until_ = until.time_since_epoch().count();
  if (fsm_.leading() && !was_leading_) {
    was_leading_ = true;
    log::info("leads from now on");
    hooks_.elected();
  }
  if (!fsm_.leading() && fsm_.holder() != holder_told_ && !fsm_.holder().empty()) {
    holder_told_ = fsm_.holder();
    log::info("stands by", {{"leader", holder_told_}});
  }
}

}  // namespace mooring::loop
