// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/kube/rest_client.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace mooring::loop {

/// A thing the operator must be allowed to do.
struct Permission {
  std::string kind;
  std::string subresource;
  std::vector<std::string> verbs;
};

/// Where McpServers are served.
const std::vector<Permission>& permissions();

struct PreflightOptions {
  std::vector<std::string> namespaces;  ///< empty: all
  std::string controller_name;          ///< of the McpServers that are served
  std::string lease_namespace;          ///< empty: no lease is held
  std::chrono::milliseconds patience{60'000};
  std::chrono::milliseconds retry{2'000};
};

/// What is wrong with the kind McpServer itself where its objects cannot be listed, and what to do;
/// empty for every other failure.
std::string trouble_with_kind(const kube::Failure& failure);

/// Before anything is started: waits for the API server, then for the CRD (for as long as it
/// takes), and checks what we are allowed to do. Errors are one line with what to do. `wait`
/// returns false when the program is to end, which ends this with success.
Result<void> preflight(
    kube::RestClient& client,
    const PreflightOptions& options,
    const std::function<bool(std::chrono::milliseconds)>& wait
);

}  // namespace mooring::loop
