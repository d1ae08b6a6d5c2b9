// SPDX-License-Identifier: Apache-2.0
#include "server/session/table.hpp"

#include <iterator>

namespace mooring::session {

void Table::set_log_level(const std::string& session, era::LogLevel level) {
  const std::lock_guard lock(mutex_);
  is_empty_.store(false, std::memory_order_release);
  if (const auto found = by_session_.find(session); found != by_session_.end()) {
    found->second->level = level;
    levels_.splice(levels_.end(), levels_, found->second);
    return;
  }
  if (levels_.size() >= most_) {
    by_session_.erase(levels_.front().session);
    levels_.pop_front();
  }
  levels_.push_back({session, level});
  by_session_.emplace(levels_.back().session, std::prev(levels_.end()));
}

void Table::end(const std::string& session, Time expires, Time now) {
  const std::lock_guard lock(mutex_);
  is_empty_.store(false, std::memory_order_release);
  // Where there is no room, the one whose token is good for the shortest time makes it.
  while (!by_end_.empty() && (by_end_.begin()->first <= now || ended_.size() >= most_)) {
    const auto first = ended_.find(std::string(by_end_.begin()->second));
    by_end_.erase(by_end_.begin());
    ended_.erase(first);
  }
  const auto [entry, is_new] = ended_.emplace(session, expires);
  if (is_new) {
    by_end_.emplace(expires, entry->first);
  }
}

Table::Known Table::known(const std::string& session) const {
  if (is_empty_.load(std::memory_order_acquire)) {
    return {};
  }
  const std::lock_guard lock(mutex_);
  Known known;
  known.has_ended = ended_.contains(session);
  if (const auto found = by_session_.find(session); found != by_session_.end()) {
    levels_.splice(levels_.end(), levels_, found->second);
    known.log_level = found->second->level;
  }
  return known;
}

}  // namespace mooring::session
