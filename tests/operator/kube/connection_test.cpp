// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/connection.hpp"

#include "tests/operator/kube/folder.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <map>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const char* name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

constexpr const char* admin = R"(
apiVersion: v1
kind: Config
current-context: admin@home
contexts:
- {name: admin@home, context: {cluster: home, user: admin, namespace: tools}}
clusters:
- name: home
  cluster: {server: "https://10.0.0.1:6443", certificate-authority: pki/ca.crt}
users:
- name: admin
  user: {client-certificate-data: Y2VydA==, client-key: /etc/key.pem}
)";

std::string with_user(const std::string& user) {
  return R"(
current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {server: "https://k:6443"}}]
users: [{name: u, user: )" +
         user + "}]\n";
}

TEST_CASE("kubeconfig: inline data, absolute and relative files") {
  const Folder folder;
  const std::string file = folder.write("config", admin);

  const auto connection = from_kubeconfig({file});

  REQUIRE(connection);
  CHECK(connection->server == "https://10.0.0.1:6443");
  CHECK(connection->namespace_ == "tools");
  CHECK(connection->ca == Material{"", folder.path("pki/ca.crt")});
  CHECK(connection->certificate == Material{"cert", ""});
  CHECK(connection->key == Material{"", "/etc/key.pem"});
  CHECK(connection->origin == "kubeconfig " + file + " (context admin@home)");
}

TEST_CASE("kubeconfig: of several files the first that names a thing counts") {
  const Folder folder;
  const std::string first = folder.write("a", "current-context: admin@home\n");
  const std::string second = folder.write("b", admin);
  const std::string third =
      folder.write("c", "clusters: [{name: home, cluster: {server: \"https://elsewhere\"}}]\n");
  const std::string list = first + ":" + folder.path("absent") + "::" + second + ":" + third;

  const auto connection = find_connection("", environment({{"KUBECONFIG", list}}));

  REQUIRE(connection);
  CHECK(connection->server == "https://10.0.0.1:6443");
}

TEST_CASE("kubeconfig: tokens by text and by file") {
  const Folder folder;

  CHECK(from_kubeconfig({folder.write("a", with_user("{token: abc}"))})->token.text == "abc");
  CHECK(
      from_kubeconfig({folder.write("b", with_user("{token: abc, tokenFile: t}"))})->token ==
      Material{"", folder.path("t")}
  );
}

TEST_CASE("kubeconfig: what is wrong with it is told with file, name and remedy") {
  const Folder folder;

  struct Case {
    std::string text;
    std::string part;
  };

  const Case cases[] = {
      {"current-context: [", "kubeconfig "},
      {"[]", "must be a mapping"},
      {"contexts: []", "kubectl config use-context NAME"},
      {"current-context: x", "contexts has no entry \"x\""},
      {with_user("{exec: {command: aws}}"), "user \"u\": exec.apiVersion: is \"\", must be client"},
      {with_user("{auth-provider: {}}"), "an auth provider"},
      {with_user("{username: a, password: b}"), "a password"},
      {with_user("{as: root}"), "impersonation"},
      {with_user("{client-certificate-data: '%%'}"), "client-certificate-data is not base64"},
      {R"({current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}],
          clusters: [{name: k, cluster: {server: "k:6443"}}], users: [{name: u, user: {}}]})",
       "is \"k:6443\", must be an https:// URL"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    const auto connection = from_kubeconfig({folder.write("config", c.text)});
    REQUIRE_FALSE(connection);
    CAPTURE(connection.error().message);
    CHECK(connection.error().message.find(c.part) != std::string::npos);
  }
  CHECK(
      from_kubeconfig({folder.path("absent")}).error().message ==
      "cannot read " + folder.path("absent") + ": No such file or directory"
  );
}

TEST_CASE("connection: the flag wins, then KUBECONFIG, then the pod, then the home folder") {
  const Folder folder;
  const std::string flag = folder.write("flag", with_user("{token: flag}"));
  const std::string list = folder.write("list", with_user("{token: list}"));
  folder.write(".kube/config", with_user("{token: home}"));
  std::map<std::string, std::string> values{{"HOME", folder.path()}};

  CHECK(find_connection("", environment(values))->token.text == "home");
  values["KUBECONFIG"] = list;
  CHECK(find_connection("", environment(values))->token.text == "list");
  CHECK(find_connection(flag, environment(values))->token.text == "flag");
  CHECK(find_connection("", environment({})).error().code == Errc::unavailable);
}

TEST_CASE("connection: in a pod, an IPv6 host is bracketed and a missing token is explained") {
  const Folder folder;
  folder.write("token", "abc\n");
  folder.write("ca.crt", "-----BEGIN");
  folder.write("namespace", "mooring-system\n");

  const auto connection = in_cluster(folder.path(), "fd00::1", "443");

  REQUIRE(connection);
  CHECK(connection->server == "https://[fd00::1]:443");
  CHECK(connection->namespace_ == "mooring-system");
  folder.write("token", "");
  const auto without = in_cluster(folder.path(), "10.0.0.1", "443");
  REQUIRE_FALSE(without);
  CHECK(without.error().message.find("automountServiceAccountToken") != std::string::npos);
}

TEST_CASE("token: its file is read again after a minute, or at once when it was refused") {
  const Folder folder;
  const std::string file = folder.write("token", "one\n");
  Connection connection;
  connection.token.file = file;
  TokenSource tokens(connection);
  const std::chrono::steady_clock::time_point t0{1h};

  CHECK(tokens.current(t0) == "one");
  folder.write("token", "two");
  CHECK(tokens.current(t0 + 59s) == "one");
  CHECK(tokens.current(t0 + 60s) == "two");
  folder.write("token", "three");
  tokens.invalidate();
  CHECK(tokens.current(t0 + 61s) == "three");
  std::filesystem::remove(file);
  CHECK(tokens.current(t0 + 200s) == "three");
}

}  // namespace
}  // namespace mooring::kube
