// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/workers.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <stdexcept>

namespace mooring::loop {
namespace {

using namespace std::chrono_literals;
using kube::Answer;
using reconcile::Reconciled;
using Next = plan::Outcome::Next;

const api::ObjectKey web{"tools", "web"};

/// Workers whose reconciles answer in turn; after that, done.
struct Fixture {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<Answer<Reconciled>()>> answers;
  unsigned reconciles = 0;
  metrics::Registry registry;
  queue::BlockingQueue queue;
  Workers workers{
      queue,
      [this](const api::ObjectKey&) -> Answer<Reconciled> {
        std::function<Answer<Reconciled>()> next;
        {
          const std::lock_guard lock(mutex);
          ++reconciles;
          changed.notify_all();
          if (answers.empty()) {
            return Reconciled{};
          }
          next = answers.front();
          answers.pop_front();
        }
        return next();
      },
      registry,
      2};

  void run(unsigned count) {
    workers.start();
    queue.add(web);
    std::unique_lock lock(mutex);
    REQUIRE(changed.wait_for(lock, 30s, [&] { return reconciles >= count; }));
    lock.unlock();
    REQUIRE(workers.drain(10s));
    workers.join();
    CHECK(reconciles == count);
  }

  double total(const char* result) {
    return registry
        .counter(
            "controller_runtime_reconcile_total",
            "",
            {{"controller", "mcpserver"}, {"result", result}}
        )
        .value();
  }

  double count(const char* name) {
    return registry.counter(name, "", {{"controller", "mcpserver"}}).value();
  }
};

std::function<Answer<Reconciled>()> fails(Errc code) {
  return [code]() -> Answer<Reconciled> { return kube::failed(code, "no"); };
}

TEST_CASE("workers: a key that is done stays done") {
  Fixture f;
  f.run(1);
  CHECK(f.total("success") == 1);
  CHECK(f.total("error") == 0);
}

TEST_CASE("workers: a failure is tried again until it succeeds, and then forgotten") {
  Fixture f;
  f.answers = {fails(Errc::unavailable), fails(Errc::conflict)};
  f.run(3);
  CHECK(f.total("error") == 2);
  CHECK(f.total("success") == 1);
  CHECK(f.queue.statistics().retries == 2);
}

TEST_CASE("workers: what trying again hardly mends is not tried again soon") {
  Fixture f;
  f.answers = {fails(Errc::invalid)};
  f.run(1);
  CHECK(f.count("controller_runtime_terminal_reconcile_errors_total") == 1);
}

TEST_CASE("workers: a key that asks for it comes again after its time") {
  Fixture f;
  f.answers = {[]() -> Answer<Reconciled> { return Reconciled{{Next::after, 5ms}}; }};
  f.run(2);
  CHECK(f.total("requeue_after") == 1);
}

TEST_CASE("workers: a key whose writes are not seen yet waits, uncounted as a reconcile") {
  Fixture f;
  f.answers = {[]() -> Answer<Reconciled> { return Reconciled{{Next::after, 5ms}, true}; }};
  f.run(2);
  CHECK(f.count("stale_sync_skips_total") == 1);
  CHECK(f.total("success") == 1);
  CHECK(f.total("requeue_after") == 0);
}

TEST_CASE("workers: a time asked for by the server is kept") {
  Fixture f;
  const auto start = std::chrono::steady_clock::now();
  f.answers = {[]() -> Answer<Reconciled> {
    auto failure = kube::failed(Errc::too_many, "slow down").value();
    failure.retry_after = 300ms;
    return tl::unexpected(failure);
  }};
  f.run(2);
  CHECK(std::chrono::steady_clock::now() - start >= 300ms);
}

TEST_CASE("workers: a server that asks for no time does not get one request after the other") {
  Fixture f;
  const auto at_once = []() -> Answer<Reconciled> {
    auto failure = kube::failed(Errc::too_many, "slow down").value();
    failure.retry_after = 0ms;
    return tl::unexpected(failure);
  };
  f.answers = {at_once, at_once, at_once};
  f.run(4);
  CHECK(f.queue.statistics().retries == 3);
}

TEST_CASE("workers: a reconcile that waited too long is counted as such") {
  Fixture f;
  f.answers = {fails(Errc::timeout)};
  f.run(2);
  CHECK(f.count("controller_runtime_reconcile_timeouts_total") == 1);
}

TEST_CASE("workers: a defect in one reconcile ends neither the worker nor the key") {
  Fixture f;
  f.answers = {[]() -> Answer<Reconciled> { throw std::runtime_error("defect"); }};
  f.run(2);
  CHECK(f.count("controller_runtime_reconcile_panics_total") == 1);
  CHECK(f.total("success") == 1);
}

}  // namespace
}  // namespace mooring::loop
