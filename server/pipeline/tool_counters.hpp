// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/metrics/metrics.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace mooring::pipeline {

/// `mcp_tools_executed_total`, a series a tool. One whose tool nobody lists any more stays for a
/// while, as tools come back; of those only the newest are kept, so that a server that renames its
/// tools again and again does not fill the memory, ours and the collector's. Outlives its counters.
class ToolCounters {
 public:
  using Handle = std::shared_ptr<const metrics::Counter>;

  explicit ToolCounters(metrics::Registry& registry, std::size_t most_idle = 1000)
      : registry_(registry), most_idle_(most_idle) {}

  /// The tool's counter, the same as long as somebody holds it or it is kept. From any thread.
  Handle of(const std::string& tool);

 private:
  void let_go(const std::string& tool);

  metrics::Registry& registry_;
  const std::size_t most_idle_;
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<const metrics::Counter>, std::less<>> held_;
  std::deque<std::string> idle_;  // held by nobody, the oldest first
};

}  // namespace mooring::pipeline
