// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_client.hpp"
#include "tests/component/object_server.hpp"
#include "tests/support/eventually.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <arpa/inet.h>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace mooring::tests {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

unsigned short free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  REQUIRE(::bind(socket, generic, length) == 0);
  REQUIRE(::getsockname(socket, generic, &length) == 0);
  ::close(socket);
  return ntohs(address.sin_port);
}

/// The program as a user starts it, with nothing in its environment, and what it says.
class Operator {
 public:
  explicit Operator(std::vector<std::string> arguments) {
    char pattern[] = "/tmp/mooring-operator-XXXXXX";
    REQUIRE(::mkdtemp(pattern) != nullptr);
    folder_ = pattern;
    arguments.insert(arguments.begin(), tests::in_build("operator/mcp-operator"));
    std::vector<char*> words;
    for (std::string& argument : arguments) {
      words.push_back(argument.data());
    }
    words.push_back(nullptr);
    const std::string errors = (folder_ / "stderr").string();
    pid_ = ::fork();
    if (pid_ == 0) {
      const int file = ::open(errors.c_str(), O_CREAT | O_WRONLY, 0600);
      ::dup2(file, STDOUT_FILENO);
      ::dup2(file, STDERR_FILENO);
      // Leaks are looked for in the unit tests; libraries keep some bytes until the end.
      char leaks[] = "ASAN_OPTIONS=detect_leaks=0";
      char* environment[] = {leaks, nullptr};
      ::execve(words[0], words.data(), environment);
      ::_exit(127);
    }
  }

  ~Operator() {
    if (!code_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
    fs::remove_all(folder_);
  }

  Operator(const Operator&) = delete;
  Operator& operator=(const Operator&) = delete;

  void tell(int signal) const { ::kill(pid_, signal); }

  int exit_code() {
    int status = 0;
    REQUIRE(eventually([&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }));
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return *code_;
  }

  std::string said() const {
    std::ostringstream text;
    text << std::ifstream(folder_ / "stderr").rdbuf();
    return text.str();
  }

 private:
  fs::path folder_;
  pid_t pid_ = -1;
  std::optional<int> code_;
};

/// A kubeconfig file, there as long as this is.
class Kubeconfig {
 public:
  explicit Kubeconfig(const std::string& server) {
    char pattern[] = "/tmp/mooring-kubeconfig-XXXXXX";
    const int file = ::mkstemp(pattern);
    REQUIRE(file >= 0);
    ::close(file);
    path_ = pattern;
    const json user = {{"name", "me"}, {"user", {{"token", "t"}}}};
    const json cluster = {{"name", "here"}, {"cluster", {{"server", server}}}};
    const json context = {{"name", "it"}, {"context", {{"cluster", "here"}, {"user", "me"}}}};
    std::ofstream(path_) << json{
        {"kind", "Config"},
        {"current-context", "it"},
        {"users", json::array({user})},
        {"clusters", json::array({cluster})},
        {"contexts", json::array({context})}};
  }

  ~Kubeconfig() { fs::remove(path_); }

  Kubeconfig(const Kubeconfig&) = delete;
  Kubeconfig& operator=(const Kubeconfig&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string server_path = "/apis/mooring.dev/v1alpha1/namespaces/tools/mcpservers/web";
const std::string lease_path =
    "/apis/coordination.k8s.io/v1/namespaces/mooring-system/leases/mooring-operator";

const std::vector<std::string> children = {
    "/api/v1/namespaces/tools/configmaps/web-settings",
    "/api/v1/namespaces/tools/secrets/web-keys",
    "/api/v1/namespaces/tools/serviceaccounts/web",
    "/api/v1/namespaces/tools/services/web",
    "/api/v1/namespaces/tools/services/web-peers",
    "/apis/apps/v1/namespaces/tools/deployments/web",
    "/apis/policy/v1/namespaces/tools/poddisruptionbudgets/web"};

json an_mcp_server() {
  return json::parse(R"({
    "apiVersion": "mooring.dev/v1alpha1", "kind": "McpServer",
    "metadata": {"name": "web", "namespace": "tools", "generation": 1},
    "spec": {"backends": [{"name": "b", "tools": [{"name": "t", "description": "d", "text": "x"}]}]}})"
  );
}

/// Of a log, what its first line with that message holds.
json first_line(const std::string& log, const std::string& message) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    json read = json::parse(line, nullptr, false);
    if (read.is_object() && read.value("msg", "") == message) {
      return read;
    }
  }
  return json::object();
}

auto page(const std::string& url) {
  net::ClientRequest request;
  request.url = url;
  request.timeout = std::chrono::seconds(10);
  return net::exchange(request);
}

int page_status(const std::string& url) {
  const auto response = page(url);
  return response ? response->status : 0;
}

TEST_CASE("operator: it makes what a resource becomes, and hands its lease over when it is ended") {
  ObjectServer cluster;
  cluster.put(server_path, an_mcp_server());
  const Kubeconfig kubeconfig(cluster.http().url());
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  Operator program(
      {"--kubeconfig",
       kubeconfig.path(),
       "--namespace",
       "mooring-system",
       "--metrics-address",
       address}
  );

  const bool has_worked = eventually([&] {
    return cluster.get(server_path).value("/status/observedGeneration"_json_pointer, 0) == 1;
  });

  CAPTURE(program.said());
  REQUIRE(has_worked);
  const std::vector<std::string> there = cluster.paths();
  for (const std::string& child : children) {
    CAPTURE(child);
    REQUIRE(std::find(there.begin(), there.end(), child) != there.end());
    CHECK(cluster.get(child)["metadata"]["ownerReferences"][0]["uid"] == "uid-of-" + server_path);
  }
  CHECK_FALSE(cluster.get(lease_path)["spec"]["holderIdentity"].get<std::string>().empty());
  CHECK(page_status("http://" + address + "/healthz") == 200);
  CHECK(page_status("http://" + address + "/readyz") == 200);
  const json line = first_line(program.said(), "applied");
  CHECK(line["namespace"] == "tools");
  CHECK(line["name"] == "web");
  CHECK(line["generation"] == 1);
  CHECK(line["reconcileID"].get<std::string>().size() == 16);

  program.tell(SIGTERM);
  CHECK(program.exit_code() == 0);
  CHECK(cluster.get(lease_path)["spec"]["holderIdentity"] == "");
}

