// SPDX-License-Identifier: Apache-2.0
#include "server/backend/waiters.hpp"

namespace mooring::backend {

void Waiters::add(std::uint64_t id, Time deadline, Waiting waiting) {
  if (!waiting.is_ours) {
    calls_.insert(id);
  }
  if (waiting.log_level) {
    curious_.insert(id);
  }
  waiting_.emplace(id, Entry{deadline, std::move(waiting)});
  deadlines_.emplace(deadline, id);
}

Waiting* Waiters::find(std::uint64_t id) {
  const auto found = waiting_.find(id);
  return found == waiting_.end() ? nullptr : &found->second.waiting;
}

std::shared_ptr<Sink> Waiters::take(std::uint64_t id) {
  const auto found = waiting_.find(id);
  return found == waiting_.end() ? nullptr : take(found);
}

std::shared_ptr<Sink> Waiters::take(Entries::iterator entry) {
  deadlines_.erase({entry->second.deadline, entry->first});
  calls_.erase(entry->first);
  curious_.erase(entry->first);
  auto sink = std::move(entry->second.waiting.sink);
  waiting_.erase(entry);
  return sink;
}

std::optional<std::uint64_t> Waiters::only_call() const {
  return calls_.size() == 1 ? std::optional(*calls_.begin()) : std::nullopt;
}

std::optional<std::uint64_t> Waiters::only_curious_call() const {
  return curious_.size() == 1 ? std::optional(*curious_.begin()) : std::nullopt;
}

void Waiters::postpone(std::uint64_t id, Time deadline) {
  if (const auto found = waiting_.find(id); found != waiting_.end()) {
    deadlines_.erase({found->second.deadline, id});
    found->second.deadline = deadline;
    deadlines_.emplace(deadline, id);
  }
}

std::optional<Waiters::Overdue> Waiters::take_overdue(Time now) {
  if (deadlines_.empty() || now < deadlines_.begin()->first) {
    return std::nullopt;
  }
  const std::uint64_t id = deadlines_.begin()->second;
  return Overdue{id, take(id)};
}

void Waiters::fail_all(const Error& error) {
  // Whoever hears of it may ask anew at once: that is not to be failed too.
  deadlines_.clear();
  calls_.clear();
  curious_.clear();
  for (auto& [id, entry] : std::exchange(waiting_, {})) {
    entry.waiting.sink->on_event(Result<Answer>(tl::unexpected(error)));
  }
}

std::optional<Waiters::Time> Waiters::next_deadline() const {
  return deadlines_.empty() ? std::nullopt : std::optional(deadlines_.begin()->first);
}

}  // namespace mooring::backend
