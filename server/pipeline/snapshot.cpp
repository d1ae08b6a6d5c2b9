// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/snapshot.hpp"

namespace mooring::pipeline {

Snapshot::Snapshot(
    mcp::Profile profile, catalogue::Catalogue catalogue, bool is_whole, ToolCounters& counters
)
    : profile_(std::move(profile)), catalogue_(std::move(catalogue)), is_whole_(is_whole) {
  executed_.reserve(catalogue_.tools().size());
  for (const catalogue::Tool& tool : catalogue_.tools()) {
    executed_.push_back(counters.of(tool.name));
  }
}

const metrics::Counter& Snapshot::executed(const catalogue::Tool& tool) const {
  return *executed_[static_cast<std::size_t>(&tool - catalogue_.tools().data())];
}

}  // namespace mooring::pipeline
