// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/connection.hpp"
#include "tests/operator/kube/folder.hpp"

#include <doctest/doctest.h>

namespace mooring::kube {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr const char* v1 = "client.authentication.k8s.io/v1";

std::string credential(const std::string& status) {
  return R"({"apiVersion":")" + std::string(v1) + R"(","kind":"ExecCredential","status":)" +
         status + "}";
}

/// A program in the kubeconfig's folder, and a kubeconfig with a user that calls it.
class Plugin {
 public:
  explicit Plugin(const std::string& script) {
    const std::string file = folder.write("plugin", "#!/bin/sh\n" + script);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }

  Result<Connection> connect(const json& more = json::object()) const {
    json exec = {{"apiVersion", v1}, {"command", "./plugin"}, {"interactiveMode", "Never"}};
    exec.update(more);
    const json config = {
        {"current-context", "c"},
        {"contexts", {{{"name", "c"}, {"context", {{"cluster", "k"}, {"user", "u"}}}}}},
        {"clusters",
         {{{"name", "k"},
           {"cluster",
            {{"server", "https://k:6443"},
             {"certificate-authority-data", "Q0E="},
             {"extensions",
              {{{"name", "client.authentication.k8s.io/exec"},
                {"extension", {{"region", "north"}}}}}}}}}}},
        {"users", {{{"name", "u"}, {"user", {{"exec", exec}}}}}}};
    return find_connection(folder.write("config", config.dump()), [](const char*) {
      return std::nullopt;
    });
  }

  std::string refusal(const json& more = json::object()) const {
    const auto connection = connect(more);
    REQUIRE_FALSE(connection);
    return connection.error().message;
  }

  Folder folder;
};

}  // namespace

TEST_CASE("plugin: gives a token, knowing its arguments, variables and what is asked") {
  const Plugin plugin(
      R"(printf '%s' "$KUBERNETES_EXEC_INFO" > "$(dirname "$0")/info"
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'"$1-$WHO"'"}}')"
  );

  const auto connection = plugin.connect(
      {{"args", {"a b"}},
       {"env", {{{"name", "WHO"}, {"value", "me"}}}},
       {"provideClusterInfo", true}}
  );

  REQUIRE(connection);
  CHECK(connection->token.text == "a b-me");
  CHECK(
      json::parse(*Material{"", plugin.folder.path("info")}.read()) ==
      json::parse(R"({"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential",
        "spec":{"interactive":false,"cluster":{"server":"https://k:6443",
          "certificate-authority-data":"Q0E=","insecure-skip-tls-verify":false,
          "config":{"region":"north"}}}})")
  );
}

TEST_CASE("plugin: gives a certificate") {
  const Plugin plugin(
      "echo '" + credential(R"({"clientCertificateData":"CERT","clientKeyData":"KEY"})") + "'"
  );

  const auto connection = plugin.connect();

  REQUIRE(connection);
  CHECK(connection->certificate == Material{"CERT", ""});
  CHECK(connection->key == Material{"KEY", ""});
  CHECK_FALSE(connection->token.is_set());
}

TEST_CASE("plugin: is run again when its token is over or was refused, and not over and over") {
  const std::string in_an_hour = time::print_rfc3339(std::chrono::system_clock::now() + 1h);
  const Plugin plugin(
      R"(echo x >> "$(dirname "$0")/runs"
n=$(wc -l < "$(dirname "$0")/runs")
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"t'$n'","expirationTimestamp":")" +
      in_an_hour + "\"}}'"
  );
  TokenSource tokens(*plugin.connect());
  const auto began = Clock::now();

  CHECK(tokens.current(began + 59min) == "t1");
  CHECK(tokens.current(began + 61min) == "t2");
  CHECK(tokens.current(began + 62min) == "t2");
  tokens.invalidate();
  CHECK(tokens.current(began + 63min) == "t3");
  tokens.invalidate();
  CHECK(tokens.current(began + 63min + 9s) == "t3");
  CHECK(tokens.current(began + 63min + 10s) == "t4");
  std::filesystem::remove(plugin.folder.path("plugin"));
  tokens.invalidate();
  CHECK(tokens.current(began + 70min) == "t4");
}

TEST_CASE("plugin: one that gave a certificate is not run again, for it would not be used") {
  const Plugin plugin(
      "echo x >> \"$(dirname \"$0\")/runs\"; echo '" +
      credential(R"({"clientCertificateData":"CERT","clientKeyData":"KEY"})") + "'"
  );
  TokenSource tokens(*plugin.connect());

  tokens.invalidate();
  CHECK(tokens.current(Clock::now() + 1h).empty());
  CHECK(*Material{"", plugin.folder.path("runs")}.read() == "x\n");
}

