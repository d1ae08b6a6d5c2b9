// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"
#include "core/net/asio.hpp"
#include "server/backend/backend.hpp"
#include "server/backend/instance.hpp"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>

namespace mooring::backend {

/// A server behind standard input and output, kept running: one process for all, and where it is
/// wanted so, one more for each legacy session. It has a thread of its own; calls come from all
/// threads, are written together, and answered to where they came from.
class StdioBackend final : public Backend, private Instance::Owner {
 public:
  StdioBackend(StdioOptions options, metrics::Registry& registry);
  ~StdioBackend() override;
  StdioBackend(const StdioBackend&) = delete;
  StdioBackend& operator=(const StdioBackend&) = delete;

  const std::string& name() const override { return options_.name; }

  std::string_view kind() const override { return "stdio"; }

  Status status() const override;
  std::shared_ptr<const catalogue::Offers> offers() const override;

  era::Generation generation() const override { return generation_; }

  bool keeps_sessions() const override {
    return options_.instances.mode == settings::Instances::Mode::per_session;
  }

  std::shared_ptr<Call> begin(CallRequest request, std::shared_ptr<Sink> sink) override;
  void watch(const std::string& session, const std::string& uri, bool wanted) override;
  void end_session(const std::string& key) override;
  void start(Events events) override;
  void begin_stop() override;
  void stop() override;

 private:
  using InstancePtr = std::shared_ptr<Instance>;
  using Sessions = std::unordered_map<std::string, InstancePtr>;
  class UnderWay;

  std::uint64_t new_id() override { return next_token(); }

  void on_change(const Instance& instance) override;
  void on_updated(const Instance& instance, const std::string& uri) override;
  void on_unused(Instance& instance) override;
  void on_stopped(Instance& instance) override;

  InstancePtr make_instance(Instance::Role role);
  Sessions::iterator place_of(const Instance& instance);
  InstancePtr find(const std::string& session) const;
  Result<InstancePtr> find_or_make(const std::string& session);
  void note_watched(const std::string& session, const std::string& uri, bool wanted);
  void end(Sessions::iterator session);
  void stop_all();
  void note_age(bool is_fresh);

  const StdioOptions options_;
  InstanceCounters counters_;
  metrics::Gauge up_gauge_;
  // Ticks of the clock since which what is offered may be out of date, 0: it is not. Shared with
  // the metric, which may be read after our end.
  std::shared_ptr<std::atomic<std::int64_t>> stale_since_;

  // Seen by all threads.
  mutable std::mutex mutex_;
  Status status_;
  std::shared_ptr<const catalogue::Offers> offers_;
  std::atomic<era::Generation> generation_{era::Generation::legacy};
  std::atomic<bool> is_stopping_{false};

  // The backend's own thread only.
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  Events events_;
  InstancePtr shared_;
  Sessions sessions_;
  std::set<InstancePtr> ending_;
  std::unordered_map<std::string, std::set<std::string>> watched_;  // by session

  std::thread thread_;
};

}  // namespace mooring::backend
