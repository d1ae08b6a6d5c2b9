// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/rest_client.hpp"
#include "operator/loop/lease_fsm.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace mooring::loop {

/// Of the operator's Lease: operators with another `--controller-name` hold one of their own.
std::string lease_name(const std::string& controller_name);

/// The record of a Lease object, and the object of a record.
LeaseRecord lease_record(const api::Object& lease);
api::Object lease_object(const api::ObjectRef& ref, const Lease& lease);

struct LeaderHooks {
  std::function<void()> elected;
  /// Not to be survived: another leads.
  std::function<void()> lost;
};

/// Holds the lease, on a thread of its own: does what the machine says.
class Leader {
 public:
  /// `client` should give up on requests sooner than the renewal deadline.
  Leader(kube::RestClient& client, api::ObjectRef lease, std::string identity, LeaderHooks hooks);
  ~Leader();
  Leader(const Leader&) = delete;
  Leader& operator=(const Leader&) = delete;

  void start();
  /// Hands the lease over. Only when nothing is written any more.
  void stop();

  /// It leads and may write now. From any thread.
  bool is_valid() const;
  /// False when it takes itself for the leader long after its lease has ended. From any thread.
  bool is_alive() const;

 private:
  void run();
  LeaseEvent obey(const LeaseAction& action);
  LeaseEvent write(const kube::Answer<api::Object>& answer);
  void publish();
  LeaseNow now();

  kube::RestClient& client_;
  const api::ObjectRef ref_;
  LeaderHooks hooks_;
  LeaseFsm fsm_;
  std::atomic<Instant::rep> valid_until_{0};
  bool was_leading_ = false;
  std::string holder_told_;
  std::string error_told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace mooring::loop
