// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/catalogue/catalogue.hpp"
#include "server/mcp/mcp.hpp"
#include "server/pipeline/tool_counters.hpp"

#include <atomic>
#include <memory>
#include <utility>
#include <vector>

namespace mooring::pipeline {

/// What a request sees of the backends, whole and never changing: who we are with them, what they
/// offer, and a counter for each tool of it, so that a call looks no label up.
class Snapshot {
 public:
  /// `is_whole`: no backend is left of which nothing is known, as it starts for the first time.
  Snapshot(
      mcp::Profile profile, catalogue::Catalogue catalogue, bool is_whole, ToolCounters& counters
  );

  const mcp::Profile& profile() const { return profile_; }

  const catalogue::Catalogue& catalogue() const { return catalogue_; }

  bool is_whole() const { return is_whole_; }

  /// `mcp_tools_executed_total` of a tool of this catalogue.
  const metrics::Counter& executed(const catalogue::Tool& tool) const;

 private:
  mcp::Profile profile_;
  catalogue::Catalogue catalogue_;
  bool is_whole_;
  std::vector<ToolCounters::Handle> executed_;
};

/// Where the newest snapshot is found: swapped whole, read without waiting.
using Shelf = std::atomic<std::shared_ptr<const Snapshot>>;

}  // namespace mooring::pipeline