TEST_CASE("plugin: knows whether it may ask, and pipes of its own end as usual") {
  const Plugin plugin(
      R"(case "$KUBERNETES_EXEC_INFO" in *'"interactive":true'*) asks=yes;; *) asks=no;; esac
yes | head -n 1 > /dev/null
echo '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"'$asks'"}}')"
  );
  const auto token = [&](const char* mode, bool has_terminal) {
    ExecPlugin read = *plugin.connect({{"interactiveMode", mode}})->plugin;
    return run(read, has_terminal)->token;
  };

  CHECK(token("Never", true) == "no");
  CHECK(token("IfAvailable", true) == "yes");
  CHECK(token("IfAvailable", false) == "no");
}

TEST_CASE("plugin: who has a token needs none") {
  const Folder folder;
  const std::string config = folder.write("config", R"({current-context: c,
    contexts: [{name: c, context: {cluster: k, user: u}}],
    clusters: [{name: k, cluster: {server: "https://k"}}],
    users: [{name: u, user: {token: mine, exec: {apiVersion: x, command: no-such-program}}}]})");

  CHECK(from_kubeconfig({config})->token.text == "mine");
  CHECK_FALSE(from_kubeconfig({config})->plugin);
}

TEST_CASE("plugin: what is wrong with it is told with field, value and remedy") {
  const Plugin good("echo '" + credential(R"({"token":"t"})") + "'");
  const auto says = [](const std::string& message, const std::string& part) {
    CAPTURE(message);
    CHECK(message.find("user \"u\": exec." + part) != std::string::npos);
  };
  says(good.refusal({{"apiVersion", "v1"}}), "apiVersion: is \"v1\", must be client.auth");
  says(good.refusal({{"command", ""}}), "command: is missing");
  says(good.refusal({{"args", "x"}}), "args: must be a list of strings");
  says(good.refusal({{"args", {1}}}), "args: holds 1, must be a list of strings");
  says(good.refusal({{"env", {{{"value", "x"}}}}}), "env: holds an entry without a name");
  says(good.refusal({{"interactiveMode", "Yes"}}), "interactiveMode: is \"Yes\", must be Never");
  says(good.refusal({{"interactiveMode", 1}}), "interactiveMode: is \"1\", must be Never");
  says(
      good.refusal({{"provideClusterInfo", "yes"}}), "provideClusterInfo: is \"yes\", must be true"
  );
  says(
      good.refusal({{"env", {{{"name", "X"}, {"value", 5}}}}}),
      "env: the value of X is missing or no string"
  );
  ExecPlugin asking = *good.connect()->plugin;
  asking.must_ask = true;
  CHECK(run(asking, false).error().message.find("there is no terminal") != std::string::npos);
  says(
      good.refusal({{"command", "no-such-plugin"}, {"installHint", "Get it at x.\n"}}),
      "command: cannot run \"no-such-plugin\": No such file or directory; Get it at x."
  );
  says(
      good.refusal({{"apiVersion", "client.authentication.k8s.io/v1beta1"}}),
      "command: " + good.folder.path("./plugin") + " answers in apiVersion \"client.auth"
  );
  says(Plugin("exit 3").refusal(), "command: ");
  CHECK(Plugin("exit 3").refusal().find(" ended with 3; what it said") != std::string::npos);
  CHECK(Plugin("kill -9 $$").refusal().find(" was ended by signal 9") != std::string::npos);
  CHECK(Plugin("echo hello").refusal().find(" printed no ExecCredential") != std::string::npos);
  CHECK(
      Plugin("echo '" + credential("{}") + "'").refusal().find(" gave neither a token nor") !=
      std::string::npos
  );
  CHECK(
      Plugin("echo '" + credential(R"({"clientKeyData":"K"})") + "'")
          .refusal()
          .find(" gave only") != std::string::npos
  );
  CHECK(Plugin("cat /dev/zero").refusal().find(" printed more than a mebi") != std::string::npos);
  const std::string timeless = credential(R"({"token":"t","expirationTimestamp":"soon"})");
  CHECK(Plugin("echo '" + timeless + "'").refusal().find(" gave an expir") != std::string::npos);
}

}  // namespace mooring::kube
