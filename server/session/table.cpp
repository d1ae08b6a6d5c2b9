// SPDX-License-Identifier: Apache-2.0
#include "server/session/table.hpp"

#include <iterator>

namespace mooring::session {

Table::Known& Table::entry(const std::string& session) {
  if (const auto found = by_session_.find(session); found != by_session_.end()) {
    entries_.splice(entries_.end(), entries_, found->second);
    return found->second->known;
  }
  if (entries_.size() >= most_) {
    by_session_.erase(entries_.front().session);
    entries_.pop_front();
  }
  entries_.push_back({session, {}});
  by_session_.emplace(entries_.back().session, std::prev(entries_.end()));
  is_empty_.store(false, std::memory_order_release);
  return entries_.back().known;
}

void Table::set_log_level(const std::string& session, era::LogLevel level) {
  const std::lock_guard lock(mutex_);
  entry(session).log_level = level;
}

void Table::end(const std::string& session) {
  const std::lock_guard lock(mutex_);
  entry(session).has_ended = true;
}

Table::Known Table::known(const std::string& session) const {
  if (is_empty_.load(std::memory_order_acquire)) {
    return {};
  }
  const std::lock_guard lock(mutex_);
  const auto found = by_session_.find(session);
  return found == by_session_.end() ? Known() : found->second->known;
}

}  // namespace mooring::session
