// SPDX-License-Identifier: Apache-2.0
#include "server/session/table.hpp"

#include <iterator>

namespace mooring::session {

Table::Entry& Table::entry(const std::string& session) {
  if (const auto found = by_session_.find(session); found != by_session_.end()) {
    entries_.splice(entries_.end(), entries_, found->second);
    return *found->second;
  }
  if (entries_.size() >= most_) {
    by_session_.erase(entries_.front().session);
    entries_.pop_front();
  }
  entries_.push_back({session, std::nullopt, false});
  by_session_.emplace(entries_.back().session, std::prev(entries_.end()));
  return entries_.back();
}

const Table::Entry* Table::find(const std::string& session) const {
  const auto found = by_session_.find(session);
  return found == by_session_.end() ? nullptr : &*found->second;
}

void Table::set_log_level(const std::string& session, era::LogLevel level) {
  const std::lock_guard lock(mutex_);
  entry(session).log_level = level;
}

std::optional<era::LogLevel> Table::log_level(const std::string& session) const {
  const std::lock_guard lock(mutex_);
  const Entry* found = find(session);
  return found == nullptr ? std::nullopt : found->log_level;
}

void Table::end(const std::string& session) {
  const std::lock_guard lock(mutex_);
  entry(session).has_ended = true;
}

bool Table::has_ended(const std::string& session) const {
  const std::lock_guard lock(mutex_);
  const Entry* found = find(session);
  return found != nullptr && found->has_ended;
}

}  // namespace mooring::session
