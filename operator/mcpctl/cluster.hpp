// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/kube/rest_client.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mooring::mcpctl {

struct ClusterOptions {
  std::string kubeconfig;  ///< else KUBECONFIG, the pod's service account, ~/.kube/config
  std::string namespace_;  ///< else the resource's, or that of the credentials
};

/// An API server that we may ask, as the operator does.
struct Cluster {
  std::unique_ptr<kube::RestClient> client;
  std::string server;      ///< https://…
  std::string origin;      ///< where the credentials are from
  std::string namespace_;  ///< never empty
};

/// Nothing is asked yet.
Result<Cluster> open_cluster(const ClusterOptions& options);

/// The operator as it was installed in the cluster.
struct Installed {
  api::Object deployment;
  std::string server_image;             ///< of McpServers that name none; empty: not known
  std::string version;                  ///< of the operator; empty: not known
  std::string user;                     ///< as the API server knows it
  std::vector<std::string> namespaces;  ///< that it serves; empty: all
  std::string controller_name;          ///< of the McpServers that it serves; empty: those without

  bool serves(const api::Object& server) const;
};

/// Those of the chart and of manifests/install.yaml. Whoever may not look everywhere looks into
/// the namespace of the documentation.
kube::Answer<std::vector<Installed>> find_operators(Cluster& cluster);

/// All objects of a list, page by page.
kube::Answer<std::vector<api::Object>> list_all(Cluster& cluster, const kube::Scope& scope);

/// Whether the API server has this kind at all.
kube::Answer<bool> has_kind(Cluster& cluster, const std::string& kind);

/// The failure with what to do about it, where we know.
std::string advised(const kube::Failure& failure);

}  // namespace mooring::mcpctl
