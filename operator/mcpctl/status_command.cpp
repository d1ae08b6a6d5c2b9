// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/survey.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace mooring::mcpctl {
namespace {

using nlohmann::json;

void print_json(const json& document) {
  std::cout << document.dump(2, ' ', false, json::error_handler_t::replace) << "\n";
}

int status_of_all(Cluster& cluster, const StatusOptions& options) {
  const std::string place = options.all_namespaces ? "" : cluster.namespace_;
  const auto servers = list_all(cluster, {std::string(api::server_kind), place, ""});
  if (!servers) {
    return complain(exit_failed, advised(servers.error()));
  }
  std::vector<report::ServerState> states;
  for (const api::Object& server : *servers) {
    states.push_back(report::state_of(server));
  }
  if (options.as_json) {
    json list = json::array();
    for (const report::ServerState& state : states) {
      list.push_back(report::to_json(state));
    }
    print_json(list);
  } else if (states.empty()) {
    std::cerr << "mcpctl: there is no McpServer in "
              << (place.empty() ? "any namespace" : "namespace " + place) << "\n";
  } else {
    std::cout << report::print_table(
        states, options.all_namespaces, std::chrono::system_clock::now()
    );
  }
  const bool are_ready =
      std::all_of(states.begin(), states.end(), [](const auto& state) { return state.is_ready; });
  return are_ready ? exit_ok : exit_failed;
}

int status_of_one(Cluster& cluster, const StatusOptions& options) {
  const auto details = survey(cluster, {cluster.namespace_, options.name});
  if (!details) {
    return complain(exit_failed, advised(details.error()));
  }
  if (options.as_json) {
    print_json(report::to_json(*details));
  } else {
    std::cout << report::print(*details, std::chrono::system_clock::now());
  }
  return report::state_of(details->server).is_ready ? exit_ok : exit_failed;
}

}  // namespace

int status(const StatusOptions& options) {
  if (!options.name.empty() && options.all_namespaces) {
    return complain(exit_failed, "a NAME stands in one namespace: leave out -A, or the NAME");
  }
  auto cluster = open_cluster(options.cluster);
  if (!cluster) {
    return complain(exit_failed, cluster.error().message);
  }
  return options.name.empty() ? status_of_all(*cluster, options) : status_of_one(*cluster, options);
}

}  // namespace mooring::mcpctl
