// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/monitoring.hpp"

#include "core/text/ascii.hpp"

namespace mooring::plan {

std::optional<Finding> judge_monitoring(const api::McpServer& server, const Observed& observed) {
  struct Asked {
    const char* field;
    const char* kind;
    api::Wanted wanted;
  };

  const api::Monitoring& monitoring = server.spec.monitoring;
  std::vector<std::string> made;
  for (const auto& [field, kind, wanted] :
       {Asked{"spec.monitoring.scrape", api::pod_monitor_kind, monitoring.scrape},
        Asked{
            "spec.monitoring.alerts.rules", api::prometheus_rule_kind, monitoring.alerts.rules}}) {
    if (wanted != api::Wanted::always) {
      continue;
    }
    if (observed.missing_kinds.contains(kind)) {
      return Finding{
          api::ConditionStatus::false_,
          Reason::not_installed,
          std::string(field) + " is " + text::quoted(kind) +
              ", which the cluster does not have: install prometheus-operator, or say Auto"};
    }
    made.emplace_back(kind);
  }
  if (made.empty()) {
    return std::nullopt;
  }
  return Finding{
      api::ConditionStatus::true_,
      Reason::monitored,
      "the cluster has " + text::join(made, " and ") +
          "; whether a Prometheus takes what is made "
          "is up to its selectors: see spec.monitoring.labels"};
}

}  // namespace mooring::plan
