// SPDX-License-Identifier: Apache-2.0
#include "server/backend/waiters.hpp"

#include <utility>

namespace mooring::backend {

std::uint64_t Waiters::add(Time deadline, std::unique_ptr<Completion> completion) {
  const std::uint64_t id = next_id();
  waiting_.emplace_hint(waiting_.end(), id, Waiting{deadline, std::move(completion)});
  return id;
}

std::unique_ptr<Completion> Waiters::take(std::uint64_t id) {
  const auto found = waiting_.find(id);
  if (found == waiting_.end()) {
    return nullptr;
  }
  auto completion = std::move(found->second.completion);
  waiting_.erase(found);
  return completion;
}

std::optional<Waiters::Overdue> Waiters::take_overdue(Time now) {
  if (waiting_.empty() || now < waiting_.begin()->second.deadline) {
    return std::nullopt;
  }
  Overdue overdue{waiting_.begin()->first, std::move(waiting_.begin()->second.completion)};
  waiting_.erase(waiting_.begin());
  return overdue;
}

void Waiters::fail_all(const Error& error) {
  // A completion may ask anew at once: that is not to be failed too.
  for (auto& [id, waiting] : std::exchange(waiting_, {})) {
    waiting.completion->complete(tl::unexpected(error));
  }
}

std::optional<Waiters::Time> Waiters::next_deadline() const {
  return waiting_.empty() ? std::nullopt : std::optional(waiting_.begin()->second.deadline);
}

}  // namespace mooring::backend
