// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/cluster.hpp"

#include "core/log/log.hpp"
#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/mcp_server.hpp"

#include <algorithm>
#include <cstdlib>

namespace mooring::mcpctl {
namespace {

using namespace std::chrono_literals;
using kube::Answer;

// A person waits for it.
constexpr auto patience = 10s;
constexpr const char* usual_namespace = "mooring-system";
constexpr const char* operator_selector =
    "app.kubernetes.io/part-of=mooring,app.kubernetes.io/component=operator";
constexpr int page_size = 500;

std::optional<std::string> argument(const api::Object& deployment, const std::string& flag) {
  for (const auto& container : deployment.at({"spec", "template", "spec", "containers"})) {
    for (const auto& word : api::value_at(container, {"args"})) {
      if (word.is_string() && word.get_ref<const std::string&>().starts_with(flag + "=")) {
        return word.get<std::string>().substr(flag.size() + 1);
      }
    }
  }
  return std::nullopt;
}

Installed read(api::Object deployment) {
  Installed found;
  found.server_image = argument(deployment, "--server-image").value_or("");
  found.version = deployment.label("app.kubernetes.io/version");
  const std::string account =
      api::text_at(deployment.body(), {"spec", "template", "spec", "serviceAccountName"});
  found.user = "system:serviceaccount:" + deployment.namespace_() + ":" +
               (account.empty() ? "default" : account);
  const std::string list = argument(deployment, "--watch-namespaces").value_or("");
  for (const std::string_view name : text::split(list, ',')) {
    if (!text::trim(name).empty()) {
      found.namespaces.emplace_back(text::trim(name));
    }
  }
  found.controller_name = argument(deployment, "--controller-name").value_or("");
  found.deployment = std::move(deployment);
  return found;
}

}  // namespace

Result<Cluster> open_cluster(const ClusterOptions& options) {
  // Warnings of the API server are for who runs the operator; here they would only disturb.
  log::configure(log::Level::error, log::Format::text);
  MOORING_TRY(
      const kube::Connection connection,
      kube::find_connection(
          options.kubeconfig,
          [](const char* name) -> std::optional<std::string> {
            const char* value = std::getenv(name);
            return value == nullptr ? std::nullopt : std::optional<std::string>(value);
          }
      )
  );
  kube::RestOptions how;
  how.user_agent = std::string("mcpctl/") + MOORING_VERSION;
  how.timeout = patience;
  Cluster cluster;
  MOORING_TRY(cluster.client, kube::RestClient::open(connection, how));
  cluster.server = connection.server;
  cluster.origin = connection.origin;
  cluster.namespace_ = !options.namespace_.empty() ? options.namespace_ : connection.namespace_;
  if (cluster.namespace_.empty()) {
    cluster.namespace_ = "default";
  }
  return cluster;
}

bool Installed::serves(const api::Object& server) const {
  const bool is_watched =
      namespaces.empty() ||
      std::find(namespaces.begin(), namespaces.end(), server.namespace_()) != namespaces.end();
  return is_watched && controller_name == api::controller_name(server);
}

Answer<std::vector<Installed>> find_operators(Cluster& cluster) {
  auto deployments = list_all(cluster, {"Deployment", "", operator_selector});
  const auto is_forbidden = [&] {
    return !deployments && deployments.error().code == Errc::forbidden;
  };
  if (is_forbidden()) {
    deployments = list_all(cluster, {"Deployment", usual_namespace, operator_selector});
  }
  if (is_forbidden()) {
    // That there is none here says nothing of elsewhere.
    auto here = list_all(cluster, {"Deployment", cluster.namespace_, operator_selector});
    if (here && !here->empty()) {
      deployments = std::move(here);
    }
  }
  MOORING_TRY(const auto found, std::move(deployments));
  std::vector<Installed> operators;
  for (const api::Object& deployment : found) {
    operators.push_back(read(deployment));
  }
  return operators;
}

Answer<std::vector<api::Object>> list_all(Cluster& cluster, const kube::Scope& scope) {
  std::vector<api::Object> objects;
  kube::ListQuery query{"", "", page_size};
  do {
    MOORING_TRY(kube::ListPage page, cluster.client->list(scope, query));
    for (auto& item : page.items) {
      objects.emplace_back(std::move(item));
    }
    query.continue_token = page.continue_token;
  } while (!query.continue_token.empty());
  return objects;
}

Answer<bool> has_kind(Cluster& cluster, const std::string& kind) {
  const api::Kind* known = api::find_kind(kind);
  if (known == nullptr) {
    return false;
  }
  const auto page = cluster.client->page(std::string(known->path_prefix));
  if (!page && page.error().code != Errc::not_found) {
    return tl::unexpected(page.error());
  }
  return page && page->find("\"kind\":\"" + kind + "\"") != std::string::npos;
}

std::string advised(const kube::Failure& failure) {
  const auto says = [&](std::string_view words) {
    return failure.message.find(words) != std::string::npos;
  };
  // Of a group that it has not, the API server answers with no Status.
  if (failure.code == Errc::not_found &&
      (failure.reason.empty() || says("could not find the requested resource"))) {
    return failure.message +
           "; the cluster has no McpServer kind: install the chart, or kubectl apply -f crds/";
  }
  if (failure.code == Errc::not_found && kube::is_namespace_going(failure)) {
    return failure.message + "; make it with kubectl create namespace, or name another with -n";
  }
  if (failure.code == Errc::unauthenticated) {
    return failure.message + "; the credentials are not accepted (expired?): get new ones";
  }
  return failure.message;
}

}  // namespace mooring::mcpctl
