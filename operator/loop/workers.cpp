// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/workers.hpp"

#include "core/log/log.hpp"
#include "core/text/encoding.hpp"

#include <cstring>
#include <exception>
#include <random>

namespace mooring::loop {
namespace {

using kube::Answer;
using reconcile::Reconciled;
using Next = plan::Outcome::Next;

// Those of controller-runtime, so that dashboards made for it work.
const std::vector<double> reconcile_buckets = {
    0.005, 0.01, 0.025, 0.05, 0.1,  0.15, 0.2,  0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6,
    0.7,   0.8,  0.9,   1.0,  1.25, 1.5,  1.75, 2.0,  2.5, 3.0,  3.5, 4.0,  4.5, 5,
    6,     7,    8,     9,    10,   15,   20,   25,   30,  40,   50,  60};
const std::vector<double> queue_buckets = {
    1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 10, 100, 1000};

double seconds(queue::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

/// Of one reconcile: by it the lines of several workers are told apart.
std::string new_id() {
  thread_local std::mt19937_64 random{std::random_device{}()};
  const std::uint64_t number = random();
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return text::hex(bytes);
}

}  // namespace

Workers::Workers(
    queue::BlockingQueue& queue, Reconcile reconcile, metrics::Registry& registry, unsigned count
)
    : queue_(queue), reconcile_(std::move(reconcile)), count_(count) {
  const metrics::Labels controller{{"controller", "mcpserver"}};
  const auto result = [&](const char* value) {
    return registry.counter(
        "controller_runtime_reconcile_total",
        "Reconciles by result",
        {{"controller", "mcpserver"}, {"result", value}}
    );
  };
  handles_.success = result("success");
  handles_.error = result("error");
  handles_.requeue = result("requeue");
  handles_.requeue_after = result("requeue_after");
  const auto counter = [&](const char* name, const char* help) {
    return registry.counter(name, help, controller);
  };
  handles_.errors = counter("controller_runtime_reconcile_errors_total", "Reconciles that failed");
  handles_.terminal_errors = counter(
      "controller_runtime_terminal_reconcile_errors_total", "Reconciles not worth repeating"
  );
  handles_.panics = counter("controller_runtime_reconcile_panics_total", "Reconciles that threw");
  handles_.timeouts = counter(
      "controller_runtime_reconcile_timeouts_total",
      "Reconciles that failed by waiting too long for an answer"
  );
  handles_.stale_skips = registry.counter(
      "stale_sync_skips_total",
      "Reconciles put off until the caches had seen our own writes",
      controller
  );
  handles_.time = registry.histogram(
      "controller_runtime_reconcile_time_seconds",
      "Length of a reconcile",
      controller,
      reconcile_buckets
  );
  handles_.active =
      registry.gauge("controller_runtime_active_workers", "Workers that reconcile now", controller);
  registry.gauge("controller_runtime_max_concurrent_reconciles", "Workers there are", controller)
      .set(count);
  const metrics::Labels named{{"controller", "mcpserver"}, {"name", "mcpserver"}};
  handles_.queued = registry.histogram(
      "workqueue_queue_duration_seconds",
      "How long a key waited after it was due",
      named,
      queue_buckets
  );
  handles_.worked = registry.histogram(
      "workqueue_work_duration_seconds", "How long a key was in work", named, queue_buckets
  );
}

Workers::~Workers() {
  queue_.shut_down();
  join();
}

void Workers::start() {
  for (unsigned i = 0; i < count_; ++i) {
    threads_.emplace_back([this] { run(); });
  }
}

bool Workers::drain(std::chrono::milliseconds at_most) {
  queue_.shut_down();
  return queue_.wait_idle(at_most);
}

void Workers::join() {
  for (std::thread& thread : threads_) {
    thread.join();
  }
  threads_.clear();
}

void Workers::run() {
  while (const auto taken = queue_.take()) {
    work(*taken);
  }
}

void Workers::work(const queue::Taken& taken) {
  handles_.queued.observe(seconds(taken.waited));
  handles_.active.add(1);
  const log::Context context({
      {"namespace", taken.key.namespace_},
      {"name", taken.key.name},
      {"reconcileID", new_id()},
  });
  const auto result = reconcile_safely(taken.key);
  if (result) {
    settle(taken.key, *result);
  } else {
    settle_failure(taken.key, result.error());
  }
  const double worked = seconds(queue_.done(taken.key));
  handles_.worked.observe(worked);
  handles_.time.observe(worked);
  handles_.active.add(-1);
}

Answer<Reconciled> Workers::reconcile_safely(const api::ObjectKey& key) {
  // A defect in one resource's way must not end the others'.
  try {
    return reconcile_(key);
  } catch (const std::exception& error) {
    handles_.panics.increment();
    return kube::failed(Errc::internal, std::string("a defect of the operator: ") + error.what());
  }
}

void Workers::settle(const api::ObjectKey& key, const Reconciled& reconciled) {
  if (reconciled.was_behind) {
    handles_.stale_skips.increment();
    queue_.add_after(key, reconciled.outcome.delay);
    return;
  }
  queue_.forget(key);
  if (reconciled.outcome.next == Next::after) {
    queue_.add_after(key, reconciled.outcome.delay);
    handles_.requeue_after.increment();
  } else {
    handles_.success.increment();
  }
  log::debug("reconciled");
}

void Workers::settle_failure(const api::ObjectKey& key, const kube::Failure& failure) {
  handles_.errors.increment();
  handles_.error.increment();
  if (failure.code == Errc::timeout) {
    handles_.timeouts.increment();
  }
  const plan::Outcome outcome = plan::outcome(static_cast<const Error&>(failure));
  if (outcome.next == Next::terminal) {
    handles_.terminal_errors.increment();
    queue_.forget(key);
    queue_.add_after(key, outcome.delay);
  } else {
    queue_.add_rate_limited(key, failure.retry_after.value_or(std::chrono::milliseconds(0)));
  }
  // Somebody else wrote at the same moment: ordinary, and tried again at once.
  const auto level = failure.code == Errc::conflict ? log::Level::debug : log::Level::error;
  log::write(level, "reconcile failed", {{"error", failure.message}, {"kind", name(failure.code)}});
}

}  // namespace mooring::loop
