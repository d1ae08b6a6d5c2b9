// SPDX-License-Identifier: Apache-2.0
#include "operator/queue/work_queue.hpp"

#include <algorithm>

namespace mooring::queue {

using api::ObjectKey;

std::chrono::milliseconds RetryDelays::after(unsigned failures) const {
  std::chrono::milliseconds delay = initial;
  for (unsigned i = 0; i < failures && delay < cap; ++i) {
    delay *= 2;
  }
  return std::min(delay, cap);
}

void WorkQueue::add(const ObjectKey& key, Instant now) {
  if (shutting_down_ || dirty_.count(key) > 0) {
    return;
  }
  dirty_.emplace(key, now);
  ++adds_;
  if (processing_.count(key) == 0) {
    queue_.push_back(key);
  }
}

void WorkQueue::add_after(const ObjectKey& key, Duration delay, Instant now) {
  if (shutting_down_) {
    return;
  }
  if (delay <= Duration::zero()) {
    add(key, now);
    return;
  }
  const Instant due = now + delay;
  const auto [waiting, inserted] = waiting_.emplace(key, due);
  if (!inserted) {
    if (waiting->second <= due) {
      return;
    }
    by_time_.erase({waiting->second, key});
    waiting->second = due;
  }
  by_time_.emplace(due, key);
}

void WorkQueue::add_rate_limited(const ObjectKey& key, Instant now, Duration at_least) {
  const unsigned failed_before = failures_[key]++;
  ++retries_;
  add_after(key, std::max<Duration>(delays_.after(failed_before), at_least), now);
}

void WorkQueue::forget(const ObjectKey& key) {
  failures_.erase(key);
}

void WorkQueue::move_due(Instant now) {
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    const auto [due, key] = *by_time_.begin();
    by_time_.erase(by_time_.begin());
    waiting_.erase(key);
    add(key, due);
  }
}

std::optional<Taken> WorkQueue::take(Instant now) {
  move_due(now);
  if (queue_.empty()) {
    return std::nullopt;
  }
  Taken taken{queue_.front(), {}};
  queue_.pop_front();
  const auto since = dirty_.find(taken.key);
  taken.waited = now - since->second;
  dirty_.erase(since);
  processing_.emplace(taken.key, now);
  return taken;
}

Duration WorkQueue::done(const ObjectKey& key, Instant now) {
  const auto found = processing_.find(key);
  if (found == processing_.end()) {
    return {};
  }
  const Duration worked = now - found->second;
  processing_.erase(found);
  if (const auto again = dirty_.find(key); again != dirty_.end()) {
    again->second = now;
    queue_.push_back(key);
  }
  return worked;
}

std::optional<Instant> WorkQueue::next_due() const {
  if (by_time_.empty()) {
    return std::nullopt;
  }
  return by_time_.begin()->first;
}

void WorkQueue::shut_down() {
  shutting_down_ = true;
  waiting_.clear();
  by_time_.clear();
}

std::size_t WorkQueue::depth(Instant now) {
  move_due(now);
  return queue_.size();
}

unsigned WorkQueue::failures(const ObjectKey& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

Picture WorkQueue::picture(Instant now, std::size_t most) {
  move_due(now);
  Picture made;
  const auto add = [&](std::vector<Standing>& to, const ObjectKey& key, Duration time) {
    if (to.size() < most) {
      to.push_back({key, time, failures(key)});
    }
  };
  for (const ObjectKey& key : queue_) {
    add(made.due, key, now - dirty_.at(key));
  }
  for (const auto& [key, since] : processing_) {
    add(made.in_work, key, now - since);
  }
  for (const auto& [due, key] : by_time_) {
    add(made.waiting, key, due - now);
  }
  return made;
}

std::pair<Duration, Duration> WorkQueue::unfinished(Instant now) const {
  Duration sum{};
  Duration longest{};
  for (const auto& [key, since] : processing_) {
    sum += now - since;
    longest = std::max(longest, now - since);
  }
  return {sum, longest};
}

}  // namespace mooring::queue
