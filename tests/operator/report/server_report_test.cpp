// SPDX-License-Identifier: Apache-2.0
#include "operator/report/server_report.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;
using report::state_of;

namespace {

const auto now = *time::parse_rfc3339("2026-01-02T00:00:00Z");

json condition(const std::string& type, const std::string& status, const std::string& reason) {
  return {
      {"type", type},
      {"status", status},
      {"reason", reason},
      {"message", "says " + reason},
      {"lastTransitionTime", "2026-01-01T00:00:00Z"}};
}

api::Object server(const json& ready, int seen = 3) {
  return api::Object(json{
      {"kind", "McpServer"},
      {"metadata",
       {{"name", "web"},
        {"namespace", "tools"},
        {"generation", 3},
        {"creationTimestamp", "2026-01-01T00:00:00Z"}}},
      {"spec",
       {{"replicas", 2},
        {"backends", {{{"name", "notes"}, {"stdio", {{"image", "a"}}}}, {{"name", "said"}}}}}},
      {"status",
       {{"observedGeneration", seen},
        {"readyReplicas", 1},
        {"url", "http://web"},
        {"server", {{"name", "web"}, {"version", "1"}, {"protocolVersions", {"2026-07-28"}}}},
        {"conditions", json::array({ready})}}}});
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("server report: ready is what is ready as it is written now") {
  CHECK(state_of(server(condition("Ready", "True", "Ready"))).is_ready);
  CHECK_FALSE(state_of(server(condition("Ready", "False", "CrashLoop"))).is_ready);
  const auto late = state_of(server(condition("Ready", "True", "Ready"), 2));
  CHECK_FALSE(late.is_ready);
  CHECK(late.reason == "NotSeen");
  CHECK(contains(late.message, "mcpctl doctor"));
  CHECK(state_of(api::Object(json::object())).reason == "NotSeen");
}

TEST_CASE("server report: replicas are wanted as the spec says, or as an autoscaler has chosen") {
  json body = server(condition("Ready", "True", "Ready")).body();
  body["spec"].erase("replicas");
  CHECK(state_of(api::Object(body)).wanted == 2);
  body["spec"]["autoscaling"] = {{"minReplicas", 3}, {"maxReplicas", 9}};
  CHECK(state_of(api::Object(body)).wanted == 3);
  body["status"]["replicas"] = 5;
  CHECK(state_of(api::Object(body)).wanted == 5);
}

TEST_CASE("server report: the table has a line for each, and says below what is wrong") {
  const std::string text =
      report::print_table({state_of(server(condition("Ready", "False", "CrashLoop")))}, true, now);
  CHECK(
      text ==
      "NAMESPACE  NAME  READY  REASON     REPLICAS  TOOLS  AGE  URL\n"
      "tools      web   no     CrashLoop  1/2       0      24h  http://web\n"
      "\ntools/web: says CrashLoop\n"
  );
}

TEST_CASE("server report: one is told with conditions, backends, pods and the last events") {
  report::ServerDetails details;
  details.server = server(condition("Ready", "False", "BackendFailed"));
  details.endpoints = {
      {"web-1", {{"notes", "failed", 0, "exited with 7"}}}, {"web-2", {{"notes", "up", 3, ""}}}};
  plan::Pod pod;
  pod.name = "web-1";
  pod.phase = "Running";
  pod.containers = {{"backend-notes", false, 4, plan::ContainerEnd{"CrashLoopBackOff", "", 0}, {}}};
  details.pods = {pod};
  details.events = {api::Object(json{
      {"type", "Warning"},
      {"reason", "BackendFailed"},
      {"note", "it exits"},
      {"eventTime", "2026-01-01T23:59:00Z"}})};
  details.notes = {"something may not be read"};
  const std::string text = print(details, now);
  for (const char* part :
       {"mcpserver/web in namespace tools is not ready: BackendFailed\n  says BackendFailed",
        "up in 1 of 2 pods, else failed  web-1: exited with 7",
        "web-1  no     Running  4",
        "backend-notes: CrashLoopBackOff",
        "Warning  60s  BackendFailed  it exits",
        "note: something may not be read"}) {
    CAPTURE(text);
    CHECK(contains(text, part));
  }
  const json shown = to_json(details);
  CHECK(shown.at("ready") == false);
  CHECK(shown.at("backends").at(0).at("message") == "web-1: exited with 7");
  CHECK(shown.at("pods").at(0).at("trouble") == "backend-notes: CrashLoopBackOff");
}

TEST_CASE("server report: a backend that sleeps until it is called is no trouble") {
  report::ServerDetails details;
  details.server = server(condition("Ready", "True", "Ready"));
  const auto shown = [&](const char* first, const char* second) {
    details.endpoints = {
        {"web-1", {{"notes", first, 3, ""}}}, {"web-2", {{"notes", second, 3, ""}}}};
    const json notes = to_json(details).at("backends").at(0);
    CHECK(notes.at("message") == "");
    return notes.at("state").get<std::string>();
  };
  CHECK(shown("up", "up") == "up in 2 of 2 pods");
  CHECK(shown("up", "idle") == "up in 1 of 2 pods, idle in 1");
  CHECK(shown("idle", "idle") == "idle in 2 of 2 pods");
  CHECK(shown("idle", "starting") == "idle in 1 of 2 pods, else starting");
}

TEST_CASE("server report: what a terminal would obey is shown, not sent to it") {
  report::ServerDetails details;
  json body = server(condition("Ready", "False", "BackendFailed")).body();
  body["status"]["conditions"][0]["message"] = "its last words: \x1b]0;mine\x07\x7f\xc2\x9b";
  details.server = api::Object(body);
  details.endpoints = {{"web-1", {{"notes", "failed", 0, "\x1b[2Jgone\nPOD  \xff"}}}};
  details.notes = {"\x1b[1m"};
  const std::string text = print(details, now);
  CHECK(contains(text, "its last words: \\x1b]0;mine\\x07\\x7f\\xc2\\x9b\n"));
  CHECK(contains(text, "web-1: \\x1b[2Jgone\\x0aPOD  \\xff\n"));
  CHECK(contains(text, "note: \\x1b[1m\n"));
  const std::string table = report::print_table({state_of(details.server)}, false, now);
  CHECK(contains(table, "mine\\x07"));
  CHECK(table.find('\x1b') == std::string::npos);
}

TEST_CASE("server report: a pod without a place says why, one that is ready says nothing") {
  plan::Pod pod;
  pod.phase = "Pending";
  pod.unschedulable = "0/1 nodes are available";
  CHECK(report::trouble_of(pod) == "0/1 nodes are available");
  pod.ready = true;
  CHECK(report::trouble_of(pod).empty());
}
