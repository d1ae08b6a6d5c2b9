// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/connection.hpp"

#include "core/log/log.hpp"
#include "core/text/ascii.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;

constexpr auto token_lifetime = 60s;
constexpr auto between_runs = 10s;
constexpr const char* service_account = "/var/run/secrets/kubernetes.io/serviceaccount";

Result<Connection> no_cluster() {
  return fail(
      Errc::unavailable,
      "no cluster to work for: not in a pod, KUBECONFIG is not set and ~/.kube/config is not "
      "there; pass --kubeconfig FILE or set KUBECONFIG"
  );
}

}  // namespace

Result<std::string> Material::read() const {
  if (file.empty()) {
    return text;
  }
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.good() && !stream.eof()) {
    return fail(Errc::unavailable, "cannot read " + file + ": " + std::strerror(errno));
  }
  return content;
}

Result<Connection> in_cluster(
    const std::string& directory, const std::string& host, const std::string& port
) {
  Connection connection;
  const bool ipv6 = host.find(':') != std::string::npos;
  connection.server = "https://" + (ipv6 ? "[" + host + "]" : host) + ":" + port;
  connection.ca.file = directory + "/ca.crt";
  connection.token.file = directory + "/token";
  connection.origin = "the pod's service account";
  // Both are read again while running; that they can be read is settled now.
  MOORING_TRY(const std::string ca, connection.ca.read());
  MOORING_TRY(const std::string token, connection.token.read());
  if (ca.empty() || token.empty()) {
    return fail(
        Errc::unavailable,
        "the service account of this pod has no token or CA in " + directory +
            ": set automountServiceAccountToken: true"
    );
  }
  const Material namespace_file{"", directory + "/namespace"};
  connection.namespace_ = text::trim(namespace_file.read().value_or(""));
  return connection;
}

namespace {

Result<Connection> choose_connection(const std::string& flag, const Environment& environment) {
  if (!flag.empty()) {
    return from_kubeconfig({flag});
  }
  if (const auto list = environment("KUBECONFIG"); list && !list->empty()) {
    std::vector<std::string> files;
    for (const std::string_view file : text::split(*list, ':')) {
      // As kubectl does: entries of the list that are not there are passed over.
      if (!file.empty() && std::filesystem::exists(file)) {
        files.emplace_back(file);
      }
    }
    if (files.empty()) {
      return fail(
          Errc::invalid, "KUBECONFIG is " + text::quoted(*list) + ", but no such file is there"
      );
    }
    return from_kubeconfig(files);
  }
  const auto host = environment("KUBERNETES_SERVICE_HOST");
  const auto port = environment("KUBERNETES_SERVICE_PORT");
  if (host && port) {
    return in_cluster(service_account, *host, *port);
  }
  if (const auto home = environment("HOME")) {
    const std::string file = *home + "/.kube/config";
    if (std::filesystem::exists(file)) {
      return from_kubeconfig({file});
    }
  }
  return no_cluster();
}

}  // namespace

Result<Connection> find_connection(const std::string& flag, const Environment& environment) {
  MOORING_TRY(Connection connection, choose_connection(flag, environment));
  if (connection.plugin) {
    MOORING_TRY(ExecCredential given, run(*connection.plugin, isatty(STDIN_FILENO) == 1));
    connection.token = {std::move(given.token), ""};
    connection.expires = given.expires;
    if (!given.certificate.empty()) {
      connection.certificate = {std::move(given.certificate), ""};
      connection.key = {std::move(given.key), ""};
    }
  }
  return connection;
}

TokenSource::TokenSource(const Connection& connection)
    : material_(connection.token),
      plugin_(connection.plugin),
      has_certificate_(connection.certificate.is_set()) {
  if (plugin_) {
    const auto now = std::chrono::steady_clock::now();
    token_ = material_.text;
    read_at_ = now;
    expire(connection.expires, now);
  }
}

std::string TokenSource::current(std::chrono::steady_clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (plugin_) {
    const bool is_wanted = is_refused_ || (until_ && now >= *until_);
    if (is_wanted && now - *read_at_ >= between_runs) {
      run_plugin(now);
    }
    return token_;
  }
  if (!material_.is_set()) {
    return {};
  }
  if (!read_at_ || is_refused_ || now - *read_at_ >= token_lifetime) {
    // While the file is being replaced it may be missing for a moment: the old one goes on.
    if (auto token = material_.read(); token && !token->empty()) {
      token_ = text::trim(*token);
    }
    read_at_ = now;
    is_refused_ = false;
  }
  return token_;
}

// What the user may be asked was asked at the start.
void TokenSource::run_plugin(Time now) {
  read_at_ = now;
  is_refused_ = false;
  if (has_certificate_) {
    log::error("the client certificate may be over", {{"advice", "start again to get another"}});
    return;
  }
  const auto given = run(*plugin_, false);
  if (!given) {
    log::warn("no new credentials", {{"error", given.error().message}});
    return;
  }
  token_ = given->token;
  expire(given->expires, now);
}

void TokenSource::expire(std::optional<time::Timestamp> at, Time now) {
  until_.reset();
  if (at) {
    until_ =
        now + std::chrono::duration_cast<Time::duration>(*at - std::chrono::system_clock::now());
  }
}

void TokenSource::invalidate() {
  const std::lock_guard lock(mutex_);
  is_refused_ = true;
}

}  // namespace mooring::kube
