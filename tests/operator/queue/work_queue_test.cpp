// SPDX-License-Identifier: Apache-2.0
#include "operator/queue/work_queue.hpp"

#include "operator/queue/blocking_queue.hpp"

#include <doctest/doctest.h>

#include <random>
#include <thread>
#include <vector>

namespace mooring::queue {
namespace {

using namespace std::chrono_literals;
using api::ObjectKey;

const Instant t0{std::chrono::hours(1)};
const ObjectKey a{"tools", "a"};
const ObjectKey b{"tools", "b"};

std::string take_name(WorkQueue& queue, Instant now) {
  const auto taken = queue.take(now);
  return taken ? taken->key.name : "";
}

TEST_CASE("queue: keys come out in the order in which they were added") {
  WorkQueue queue;
  queue.add(b, t0);
  queue.add(a, t0);

  CHECK(take_name(queue, t0) == "b");
  CHECK(take_name(queue, t0) == "a");
  CHECK(take_name(queue, t0).empty());
}

TEST_CASE("queue: a key added several times is taken once") {
  WorkQueue queue;
  queue.add(a, t0);
  queue.add(a, t0 + 1s);

  CHECK(queue.depth(t0) == 1);
  const auto taken = queue.take(t0 + 3s);
  REQUIRE(taken);
  CHECK(taken->waited == 3s);
  CHECK_FALSE(queue.take(t0 + 3s));
  CHECK(queue.adds() == 1);
}

TEST_CASE("queue: a picture shows what is due, in work and waiting, so much and no more") {
  WorkQueue queue;
  queue.add(a, t0);
  REQUIRE(take_name(queue, t0 + 1s) == "a");
  queue.add(b, t0 + 2s);
  queue.add_rate_limited({"tools", "c"}, t0 + 2s, 60s);
  queue.add_after({"tools", "d"}, 30s, t0 + 2s);

  const Picture picture = queue.picture(t0 + 4s, 100);
  REQUIRE(picture.due.size() == 1);
  CHECK(picture.due[0].key == b);
  CHECK(picture.due[0].time == 2s);
  REQUIRE(picture.in_work.size() == 1);
  CHECK(picture.in_work[0].key == a);
  CHECK(picture.in_work[0].time == 3s);
  REQUIRE(picture.waiting.size() == 2);
  CHECK(picture.waiting[0].key.name == "d");
  CHECK(picture.waiting[0].time == 28s);
  CHECK(picture.waiting[0].failures == 0);
  CHECK(picture.waiting[1].key.name == "c");
  CHECK(picture.waiting[1].failures == 1);

  CHECK(queue.picture(t0 + 4s, 1).waiting.size() == 1);
  CHECK(queue.picture(t0 + 32s, 100).due.size() == 2);
}

TEST_CASE("queue: a key added while it is in work runs once more, and not at the same time") {
  WorkQueue queue;
  queue.add(a, t0);
  REQUIRE(take_name(queue, t0) == "a");

  queue.add(a, t0 + 1s);
  queue.add(a, t0 + 2s);
  CHECK(take_name(queue, t0 + 2s).empty());

  CHECK(queue.done(a, t0 + 5s) == 5s);
  CHECK(take_name(queue, t0 + 5s) == "a");
  queue.done(a, t0 + 6s);
  CHECK(take_name(queue, t0 + 6s).empty());
}

TEST_CASE("queue: a delayed key is due at its time, not before") {
  WorkQueue queue;
  queue.add_after(a, 10s, t0);

  CHECK(queue.next_due() == t0 + 10s);
  CHECK(take_name(queue, t0 + 9s).empty());
  CHECK(take_name(queue, t0 + 10s) == "a");
  CHECK_FALSE(queue.next_due());
}

TEST_CASE("queue: of two delays of a key the earlier counts") {
  WorkQueue queue;
  queue.add_after(a, 10s, t0);
  queue.add_after(a, 3s, t0);
  queue.add_after(a, 60s, t0);

  CHECK(queue.next_due() == t0 + 3s);
  CHECK(take_name(queue, t0 + 3s) == "a");
  queue.done(a, t0 + 3s);
  CHECK(take_name(queue, t0 + 10min).empty());
}

TEST_CASE("queue: no delay is due at once") {
  WorkQueue queue;
  queue.add_after(a, 0s, t0);

  CHECK(take_name(queue, t0) == "a");
}

TEST_CASE("queue: failures wait twice as long each time, up to five minutes, until forgotten") {
  const RetryDelays delays;
  CHECK(delays.after(0) == 5ms);
  CHECK(delays.after(1) == 10ms);
  CHECK(delays.after(10) == 5120ms);
  CHECK(delays.after(16) == 5min);
  CHECK(delays.after(4'000'000'000U) == 5min);

  WorkQueue queue(delays);
  Instant now = t0;
  for (const auto expected : {5ms, 10ms, 20ms, 40ms}) {
    queue.add_rate_limited(a, now);
    CHECK(queue.next_due() == now + expected);
    now += expected;
    REQUIRE(take_name(queue, now) == "a");
    queue.done(a, now);
  }
  CHECK(queue.failures(a) == 4);
  CHECK(queue.retries() == 4);

  queue.forget(a);
  queue.add_rate_limited(a, now);
  CHECK(queue.next_due() == now + 5ms);
}

TEST_CASE("queue: a delay asked for counts where it is longer than the back-off, and only there") {
  WorkQueue queue;
  queue.add_rate_limited(a, t0, 1s);
  CHECK(queue.next_due() == t0 + 1s);
  CHECK(queue.take(t0 + 1s));
  queue.done(a, t0 + 1s);
  for (int i = 0; i < 10; ++i) {
    queue.add_rate_limited(a, t0, 0s);
    queue.take(t0 + 1h);
    queue.done(a, t0 + 1h);
  }
  queue.add_rate_limited(a, t0, 0s);
  CHECK(*queue.next_due() > t0 + 1s);
}

TEST_CASE("queue: a failing key does not hold up another") {
  WorkQueue queue;
  for (int i = 0; i < 20; ++i) {
    queue.add_rate_limited(a, t0);
  }
  queue.add(b, t0);

  CHECK(take_name(queue, t0) == "b");
}

TEST_CASE("queue: after shutting down nothing is added and delayed keys are dropped") {
  WorkQueue queue;
  queue.add(a, t0);
  queue.add_after(b, 1s, t0);
  queue.shut_down();
  queue.add(b, t0);
  queue.add_after(b, 1s, t0);

  CHECK(take_name(queue, t0 + 1min) == "a");
  CHECK(take_name(queue, t0 + 1min).empty());
}

TEST_CASE("queue: work in progress is told with its sum and its longest") {
  WorkQueue queue;
  queue.add(a, t0);
  queue.add(b, t0);
  queue.take(t0);
  queue.take(t0 + 2s);

  const auto [sum, longest] = queue.unfinished(t0 + 5s);
  CHECK(sum == 8s);
  CHECK(longest == 5s);
}

// A model beside the queue: whatever is added is worked on afterwards, never by two at once.
TEST_CASE("queue: no order of additions and completions loses a change") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    WorkQueue queue;
    std::map<ObjectKey, int> changed;
    std::set<ObjectKey> in_work;
    Instant now = t0;
    for (int i = 0; i < 300; ++i) {
      now += std::chrono::milliseconds(random() % 20);
      const ObjectKey key{"tools", std::string(1, static_cast<char>('a' + random() % 4))};
      switch (random() % 4) {
        case 0:
          queue.add(key, now);
          ++changed[key];
          break;
        case 1:
          queue.add_after(key, std::chrono::milliseconds(random() % 50), now);
          ++changed[key];
          break;
        case 2:
          if (const auto taken = queue.take(now)) {
            REQUIRE(in_work.insert(taken->key).second);
            changed[taken->key] = 0;
          }
          break;
        default:
          if (in_work.erase(key) > 0) {
            queue.done(key, now);
          }
      }
    }
    for (const ObjectKey& key : in_work) {
      queue.done(key, now);
    }
    now += 1min;
    while (const auto taken = queue.take(now)) {
      changed[taken->key] = 0;
      queue.done(taken->key, now);
    }
    for (const auto& [key, count] : changed) {
      CHECK(count == 0);
    }
  }
}

TEST_CASE("blocking queue: whoever waits gets a key added later, and all return at shutdown") {
  BlockingQueue queue;
  std::vector<std::thread> workers;
  std::mutex mutex;
  std::map<std::string, int> worked;
  for (int i = 0; i < 3; ++i) {
    workers.emplace_back([&] {
      while (const auto taken = queue.take()) {
        {
          const std::lock_guard lock(mutex);
          ++worked[taken->key.name];
        }
        queue.done(taken->key);
      }
    });
  }

  queue.add(a);
  queue.add_after(b, 5ms);
  for (;;) {
    const std::lock_guard lock(mutex);
    if (worked["a"] == 1 && worked["b"] == 1) {
      break;
    }
    std::this_thread::yield();
  }
  CHECK(queue.wait_idle(10s));
  queue.shut_down();
  for (std::thread& worker : workers) {
    worker.join();
  }
  CHECK(queue.statistics().adds == 2);
}

}  // namespace
}  // namespace mooring::queue
