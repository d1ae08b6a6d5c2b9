// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "operator/kube/exec_plugin.hpp"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::kube {

/// Something secret or rotated: its text, or the file it is read from at each use.
struct Material {
  std::string text;
  std::string file;

  bool is_set() const { return !text.empty() || !file.empty(); }

  /// Errors name the file and the cause.
  Result<std::string> read() const;
  bool operator==(const Material&) const = default;
};

/// Where the API server is and who we are to it.
struct Connection {
  std::string server;  ///< https://host:port, possibly with a path
  Material ca;         ///< none: the system's
  Material certificate;
  Material key;
  Material token;
  std::optional<ExecPlugin> plugin;        ///< gives what `token`, or `certificate` and `key`, hold
  std::optional<time::Timestamp> expires;  ///< of what it gave
  bool insecure = false;                   ///< the server's certificate is not checked
  std::string namespace_;                  ///< the one that the credentials belong to; may be empty
  std::string origin;  ///< for messages, e.g. `kubeconfig /root/.kube/config (context admin)`

  bool operator==(const Connection&) const = default;
};

/// An environment variable, or nothing if it is not set.
using Environment = std::function<std::optional<std::string>(const char*)>;

/// `flag`, else the files of KUBECONFIG, else the pod's service account, else ~/.kube/config. Runs
/// the user's plugin, if there is one.
Result<Connection> find_connection(const std::string& flag, const Environment& environment);

/// The current context of these files, merged: of two things of one name, the first counts.
/// Relative paths are relative to the file they stand in.
Result<Connection> from_kubeconfig(const std::vector<std::string>& paths);

/// `directory` holds token, ca.crt and namespace.
Result<Connection> in_cluster(
    const std::string& directory, const std::string& host, const std::string& port
);

/// The current bearer token. Bound service account tokens live for about an hour and are replaced
/// in their file, so the file is read again every minute. A plugin is run again when its token is
/// at its end or was refused, every ten seconds at most. Thread-safe.
class TokenSource {
 public:
  explicit TokenSource(const Connection& connection);

  /// Empty if there is none.
  std::string current(std::chrono::steady_clock::time_point now);
  /// It was refused: the next call reads it again.
  void invalidate();

 private:
  using Time = std::chrono::steady_clock::time_point;

  void run_plugin(Time now);
  void expire(std::optional<time::Timestamp> at, Time now);

  std::mutex mutex_;
  Material material_;
  std::optional<ExecPlugin> plugin_;
  bool has_certificate_;
  std::string token_;
  std::optional<Time> until_;    ///< of the plugin's token
  std::optional<Time> read_at_;  ///< or the plugin was run
  bool is_refused_ = false;
};

}  // namespace mooring::kube
