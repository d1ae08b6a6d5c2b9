// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/preflight.hpp"

#include "core/log/log.hpp"
#include "core/time/duration.hpp"
#include "operator/api/kinds.hpp"

namespace mooring::loop {
namespace {

using namespace std::chrono_literals;
using Wait = std::function<bool(std::chrono::milliseconds)>;
using kube::Scope;

constexpr auto crd_retry = 5s;
constexpr auto crd_told_every = 60s;
constexpr auto away_told_every = 10s;

bool may_pass(const kube::Failure& failure) {
  switch (failure.code) {
    case Errc::unavailable:
    case Errc::timeout:
    case Errc::too_many:
    case Errc::internal:
      return true;
    default:
      return false;
  }
}

std::string expired(const kube::Failure& failure) {
  return failure.message +
         "; the API server does not accept these credentials (expired token or certificate?): get "
         "new ones, e.g. kubectl create token NAME, or in a pod restart it";
}

std::string given_up(const kube::Failure& failure, const PreflightOptions& options) {
  return failure.message + " (for " + time::print_duration(options.patience) +
         "); is the address that of a running API server, and reachable from here?";
}

/// A list of one McpServer: proves at once that the server is there, who we are, and the CRD.
kube::Answer<kube::ListPage> ask(kube::RestClient& client, const PreflightOptions& options) {
  return client.list(
      kube::servers_of(
          options.controller_name, options.namespaces.empty() ? "" : options.namespaces.front()
      ),
      {"", "", 1}
  );
}

enum class Greeting { none_as_asked_to_end, welcome, forbidden };

Result<Greeting> wait_for_server(
    kube::RestClient& client, const PreflightOptions& options, const Wait& wait
) {
  const auto start = std::chrono::steady_clock::now();
  auto crd_told_at = start - crd_told_every;
  auto away_told_at = start - away_told_every;
  for (;;) {
    const auto answer = ask(client, options);
    if (answer) {
      return Greeting::welcome;
    }
    const auto now = std::chrono::steady_clock::now();
    const kube::Failure& failure = answer.error();
    std::chrono::milliseconds pause = options.retry;
    if (const std::string trouble = trouble_with_kind(failure); !trouble.empty()) {
      pause = crd_retry;
      if (now - crd_told_at >= crd_told_every) {
        crd_told_at = now;
        log::error(trouble + " (waiting for it)");
      }
    } else if (failure.code == Errc::unauthenticated) {
      return fail(Errc::unauthenticated, expired(failure));
    } else if (failure.code == Errc::forbidden) {
      return Greeting::forbidden;  // the permissions tell exactly what is missing
    } else if (!may_pass(failure) || now - start >= options.patience) {
      return fail(failure.code, given_up(failure, options));
    } else if (now - away_told_at >= away_told_every) {
      away_told_at = now;
      log::warn("the API server cannot be reached yet", {{"error", failure.message}});
    }
    if (!wait(pause)) {
      return Greeting::none_as_asked_to_end;
    }
  }
}

std::string missing(const Permission& permission, const Scope& scope, const std::string& verb) {
  const std::string resource = kube::resource_name(permission.kind) +
                               (permission.subresource.empty() ? "" : "/" + permission.subresource);
  const bool everywhere = scope.namespace_.empty();
  return std::string("not allowed to ") + verb + " " + resource + " in " +
         (everywhere ? "all namespaces" : "namespace " + scope.namespace_) +
         ": grant it with the " + (everywhere ? "ClusterRole" : "Role") +
         " of the chart (charts/mooring) or of manifests/install.yaml; look at what is granted "
         "with kubectl auth can-i --list" +
         (everywhere ? "" : " -n " + scope.namespace_);
}

Result<void> check(
    kube::RestClient& client,
    const std::string& namespace_,
    const std::vector<Permission>& needed,
    Greeting greeting
) {
  for (const Permission& permission : needed) {
    for (const std::string& verb : permission.verbs) {
      const Scope scope{permission.kind, namespace_, ""};
      const auto allowed = client.may(verb, scope, permission.subresource);
      if (!allowed) {
        if (greeting == Greeting::forbidden) {
          return fail(
              Errc::forbidden, missing({std::string(api::server_kind), "", {}}, scope, "list")
          );
        }
        // Who may not even ask is told by the first request that is refused.
        log::debug("permissions cannot be asked for", {{"error", allowed.error().message}});
        return {};
      }
      if (!*allowed) {
        return fail(Errc::forbidden, missing(permission, scope, verb));
      }
    }
  }
  return {};
}

// Helm refuses later to change what somebody else has set.
constexpr const char* how_to_bring_it =
    ": upgrade the chart, or where Helm is not used kubectl apply -f crds/";

}  // namespace

std::string trouble_with_kind(const kube::Failure& failure) {
  if (failure.code == Errc::not_found) {
    return "the cluster has no McpServer kind" + std::string(how_to_bring_it);
  }
  const bool is_unknown_selector =
      failure.code == Errc::invalid &&
      failure.message.find("field label not supported") != std::string::npos;
  return is_unknown_selector ? "the cluster's McpServer kind is older than this operator, or its "
                               "Kubernetes older than 1.31" +
                                   std::string(how_to_bring_it)
                             : "";
}

const std::vector<Permission>& permissions() {
  static const std::vector<Permission> needed = [] {
    const std::vector<std::string> all = {"get", "list", "watch", "create", "patch", "delete"};
    return std::vector<Permission>{
        {"McpServer", "", {"get", "list", "watch"}},
        {"McpServer", "status", {"patch"}},
        {"Deployment", "", all},
        {"Service", "", all},
        {"ConfigMap", "", all},
        {"ServiceAccount", "", all},
        {"PodDisruptionBudget", "", all},
        {"HorizontalPodAutoscaler", "", all},
        {"NetworkPolicy", "", all},
        {"Ingress", "", all},
        {"HTTPRoute", "", all},
        {"PodMonitor", "", all},
        {"PrometheusRule", "", all},
        {"Secret", "", {"get", "create", "patch", "delete"}},
        {"Pod", "", {"get", "list", "watch"}},
        {"Event", "", {"create", "patch"}},
    };
  }();
  return needed;
}

Result<void> preflight(
    kube::RestClient& client, const PreflightOptions& options, const Wait& wait
) {
  MOORING_TRY(const Greeting greeting, wait_for_server(client, options, wait));
  if (greeting == Greeting::none_as_asked_to_end) {
    return {};
  }
  const std::vector<std::string> all = {""};
  for (const std::string& namespace_ : options.namespaces.empty() ? all : options.namespaces) {
    if (auto allowed = check(client, namespace_, permissions(), greeting); !allowed) {
      return allowed;
    }
  }
  if (!options.lease_namespace.empty()) {
    // Reading and updating may be granted for the one name only, which cannot be asked for here.
    return check(client, options.lease_namespace, {{"Lease", "", {"create"}}}, greeting);
  }
  return {};
}

}  // namespace mooring::loop
