// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/tool_counters.hpp"

namespace mooring::pipeline {
namespace {

constexpr const char* series = "mcp_tools_executed_total";

}  // namespace

ToolCounters::Handle ToolCounters::of(const std::string& tool) {
  const std::lock_guard lock(mutex_);
  auto& held = held_[tool];
  if (Handle handle = held.lock()) {
    return handle;
  }
  std::erase(idle_, tool);
  const auto counter =
      registry_.counter(series, "Tool calls handed to a backend.", {{"tool_name", tool}});
  Handle made(new metrics::Counter(counter), [this, tool](const metrics::Counter* last) {
    delete last;
    let_go(tool);
  });
  held = made;
  return made;
}

void ToolCounters::let_go(const std::string& tool) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find(tool);
  // Meanwhile somebody may have taken it up again.
  if (found == held_.end() || !found->second.expired()) {
    return;
  }
  held_.erase(found);
  idle_.push_back(tool);
  if (idle_.size() > most_idle_) {
    registry_.remove(series, {{"tool_name", idle_.front()}});
    idle_.pop_front();
  }
}

}  // namespace mooring::pipeline
