// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/era/era.hpp"

#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mooring::session {

/// What a replica knows of sessions beyond their tokens: what they set, and that they have ended.
/// Bounded; whose entry was used longest ago is forgotten first. Safe to use from every thread.
class Table {
 public:
  explicit Table(std::size_t most = 100'000) : most_(most) {}

  void set_log_level(const std::string& session, era::LogLevel level);
  void end(const std::string& session);

  struct Known {
    std::optional<era::LogLevel> log_level;
    bool has_ended = false;
  };

  /// Of every request: free as long as no session has set anything or ended.
  Known known(const std::string& session) const;

 private:
  struct Entry {
    std::string session;
    Known known;
  };

  using Entries = std::list<Entry>;  // the one written longest ago first

  Known& entry(const std::string& session);

  const std::size_t most_;
  std::atomic<bool> is_empty_{true};
  mutable std::mutex mutex_;
  Entries entries_;
  std::unordered_map<std::string_view, Entries::iterator> by_session_;
};

}  // namespace mooring::session
