// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"
#include "server/pipeline/tool_counters.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace mooring::pipeline {

/// What a request sees of the tools, whole and never changing: the catalogue, and a counter for
/// each tool of it, so that a call looks no label up.
class Snapshot {
 public:
  Snapshot(catalogue::Catalogue catalogue, ToolCounters& counters);

  const catalogue::Catalogue& catalogue() const { return catalogue_; }

  /// `mcp_tools_executed_total` of a tool of this catalogue.
  const metrics::Counter& executed(const catalogue::Tool& tool) const;

 private:
  catalogue::Catalogue catalogue_;
  std::vector<ToolCounters::Handle> executed_;
};

/// Where the newest snapshot is found: swapped whole, read without waiting.
using Shelf = std::atomic<std::shared_ptr<const Snapshot>>;

}  // namespace mooring::pipeline
