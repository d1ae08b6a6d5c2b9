// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/condition.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/plan/children.hpp"
#include "operator/plan/observed.hpp"
#include "operator/plan/reasons.hpp"

#include <optional>
#include <string>

namespace mooring::plan {

/// What one condition is to say.
struct Finding {
  api::ConditionStatus status = api::ConditionStatus::unknown;
  Reason reason = Reason::not_evaluated;
  std::string message;

  bool is_true() const { return status == api::ConditionStatus::true_; }
};

struct Findings {
  Finding accepted;
  Finding references;
  Finding workload;
  Finding endpoint;
  /// Where it is exposed. Only what is known to be wrong keeps it from being ready: not every
  /// controller tells.
  std::optional<Finding> route;
  /// Where it is asked for by name. It serves without, so that nobody waits for it.
  std::optional<Finding> monitoring;
  /// Where an autoscaler is wanted.
  std::optional<Finding> scaling;
  /// Nothing more will come of it unless somebody does something.
  bool is_stalled = false;
  /// Turned off, as wanted: ready, as a Deployment of no replicas is, though it does not serve.
  bool is_at_rest = false;

  /// The first that fails, else the first that is open; nullptr if all is as it should be.
  const Finding* first_problem() const;
};

Findings judge(
    const api::McpServer& server,
    const Observed& observed,
    const ChildChanges& changes,
    const api::Conditions& before
);

}  // namespace mooring::plan
