// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/condition.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/plan/observed.hpp"
#include "operator/plan/reasons.hpp"

#include <optional>
#include <string>

namespace mooring::plan {

/// Why the pods do not come up: field path, value, what to do. The text does not change while the
/// cause does not: no counters, no addresses, no times.
struct Problem {
  Reason reason = Reason::progressing;
  std::string message;

  bool operator==(const Problem&) const = default;
};

/// `before` is the condition as it stood; where only numbers in a program's own words differ, its
/// message is kept.
std::optional<Problem> explain(
    const api::McpServer& server, const Observed& observed, const api::Condition* before
);

}  // namespace mooring::plan