TEST_CASE("operator: it tells its state: watches, queue, and what it has not seen yet") {
  ObjectServer cluster;
  cluster.put(server_path, an_mcp_server());
  const Kubeconfig kubeconfig(cluster.http().url());
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  Operator program(
      {"--kubeconfig", kubeconfig.path(), "--leader-elect=false", "--metrics-address", address}
  );
  json state;
  // It comes back to a server that is not ready yet.
  const bool has_worked = eventually([&] {
    const auto told = page("http://" + address + "/debug");
    state = told ? json::parse(told->body, nullptr, false) : json();
    return state.is_object() && !state["queue"]["waiting"].empty();
  });

  CAPTURE(program.said());
  REQUIRE(has_worked);
  CAPTURE(state.dump());
  CHECK(state["leads"] == true);
  CHECK(state["stops"] == false);
  CHECK(state["controllerName"] == "");
  CHECK(state["watches"].size() == 13);
  CHECK(state["watches"][0]["kind"] == "McpServer");
  CHECK(state["watches"][0]["objects"] == 1);
  CHECK(state["watches"][0]["synced"] == true);
  CHECK_FALSE(state["watches"][0]["resourceVersion"].get<std::string>().empty());
  CHECK(state["queue"]["waiting"][0]["server"] == "tools/web");
  CHECK(state["queue"]["waiting"][0]["seconds"] > 0);
  CHECK(state["writesNotSeen"].is_array());
  program.tell(SIGTERM);
  CHECK(program.exit_code() == 0);
}

TEST_CASE("operator: watches are counted among its requests, and bodies by their size") {
  ObjectServer cluster;
  const Kubeconfig kubeconfig(cluster.http().url());
  const std::string address = "127.0.0.1:" + std::to_string(free_port());
  Operator program(
      {"--kubeconfig", kubeconfig.path(), "--leader-elect=false", "--metrics-address", address}
  );
  const auto is_ready = [&] { return page_status("http://" + address + "/readyz") == 200; };
  REQUIRE(eventually(is_ready));

  const auto metrics = page("http://" + address + "/metrics");

  REQUIRE(metrics);
  // One list that asks for permissions' sake, and a watch of each of thirteen kinds.
  CHECK(metrics->body.find("rest_client_requests_total{code=\"200\"") != std::string::npos);
  const std::string line =
      metrics->body.substr(metrics->body.find("rest_client_requests_total{code=\"200\""));
  CHECK(line.substr(line.find("} ") + 2, line.find('\n') - line.find("} ") - 2) == "14");
  CHECK(metrics->body.find("rest_client_request_size_bytes_bucket") != std::string::npos);
  CHECK(metrics->body.find("rest_client_response_size_bytes_bucket") != std::string::npos);
  CHECK(metrics->body.find("controller_runtime_reconcile_timeouts_total") != std::string::npos);
  program.tell(SIGTERM);
  CHECK(program.exit_code() == 0);
}

TEST_CASE("operator: a second signal ends it at once, even while an API server says nothing") {
  support::FakeApiServer silent;
  silent.on("GET ", {[&silent](const support::ApiRequest&, support::ApiAnswer&) {
              silent.wait_for_end(std::chrono::seconds(60));
            }});
  const Kubeconfig kubeconfig(silent.url());
  Operator program({"--kubeconfig", kubeconfig.path(), "--metrics-address", "127.0.0.1:0"});
  silent.wait_until([&] { return silent.count("GET ") > 0; });

  program.tell(SIGTERM);
  program.tell(SIGINT);

  CHECK(program.exit_code() == 1);
}

TEST_CASE("operator: what is written wrongly ends it with 2, what cannot be had here with 3") {
  struct Case {
    std::vector<std::string> arguments;
    int code;
    std::string says;
  };

  const Kubeconfig no_url("nowhere");
  for (const Case& each : std::vector<Case>{
           {{"--metrics-address", "foo:1"}, 2, "must be an IP address and a port"},
           {{"--metrics-address", "0.0.0.0:65536"}, 2, "must be an IP address and a port"},
           {{"--watch-namespaces", ","}, 2, "names none"},
           {{"--watch-namespaces", "Tools"}, 2, "names \"Tools\", must be names of namespaces"},
           {{"--controller-name", "Team A"}, 2, "--controller-name: is \"Team A\", must"},
           {{"--kubeconfig", "/nonexistent"}, 2, "cannot read /nonexistent"},
           {{"--kubeconfig", "/etc/hostname"}, 2, "must be a mapping"},
           {{"--kubeconfig", no_url.path()}, 2, "must be an https:// URL"},
           {{"--workers", "0"}, 2, "--workers"},
           {{}, 3, "no cluster to work for"}}) {
    Operator program(each.arguments);
    CHECK(program.exit_code() == each.code);
    CAPTURE(program.said());
    CHECK(program.said().find(each.says) != std::string::npos);
  }
}

}  // namespace
}  // namespace mooring::tests
