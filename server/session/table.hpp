// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/era/era.hpp"
#include "server/session/session.hpp"

#include <atomic>
#include <cstddef>
#include <list>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace mooring::session {

/// What a replica knows of sessions beyond their tokens: what they set, and that they have ended.
/// Bounded, each for itself, so that no setting makes an end forgotten. Safe to use from every
/// thread.
class Table {
 public:
  explicit Table(std::size_t most = 100'000) : most_(most) {}

  void set_log_level(const std::string& session, era::LogLevel level);
  /// It is known until `expires`, when its token is good for nothing any more.
  void end(const std::string& session, Time expires, Time now);

  struct Known {
    std::optional<era::LogLevel> log_level;
    bool has_ended = false;
  };

  /// Of every request: free as long as no session has set anything or ended.
  Known known(const std::string& session) const;

 private:
  struct Level {
    std::string session;
    era::LogLevel level;
  };

  using Levels = std::list<Level>;  // the one used longest ago first

  const std::size_t most_;
  std::atomic<bool> is_empty_{true};
  mutable std::mutex mutex_;
  mutable Levels levels_;
  std::unordered_map<std::string_view, Levels::iterator> by_session_;
  std::unordered_map<std::string, Time> ended_;
  std::set<std::pair<Time, std::string_view>> by_end_;  // into ended_
};

}  // namespace mooring::session
