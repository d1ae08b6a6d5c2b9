// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/input.hpp"
#include "operator/mcpctl/trial.hpp"

#include <iostream>

namespace mooring::mcpctl {
namespace {

using nlohmann::json;

struct Answers {
  std::vector<report::PlannedServer> plans;
  std::vector<std::string> errors;
};

void plan_file(
    Cluster& cluster,
    const std::string& file,
    const PlanOptions& options,
    const std::vector<Installed>& operators,
    Answers& answers
) {
  auto objects = read_objects(file);
  if (!objects) {
    answers.errors.push_back(objects.error().message);
    return;
  }
  const auto servers = servers_in(*objects);
  if (servers.empty()) {
    answers.errors.push_back(file + " has no McpServer (apiVersion mooring.dev/v1alpha1)");
  }
  for (api::Object server : servers) {
    const std::string head = file + ": " + shown_name(server);
    if (const auto accepted = accept(server); !accepted) {
      answers.errors.push_back(head + " is not valid:\n  " + describe(accepted.error(), "\n  "));
      continue;
    }
    if (!options.cluster.namespace_.empty() || server.namespace_().empty()) {
      server.body()["metadata"]["namespace"] = cluster.namespace_;
    }
    auto plan = plan_for(cluster, server, operators);
    if (plan) {
      answers.plans.push_back(std::move(*plan));
    } else {
      answers.errors.push_back(head + ": " + plan.error().message);
    }
  }
}

void print_json(const Answers& answers, bool has_changes) {
  json plans = json::array();
  for (const report::PlannedServer& plan : answers.plans) {
    plans.push_back(report::to_json(plan));
  }
  const json document = {
      {"changes", has_changes}, {"servers", std::move(plans)}, {"errors", answers.errors}};
  std::cout << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
}

}  // namespace

int plan(const PlanOptions& options) {
  auto cluster = open_cluster(options.cluster);
  if (!cluster) {
    return complain(exit_failed, cluster.error().message);
  }
  // Who may not see the operator is told so with each plan.
  const auto operators = find_operators(*cluster).value_or(std::vector<Installed>());
  Answers answers;
  for (const std::string& file : options.files) {
    plan_file(*cluster, file, options, operators, answers);
  }
  bool has_changes = false;
  bool is_refused = false;
  for (const report::PlannedServer& plan : answers.plans) {
    has_changes |= plan.is_change();
    is_refused |= plan.has(report::Action::refuse);
    if (!options.as_json) {
      std::cout << report::print(plan);
    }
  }
  if (options.as_json) {
    print_json(answers, has_changes);
  }
  for (const std::string& error : answers.errors) {
    complain(exit_failed, error);
  }
  if (is_refused || !answers.errors.empty()) {
    return exit_failed;
  }
  return has_changes ? exit_changes : exit_ok;
}

}  // namespace mooring::mcpctl
