// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "core/text/ascii.hpp"
#include "core/text/encoding.hpp"
#include "operator/kube/connection.hpp"

#include <filesystem>

namespace mooring::kube {
namespace {

using nlohmann::json;

/// An entry of `clusters`, `users` or `contexts`, and the file it stands in.
struct Entry {
  json body;
  std::filesystem::path file;

  std::string text(const char* key) const {
    const auto found = body.find(key);
    return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
  }
};

struct File {
  json body;
  std::filesystem::path path;
};

std::string name_of(const json& entry) {
  const auto found = entry.find("name");
  return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Result<Entry> find(
    const std::vector<File>& files, const char* list, const char* member, const std::string& name
) {
  for (const File& file : files) {
    const auto entries = file.body.find(list);
    if (entries == file.body.end() || !entries->is_array()) {
      continue;
    }
    for (const json& entry : *entries) {
      if (entry.is_object() && name_of(entry) == name && entry.contains(member) &&
          entry[member].is_object()) {
        return Entry{entry[member], file.path};
      }
    }
  }
  return fail(
      Errc::invalid,
      "kubeconfig " + files.front().path.string() + ": " + list + " has no entry " +
          text::quoted(name)
  );
}

/// `<key>-data` (base64) wins over `<key>` (a path), as kubectl has it.
Result<Material> material(const Entry& entry, const std::string& key) {
  Material found;
  if (const std::string data = entry.text((key + "-data").c_str()); !data.empty()) {
    const auto decoded = text::from_base64(data);
    if (!decoded) {
      return fail(
          Errc::invalid, "kubeconfig " + entry.file.string() + ": " + key + "-data is not base64"
      );
    }
    found.text = *decoded;
    return found;
  }
  if (const std::string path = entry.text(key.c_str()); !path.empty()) {
    found.file = (entry.file.parent_path() / path).string();
  }
  return found;
}

Result<void> refuse_unsupported(const Entry& user, const std::string& name) {
  const std::pair<const char*, const char*> refused[] = {
      {"auth-provider", "an auth provider"},
      {"username", "a password"},
      {"as", "impersonation"},
      {"as-groups", "impersonation"},
  };
  for (const auto& [key, what] : refused) {
    if (user.body.contains(key)) {
      return fail(
          Errc::invalid,
          "kubeconfig " + user.file.string() + ": user " + text::quoted(name) + " uses " + what +
              " (" + key +
              "), which is not supported; use a user with a token, a client "
              "certificate or a credential plugin (exec), e.g. the token of a service account: "
              "kubectl "
              "create token NAME"
      );
    }
  }
  return {};
}

Result<void> read_cluster(const Entry& cluster, const std::string& name, Connection& connection) {
  connection.server = cluster.text("server");
  if (!connection.server.starts_with("https://") && !connection.server.starts_with("http://")) {
    return fail(
        Errc::invalid,
        "kubeconfig " + cluster.file.string() + ": server of cluster " + text::quoted(name) +
            " is " + text::quoted(connection.server) + ", must be an https:// URL"
    );
  }
  for (const char* key : {"proxy-url", "tls-server-name"}) {
    if (!cluster.text(key).empty()) {
      return fail(
          Errc::invalid,
          "kubeconfig " + cluster.file.string() + ": cluster " + text::quoted(name) + " sets " +
              key + ", which is not supported"
      );
    }
  }
  MOORING_TRY(connection.ca, material(cluster, "certificate-authority"));
  const auto insecure = cluster.body.find("insecure-skip-tls-verify");
  connection.insecure = insecure != cluster.body.end() && insecure->is_boolean() && *insecure;
  return {};
}

Result<void> read_user(const Entry& user, const std::string& name, Connection& connection) {
  if (auto supported = refuse_unsupported(user, name); !supported) {
    return supported;
  }
  MOORING_TRY(connection.certificate, material(user, "client-certificate"));
  MOORING_TRY(connection.key, material(user, "client-key"));
  connection.token.text = user.text("token");
  if (const std::string file = user.text("tokenFile"); !file.empty()) {
    connection.token = {"", (user.file.parent_path() / file).string()};
  }
  // As in kubectl: who has a token needs no plugin.
  if (const auto exec = user.body.find("exec");
      exec != user.body.end() && !connection.token.is_set()) {
    const std::string origin = "kubeconfig " + user.file.string() + ": user " + text::quoted(name);
    MOORING_TRY(connection.plugin, read_exec_plugin(*exec, origin, user.file.parent_path()));
  }
  return {};
}

/// What a plugin is told of the cluster, if its user wants so (`provideClusterInfo`).
json cluster_info(const Entry& cluster, const Connection& connection) {
  json told = {{"server", connection.server}, {"insecure-skip-tls-verify", connection.insecure}};
  if (const auto ca = connection.ca.read(); ca && !ca->empty()) {
    told["certificate-authority-data"] = text::base64(*ca);
  }
  for (const json& extension : cluster.body.value("extensions", json::array())) {
    if (extension.is_object() && name_of(extension) == "client.authentication.k8s.io/exec") {
      told["config"] = extension.value("extension", json());
    }
  }
  return told;
}

Result<File> load(const std::string& path) {
  const std::filesystem::path absolute = std::filesystem::absolute(path);
  const auto text = Material{"", absolute.string()}.read();
  if (!text) {
    return fail(Errc::invalid, text.error().message);
  }
  auto body = mooring::json::parse_yaml(*text);
  if (!body) {
    return fail(Errc::invalid, "kubeconfig " + path + ": " + body.error().message);
  }
  if (!body->is_object()) {
    return fail(Errc::invalid, "kubeconfig " + path + ": must be a mapping with kind: Config");
  }
  return File{std::move(*body), absolute};
}

}  // namespace

Result<Connection> from_kubeconfig(const std::vector<std::string>& paths) {
  std::vector<File> files;
  std::string current;
  for (const std::string& path : paths) {
    MOORING_TRY(File file, load(path));
    if (const auto named = file.body.find("current-context");
        current.empty() && named != file.body.end() && named->is_string()) {
      current = *named;
    }
    files.push_back(std::move(file));
  }
  if (current.empty()) {
    return fail(
        Errc::invalid,
        "kubeconfig " + paths.front() +
            ": no current-context; choose one: kubectl config use-context NAME"
    );
  }
  MOORING_TRY(const Entry context, find(files, "contexts", "context", current));
  MOORING_TRY(const Entry cluster, find(files, "clusters", "cluster", context.text("cluster")));
  MOORING_TRY(const Entry user, find(files, "users", "user", context.text("user")));

  Connection connection;
  connection.namespace_ = context.text("namespace");
  connection.origin = "kubeconfig " + context.file.string() + " (context " + current + ")";
  if (auto read = read_cluster(cluster, context.text("cluster"), connection); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_user(user, context.text("user"), connection); !read) {
    return tl::unexpected(read.error());
  }
  if (connection.plugin && connection.plugin->wants_cluster) {
    connection.plugin->cluster = cluster_info(cluster, connection);
  }
  return connection;
}

}  // namespace mooring::kube
