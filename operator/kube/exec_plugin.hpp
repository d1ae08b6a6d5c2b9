// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "core/time/rfc3339.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace mooring::kube {

/// A program that gives credentials (`exec` of a kubeconfig's user), as cloud providers have it:
/// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
struct ExecPlugin {
  std::string api_version;
  std::vector<std::string> command;  ///< with its arguments
  std::map<std::string, std::string> environment;
  std::string install_hint;
  bool wants_cluster = false;  ///< to be told of it (`provideClusterInfo`)
  nlohmann::json cluster;      ///< what it is told then
  bool may_ask = true;  ///< whether it may talk to the user, if there is one (`interactiveMode`)
  bool must_ask = false;
  std::string origin;  ///< for messages

  bool operator==(const ExecPlugin&) const = default;
};

/// What such a program gave: a token, or a certificate and its key, or both.
struct ExecCredential {
  std::string token;
  std::string certificate;
  std::string key;
  std::optional<time::Timestamp> expires;
};

/// `origin` and `folder` are of the kubeconfig: a command with a slash is relative to it. Errors
/// name the field, what it is and what is allowed.
Result<ExecPlugin> read_exec_plugin(
    const nlohmann::json& exec, const std::string& origin, const std::string& folder
);

/// Runs it to its end, a minute at most; ten where it may ask the user of this terminal. What it
/// says on stderr goes to ours.
Result<ExecCredential> run(const ExecPlugin& plugin, bool has_terminal);

}  // namespace mooring::kube
