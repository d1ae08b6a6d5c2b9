// SPDX-License-Identifier: Apache-2.0
#include "core/time/rfc3339.hpp"
#include "operator/api/crd.hpp"
#include "operator/api/kinds.hpp"
#include "operator/loop/leader.hpp"
#include "operator/loop/preflight.hpp"
#include "operator/mcpctl/command.hpp"
#include "operator/mcpctl/survey.hpp"
#include "operator/report/checks.hpp"

#include <chrono>
#include <iostream>

namespace mooring::mcpctl {
namespace {

using nlohmann::json;
using report::Check;
using State = Check::State;

constexpr const char* crd_page =
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/mcpservers.mooring.dev";
constexpr const char* install =
    "helm install mooring charts/mooring --namespace mooring-system --create-namespace, or kubectl "
    "apply -f manifests/install.yaml";

using Checks = std::vector<Check>;

/// Whether it makes sense to go on.
bool check_server(Cluster& cluster, Checks& checks) {
  const std::string where = cluster.server + " (" + cluster.origin + ")";
  const auto page = cluster.client->page("/version");
  if (!page) {
    checks.push_back(
        {State::bad,
         "API server",
         advised(page.error()),
         "is " + where + " the address of a running cluster, and reachable from here?"}
    );
    return false;
  }
  const std::string version = api::text_at(json::parse(*page, nullptr, false), {"gitVersion"});
  const bool is_served = report::is_served(version);
  checks.push_back(
      {is_served ? State::good : State::bad,
       "API server",
       where + ", Kubernetes " + version,
       is_served ? ""
                 : "Mooring needs Kubernetes " + std::string(report::oldest_kubernetes) +
                       " or later: upgrade the cluster"}
  );
  return true;
}

bool check_crd(Cluster& cluster, Checks& checks) {
  const std::string what = "CustomResourceDefinition";
  const auto page = cluster.client->page(crd_page);
  if (!page && page.error().code == Errc::not_found) {
    checks.push_back({State::bad, what, "the cluster has no McpServer kind", install});
    return false;
  }
  if (!page) {
    checks.push_back({State::unknown, what, page.error().message});
    return true;
  }
  const json crd = json::parse(*page, nullptr, false);
  const std::string place = report::first_difference(
      api::value_at(crd, {"spec", "versions"}),
      api::value_at(api::crd(), {"spec", "versions"}),
      "spec.versions"
  );
  const bool is_same = place.empty();
  checks.push_back(
      {is_same ? State::good : State::bad,
       what,
       is_same ? "as of this mcpctl, " MOORING_VERSION
               : "of another version than this mcpctl, " MOORING_VERSION ": " + place + " differs",
       is_same ? ""
               : "upgrade whichever is older: the CRD with mcpctl crd | kubectl apply "
                 "--server-side --force-conflicts -f -, or this mcpctl"}
  );
  return true;
}

void check_leader(Cluster& cluster, const Installed& installed, Checks& checks) {
  const std::string space = installed.deployment.namespace_();
  const std::string name = loop::lease_name(installed.controller_name);
  const auto lease = cluster.client->get({"Lease", space, name});
  if (!lease) {
    const bool is_absent = lease.error().code == Errc::not_found;
    checks.push_back(
        {is_absent ? State::absent : State::unknown,
         "Leader",
         is_absent ? "no Lease " + name + " in namespace " + space +
                         ": the operator runs with --leader-elect=false, or has never led"
                   : lease.error().message}
    );
    return;
  }
  const auto renewed = time::parse_rfc3339(api::text_at(lease->body(), {"spec", "renewTime"}));
  const std::chrono::seconds lasts(api::integer_at(lease->body(), {"spec", "leaseDurationSeconds"})
  );
  const std::string holder = api::text_at(lease->body(), {"spec", "holderIdentity"});
  const bool is_held =
      !holder.empty() && renewed && std::chrono::system_clock::now() - *renewed < 2 * lasts;
  checks.push_back(
      {is_held ? State::good : State::bad,
       "Leader",
       is_held ? holder : "nobody holds the Lease " + name + " in namespace " + space,
       is_held ? ""
               : "see why: kubectl logs --namespace " + space + " deployment/" +
                     installed.deployment.name()}
  );
}

void check_permissions(Cluster& cluster, const Installed& installed, Checks& checks) {
  const std::string what = "Permissions of the operator";
  std::vector<std::string> places = installed.namespaces;
  if (places.empty()) {
    places.emplace_back("");
  }
  std::vector<std::string> missing;
  for (const std::string& place : places) {
    for (const loop::Permission& permission : loop::permissions()) {
      for (const std::string& verb : permission.verbs) {
        const kube::Scope scope{permission.kind, place, ""};
        const auto may =
            cluster.client->user_may(installed.user, verb, scope, permission.subresource);
        if (!may) {
          checks.push_back({State::unknown, what, may.error().message});
          return;
        }
        if (!*may) {
          missing.push_back(kube::describe(verb, scope));
        }
      }
    }
  }
  if (missing.empty()) {
    checks.push_back({State::good, what, "all that it needs, as " + installed.user});
    return;
  }
  checks.push_back(
      {State::bad,
       what,
       installed.user + " may not " + missing.front() +
           (missing.size() == 1 ? "" : ", and " + std::to_string(missing.size() - 1) + " more"),
       "apply the roles of this version again: the chart's, or those of manifests/install.yaml"}
  );
}

void check_operator(Cluster& cluster, Checks& checks) {
  const auto operators = find_operators(cluster);
  if (!operators) {
    checks.push_back({State::unknown, "Operator", operators.error().message});
    return;
  }
  if (operators->empty()) {
    checks.push_back({State::bad, "Operator", "is not installed", install});
  }
  for (const Installed& each : *operators) {
    const api::Object& deployment = each.deployment;
    const std::string place = print(deployment.key());
    const std::int64_t ready = api::integer_at(deployment.body(), {"status", "readyReplicas"});
    const std::int64_t wanted = api::integer_at(deployment.body(), {"spec", "replicas"});
    const bool is_same = each.version.empty() || each.version == MOORING_VERSION;
    const std::string look = "kubectl describe --namespace " + deployment.namespace_() +
                             " deployment/" + deployment.name() + ", kubectl logs of the same";
    checks.push_back(
        {ready > 0 && is_same ? State::good : State::bad,
         "Operator",
         place + ", version " + (each.version.empty() ? "not known" : each.version) + ", " +
             std::to_string(ready) + " of " + std::to_string(wanted) + " ready",
         ready == 0
             ? "see why: " + look
             : (is_same ? ""
                        : "this mcpctl is of version " MOORING_VERSION ": use the same for both")}
    );
    if (ready > 0) {
      check_leader(cluster, each, checks);
    }
    check_permissions(cluster, each, checks);
  }
}

/// Kinds of others that some fields want; that they are missing matters to whoever uses those.
void check_extensions(Cluster& cluster, Checks& checks) {
  struct Extension {
    const char* what;
    const char* group;
    const char* version;
    const char* use;
  };

  for (const Extension& each :
       {Extension{"Gateway API", "gateway.networking.k8s.io", "v1", "spec.gateway"},
        Extension{"cert-manager", "cert-manager.io", "v1", "spec.ingress.tls.issuerRef"},
        Extension{"Prometheus operator", "monitoring.coreos.com", "v1", "spec.monitoring"}}) {
    const auto page = cluster.client->page(std::string("/apis/") + each.group + "/" + each.version);
    if (page) {
      checks.push_back({State::good, each.what, std::string("there, for ") + each.use});
    } else if (page.error().code == Errc::not_found) {
      checks.push_back(
          {State::absent, each.what, std::string("not installed; only ") + each.use + " needs it"}
      );
    } else {
      checks.push_back({State::unknown, each.what, page.error().message});
    }
  }
}

/// Through the API server, so that this machine needs no way into the cluster's network.
Check ask_endpoint(Cluster& cluster, const api::Object& server) {
  const std::string what = "  endpoint of " + print(server.key());
  const auto page = cluster.client->page(
      "/api/v1/namespaces/" + server.namespace_() + "/services/" + server.name() +
      ":http/proxy/ready"
  );
  if (page) {
    return {State::good, what, "answers, through its Service"};
  }
  // A policy that restricts who may call need not let the API server in.
  const bool is_restricted =
      api::text_at(server.body(), {"spec", "networkPolicy", "mode"}) == "Restricted";
  if (page.error().code == Errc::forbidden || is_restricted) {
    return {State::unknown, what, page.error().message};
  }
  return {
      State::bad,
      what,
      page.error().message,
      "its pods: mcpctl status " + server.name() + " -n " + server.namespace_()};
}

void check_resource(Cluster& cluster, const api::Object& server, Checks& checks) {
  const report::ServerState state = report::state_of(server);
  const std::string what = "mcpserver " + print(server.key());
  if (!state.is_ready) {
    checks.push_back({State::bad, what, state.reason, state.message});
    const auto pods = pods_of(cluster, server.key());
    for (const plan::Pod& pod : pods ? *pods : std::vector<plan::Pod>()) {
      if (const std::string trouble = report::trouble_of(pod); !trouble.empty()) {
        checks.push_back({State::bad, "  pod " + pod.name, trouble});
      }
    }
    return;
  }
  checks.push_back({State::good, what, state.message});
  if (state.wanted > 0) {
    checks.push_back(ask_endpoint(cluster, server));
  }
}

void check_resources(Cluster& cluster, const DoctorOptions& options, Checks& checks) {
  auto servers = list_all(cluster, {std::string(api::server_kind), options.cluster.namespace_, ""});
  if (!servers && servers.error().code == Errc::forbidden && options.cluster.namespace_.empty()) {
    servers = list_all(cluster, {std::string(api::server_kind), cluster.namespace_, ""});
  }
  if (!servers) {
    checks.push_back({State::unknown, "McpServers", advised(servers.error())});
    return;
  }
  if (servers->empty()) {
    checks.push_back({State::absent, "McpServers", "there is none yet"});
  }
  for (const api::Object& server : *servers) {
    check_resource(cluster, server, checks);
  }
}

}  // namespace

int doctor(const DoctorOptions& options) {
  Checks checks;
  auto cluster = open_cluster(options.cluster);
  if (!cluster) {
    checks.push_back({State::bad, "Credentials", cluster.error().message});
  } else if (check_server(*cluster, checks)) {
    const bool has_crd = check_crd(*cluster, checks);
    check_operator(*cluster, checks);
    check_extensions(*cluster, checks);
    if (has_crd) {
      check_resources(*cluster, options, checks);
    }
  }
  if (options.as_json) {
    std::cout << report::to_json(checks).dump(2, ' ', false, json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << report::print(checks);
  }
  return report::is_well(checks) ? exit_ok : exit_failed;
}

}  // namespace mooring::mcpctl
