// SPDX-License-Identifier: Apache-2.0
#include "operator/queue/blocking_queue.hpp"

namespace mooring::queue {
namespace {

Instant now() {
  return std::chrono::steady_clock::now();
}

}  // namespace

void BlockingQueue::add(const api::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  queue_.add(key, now());
  changed_.notify_one();
}

void BlockingQueue::add_after(const api::ObjectKey& key, Duration delay) {
  const std::lock_guard lock(mutex_);
  queue_.add_after(key, delay, now());
  changed_.notify_one();
}

void BlockingQueue::add_rate_limited(const api::ObjectKey& key, Duration at_least) {
  const std::lock_guard lock(mutex_);
  queue_.add_rate_limited(key, now(), at_least);
  changed_.notify_one();
}

void BlockingQueue::forget(const api::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  queue_.forget(key);
}

std::optional<Taken> BlockingQueue::take() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (queue_.shutting_down()) {
      return std::nullopt;
    }
    if (auto taken = queue_.take(now())) {
      return taken;
    }
    if (const auto due = queue_.next_due()) {
      changed_.wait_until(lock, *due);
    } else {
      changed_.wait(lock);
    }
  }
}

Duration BlockingQueue::done(const api::ObjectKey& key) {
  const std::lock_guard lock(mutex_);
  const Duration worked = queue_.done(key, now());
  changed_.notify_all();
  return worked;
}

void BlockingQueue::shut_down() {
  const std::lock_guard lock(mutex_);
  queue_.shut_down();
  changed_.notify_all();
}

bool BlockingQueue::wait_idle(Duration at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this] { return queue_.in_work() == 0; });
}

Statistics BlockingQueue::statistics() {
  const std::lock_guard lock(mutex_);
  const Instant at = now();
  const auto [sum, longest] = queue_.unfinished(at);
  return {queue_.depth(at), queue_.adds(), queue_.retries(), sum, longest};
}

Picture BlockingQueue::picture(std::size_t most) {
  const std::lock_guard lock(mutex_);
  return queue_.picture(now(), most);
}

}  // namespace mooring::queue
