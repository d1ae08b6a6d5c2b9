// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "operator/api/kinds.hpp"
#include "operator/render/render.hpp"
#include "operator/validate/validate.hpp"
#include "server/settings/settings.hpp"
#include "tests/support/tree.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace mooring;
namespace fs = std::filesystem;

namespace {

const fs::path golden = tests::in_tree("tests/golden/operator");

// As on a cluster without optional kinds: a resource that is watched says so.
const render::RenderContext context{
    "mooring.dev/mcp-server:golden",
    {keys::new_ring("0123456789abcdef0123456789abcdef"), ""},
    "mooring-system",
    false};

std::string content(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<fs::path> cases() {
  std::vector<fs::path> folders;
  for (const auto& entry : fs::directory_iterator(golden)) {
    folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

api::McpServer server_of(const fs::path& folder) {
  const auto document = json::parse_yaml(content(folder / "mcpserver.yaml"));
  REQUIRE(document);
  const auto server = validate::accept(api::Object(*document));
  REQUIRE_MESSAGE(server, describe(server.error()));
  return *server;
}

std::string printed(const render::Desired& desired) {
  std::string text;
  for (const api::Object& object : desired.objects) {
    text += "---\n" + json::to_yaml(object.body());
  }
  return text;
}

const api::Object& object_of(const render::Desired& desired, const std::string& kind) {
  for (const api::Object& object : desired.objects) {
    if (object.kind() == kind) {
      return object;
    }
  }
  FAIL("no " << kind);
  return desired.objects.front();
}

}  // namespace

TEST_CASE("render: every golden resource becomes what its desired.yaml says") {
  const char* mode = std::getenv("MOORING_GOLDEN");
  const bool rewrite = mode != nullptr && std::string(mode) == "write";
  REQUIRE(cases().size() >= 8);
  for (const fs::path& folder : cases()) {
    CAPTURE(folder.filename().string());
    const std::string text = printed(render::desired(server_of(folder), context));
    if (rewrite) {
      std::ofstream(folder / "desired.yaml") << text;
    }
    CHECK(content(folder / "desired.yaml") == text);
  }
}

TEST_CASE("render: what is printed reads back as the same objects") {
  for (const fs::path& folder : cases()) {
    CAPTURE(folder.filename().string());
    const render::Desired desired = render::desired(server_of(folder), context);
    const auto documents = json::parse_yaml_documents(printed(desired));
    REQUIRE(documents);
    REQUIRE(documents->size() == desired.objects.size());
    for (std::size_t i = 0; i < documents->size(); ++i) {
      CHECK((*documents)[i] == desired.objects[i].body());
    }
  }
}

TEST_CASE("render: a hundred renderings are the same bytes") {
  const api::McpServer server = server_of(golden / "stdio-and-tools");
  const render::Desired first = render::desired(server, context);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(render::desired(server, context) == first);
  }
}

TEST_CASE("render: the settings in the ConfigMap are what the server parses") {
  for (const fs::path& folder : cases()) {
    CAPTURE(folder.filename().string());
    const api::McpServer server = server_of(folder);
    const api::Object map = object_of(render::desired(server, context), "ConfigMap");
    const auto settings = settings::parse(map.at({"data", "settings.json"}).get<std::string>());
    REQUIRE_MESSAGE(settings, describe(settings.error()));
    CHECK(settings->server.name == server.key.name);
    CHECK(settings->listen.port == 3232);
    CHECK(settings->admin.port == 9090);
    CHECK(settings->logging.level == server.spec.logging.level);
    REQUIRE(settings->backends.size() == server.spec.backends.size());
    for (std::size_t i = 0; i < settings->backends.size(); ++i) {
      CHECK(settings->backends[i].name == server.spec.backends[i].name);
      CHECK(settings->backends[i].timeout == server.spec.backends[i].timeout);
    }
  }
}

TEST_CASE("render: no version of a program stands in the settings, so none rolls the pods") {
  const api::Object map =
      object_of(render::desired(server_of(golden / "minimal"), context), "ConfigMap");
  CHECK(
      map.at({"data", "settings.json"}).get<std::string>().find(MOORING_VERSION) ==
      std::string::npos
  );
}

TEST_CASE("render: the pods roll when the settings change, not when the keys do") {
  api::McpServer server = server_of(golden / "minimal");
  const api::Object before = object_of(render::desired(server, context), "Deployment");
  render::RenderContext other = context;
  other.keys.ring = keys::new_ring("fedcba9876543210fedcba9876543210");
  CHECK(object_of(render::desired(server, other), "Deployment") == before);
  CHECK(
      object_of(render::desired(server, other), "Secret") !=
      object_of(render::desired(server, context), "Secret")
  );
  server.spec.backends[0].tools[0].text = "Hi, {name}!";
  CHECK(object_of(render::desired(server, context), "Deployment") != before);
}

TEST_CASE("render: a replica says where it is reached, and finds its peers, ready or not") {
  const auto desired = render::desired(server_of(golden / "minimal"), context);
  const auto container =
      object_of(desired, "Deployment").at({"spec", "template", "spec", "containers"}).at(0);
  const auto& command = container.at("command");
  const auto peers =
      std::find_if(desired.objects.begin(), desired.objects.end(), [](const api::Object& object) {
        return object.name() == "minimal-peers";
      });

  CHECK(std::count(command.begin(), command.end(), "--advertise=$(POD_IP)") == 1);
  CHECK(std::count(command.begin(), command.end(), "--peers=minimal-peers:3232") == 1);
  CHECK(container.at("env").at(0).at("name") == "POD_IP");
  REQUIRE(peers != desired.objects.end());
  CHECK(peers->at({"spec", "clusterIP"}) == "None");
  CHECK(peers->at({"spec", "publishNotReadyAddresses"}) == true);
}

TEST_CASE("render: a backend shares its socket's folder with the endpoint alone") {
  api::McpServer server = server_of(golden / "stdio-and-tools");
  api::Backend second = server.spec.backends[0];
  second.name = "second";
  server.spec.backends.push_back(second);
  const api::Object deployment = object_of(render::desired(server, context), "Deployment");
  std::map<std::string, std::set<std::string>> mounted;  // container -> sockets' folders it sees
  for (const char* list : {"initContainers", "containers"}) {
    for (const auto& container : deployment.at({"spec", "template", "spec", list})) {
      for (const auto& mount : container.at("volumeMounts")) {
        const std::string path = mount.at("mountPath");
        if (path.starts_with("/run/")) {
          CHECK(mount.at("name") == "run-" + path.substr(path.rfind('/') + 1));
          mounted[container.at("name")].insert(path);
        }
      }
    }
  }
  CHECK(
      mounted ==
      std::map<std::string, std::set<std::string>>{
          {"endpoint", {"/run/mooring/notes", "/run/mooring/second"}},
          {"backend-notes", {"/run/mooring/notes"}},
          {"backend-second", {"/run/mooring/second"}}}
  );
}

TEST_CASE("render: a pod that ends has time for the longest call of its programs, within bounds") {
  api::McpServer server = server_of(golden / "stdio-and-tools");
  const auto grace_and_drain = [&](std::chrono::milliseconds timeout) {
    for (api::Backend& backend : server.spec.backends) {
      backend.timeout = backend.stdio ? timeout : std::chrono::hours(1);
    }
    const render::Desired desired = render::desired(server, context);
    const auto settings = settings::parse(
        object_of(desired, "ConfigMap").at({"data", "settings.json"}).get<std::string>()
    );
    REQUIRE(settings);
    const auto grace = object_of(desired, "Deployment")
                           .at({"spec", "template", "spec", "terminationGracePeriodSeconds"})
                           .get<std::int64_t>();
    return std::pair<std::int64_t, std::int64_t>(grace, settings->drain_timeout.count());
  };
  using namespace std::chrono_literals;
  CHECK(grace_and_drain(1s) == std::pair<std::int64_t, std::int64_t>(45, 25'000));
  CHECK(grace_and_drain(30s) == std::pair<std::int64_t, std::int64_t>(51, 31'000));
  CHECK(grace_and_drain(99'500ms) == std::pair<std::int64_t, std::int64_t>(121, 101'000));
  CHECK(grace_and_drain(1h) == std::pair<std::int64_t, std::int64_t>(620, 600'000));
}

TEST_CASE("render: every object is named in the list of possible children, in its order") {
  api::McpServer server = server_of(golden / "ingress-and-gateway");
  server.spec.network_policy.is_restricted = true;
  server.spec.monitoring.scrape = api::Wanted::always;
  server.spec.monitoring.alerts.rules = api::Wanted::always;
  server.spec.autoscaling = api::Autoscaling{1, 2, 3, std::nullopt};
  const auto possible = api::possible_children(server.key);
  const render::Desired desired = render::desired(server, context);
  REQUIRE(desired.objects.size() == possible.size());
  for (std::size_t i = 0; i < possible.size(); ++i) {
    CHECK(desired.objects[i].ref() == possible[i]);
  }
}

TEST_CASE("render: no constraints at all is another wish than none said") {
  api::McpServer server = server_of(golden / "minimal");
  const auto spread = [&] {
    return object_of(render::desired(server, context), "Deployment")
        .at({"spec", "template", "spec", "topologySpreadConstraints"});
  };
  CHECK(spread().at(0).at("whenUnsatisfiable") == "ScheduleAnyway");
  server.spec.pod.topology_spread = nlohmann::json::array();
  CHECK(spread().is_null());
}

TEST_CASE("render: a policy lets everyone call and every pod scrape, unless it says who") {
  api::McpServer server = server_of(golden / "minimal");
  server.spec.network_policy.is_restricted = true;
  const auto ingress = [&](render::RenderContext surroundings = context) {
    return object_of(render::desired(server, surroundings), "NetworkPolicy")
        .at({"spec", "ingress"});
  };
  const auto everyone = nlohmann::json::parse(R"([
    {"ports": [{"port": 3232, "protocol": "TCP"}]},
    {"from": [{"namespaceSelector": {}}], "ports": [{"port": 9090, "protocol": "TCP"}]}])");
  CHECK(ingress().size() == 4);
  CHECK(ingress()[0] == everyone[0]);
  CHECK(ingress()[1] == everyone[1]);
  server.spec.network_policy.from = nlohmann::json::array();
  server.spec.network_policy.metrics_from = nlohmann::json::array();
  const auto nobody = ingress();
  REQUIRE(nobody.size() == 2);
  for (const auto& rule : nobody) {
    CHECK(rule.contains("from"));
  }
  render::RenderContext outside = context;
  outside.operator_namespace = "";
  CHECK(ingress(outside).size() == 1);
}

TEST_CASE("keys: what was rendered is found again, and what is no ring is not") {
  render::RenderContext other = context;
  other.keys.times = R"({"k1":{}})";
  other.keys.salt = "a salt";
  const api::Object secret =
      object_of(render::desired(server_of(golden / "minimal"), other), "Secret");
  CHECK(keys::kept_in(secret) == other.keys);
  CHECK(keys::kept_in(api::Object()) == keys::Kept{});
  for (const char* data : {"", "e30=", "bm90IGpzb24=", "***", "eyJrZXlzIjpbXX0="}) {
    CAPTURE(data);
    const nlohmann::json body = {{"data", {{"ring.json", data}}}};
    CHECK(keys::kept_in(api::Object(body)).ring.empty());
  }
}

TEST_CASE("render: what is made where its kind is installed is made there, and never where not") {
  api::McpServer server = server_of(golden / "minimal");
  const auto kinds = [&](bool with_automatic) {
    render::RenderContext other = context;
    other.with_automatic = with_automatic;
    std::set<std::string> made;
    for (const api::Object& object : render::desired(server, other).objects) {
      if (object.api_version() == "monitoring.coreos.com/v1") {
        made.insert(object.kind());
      }
    }
    return made;
  };
  using Kinds = std::set<std::string>;
  CHECK(kinds(true) == Kinds{"PodMonitor", "PrometheusRule"});
  CHECK(kinds(false) == Kinds{});
  server.spec.monitoring.scrape = api::Wanted::always;
  CHECK(kinds(false) == Kinds{"PodMonitor"});
  server.spec.monitoring.scrape = api::Wanted::never;
  server.spec.monitoring.alerts.rules = api::Wanted::never;
  CHECK(kinds(true) == Kinds{});
}

TEST_CASE("render: of a server that is turned off nobody is told that it is down") {
  api::McpServer server = server_of(golden / "monitored");
  const auto alerts = [&] {
    std::set<std::string> names;
    const api::Object rule = object_of(render::desired(server, context), "PrometheusRule");
    for (const auto& each : rule.at({"spec", "groups"}).at(0).at("rules")) {
      names.insert(each.at("alert"));
    }
    return names;
  };
  CHECK(alerts().contains("MCPDown"));
  CHECK(alerts().contains("MCPMemorySaturated"));
  server.spec.replicas = 0;
  server.spec.resources.limits.memory.clear();
  CHECK_FALSE(alerts().contains("MCPDown"));
  CHECK_FALSE(alerts().contains("MCPMemorySaturated"));
}
