// SPDX-License-Identifier: Apache-2.0
#include "operator/report/server_report.hpp"

#include "core/text/ascii.hpp"
#include "core/text/printable.hpp"
#include "operator/api/condition.hpp"
#include "operator/api/mcp_server.hpp"
#include "operator/report/table.hpp"

#include <algorithm>

namespace mooring::report {
namespace {

using api::integer_at;
using api::text_at;
using nlohmann::json;
using Rows = std::vector<std::vector<std::string>>;

constexpr std::size_t events_shown = 10;

// An autoscaler may have chosen more than the spec names.
std::int64_t wanted_by(const json& body) {
  const json& spec = api::value_at(body, {"spec"});
  if (!spec.is_object()) {
    return 0;
  }
  const std::int64_t wanted = api::replicas_of(spec);
  return spec.contains("autoscaling") ? std::max(wanted, integer_at(body, {"status", "replicas"}))
                                      : wanted;
}

std::string replicas_text(const ServerState& state) {
  return std::to_string(state.ready) + "/" + std::to_string(state.wanted);
}

std::string time_of(const api::Object& event) {
  for (const auto& path : std::initializer_list<std::initializer_list<std::string_view>>{
           {"series", "lastObservedTime"},
           {"deprecatedLastTimestamp"},
           {"eventTime"},
           {"metadata", "creationTimestamp"}}) {
    if (std::string found = text_at(event.body(), path); !found.empty()) {
      return found;
    }
  }
  return {};
}

std::vector<const api::Object*> newest(const std::vector<api::Object>& events) {
  std::vector<const api::Object*> sorted;
  for (const api::Object& event : events) {
    sorted.push_back(&event);
  }
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
    return time_of(*a) > time_of(*b);
  });
  sorted.resize(std::min(sorted.size(), events_shown));
  return sorted;
}

struct BackendState {
  std::string name;
  std::string kind;
  std::string state;
  std::string message;
};

// In how many pods a backend is up, or sleeps until it is called, and the first trouble there is.
struct BackendCounts {
  std::size_t up = 0;
  std::size_t idle = 0;
  std::string trouble;
  std::string message;

  void add(const std::string& pod, const plan::EndpointBackend& backend) {
    if (backend.state == "up") {
      ++up;
    } else if (backend.state == "idle") {
      ++idle;
    } else if (trouble.empty()) {
      trouble = backend.state;
      message = backend.message.empty() ? "" : pod + ": " + backend.message;
    }
  }
};

std::string print(const BackendCounts& counts, std::size_t pods) {
  if (pods == 0) {
    return "not known";
  }
  const bool is_asleep = counts.idle > 0 && counts.up == 0;
  std::string text = (is_asleep ? "idle in " + std::to_string(counts.idle)
                                : "up in " + std::to_string(counts.up)) +
                     " of " + std::to_string(pods) + (pods == 1 ? " pod" : " pods");
  if (counts.idle > 0 && !is_asleep) {
    text += ", idle in " + std::to_string(counts.idle);
  }
  return counts.trouble.empty() ? text : text + ", else " + counts.trouble;
}

// What the pods say of a backend, as one; the first that is in trouble speaks for all.
BackendState state_of_backend(const json& backend, const ServerDetails& details) {
  const std::string name = text_at(backend, {"name"});
  BackendCounts counts;
  for (const plan::EndpointStatus& endpoint : details.endpoints) {
    for (const plan::EndpointBackend& each : endpoint.backends) {
      if (each.name == name) {
        counts.add(endpoint.pod, each);
      }
    }
  }
  const bool is_stdio = !api::value_at(backend, {"stdio"}).is_null();
  return {
      name, is_stdio ? "stdio" : "tools", print(counts, details.endpoints.size()), counts.message};
}

std::string section(const Rows& rows) {
  return rows.size() < 2 ? "" : "\n" + table(rows, "  ");
}

std::string head_text(const ServerState& state, const api::Object& server) {
  std::string text = "mcpserver/" + state.key.name + " in namespace " + state.key.namespace_ +
                     (state.is_ready ? " is ready\n" : " is not ready: " + state.reason + "\n");
  text += "  " + text::printable(state.message) + "\n";
  const json& about = server.at({"status", "server"});
  Rows rows;
  if (!state.url.empty()) {
    rows.push_back({"url", state.url});
  }
  if (const std::string image = text_at(server.body(), {"status", "image"}); !image.empty()) {
    rows.push_back({"image", image});
  }
  rows.push_back(
      {"replicas",
       std::to_string(state.ready) + " ready of " + std::to_string(state.wanted) + " wanted"}
  );
  if (about.is_object()) {
    std::vector<std::string> versions;
    for (const json& version : api::value_at(about, {"protocolVersions"})) {
      versions.push_back(version.is_string() ? version.get<std::string>() : version.dump());
    }
    rows.push_back(
        {"answered as",
         text_at(about, {"name"}) + " " + text_at(about, {"version"}) + ", " +
             std::to_string(state.tools) + (state.tools == 1 ? " tool" : " tools") + ", MCP " +
             text::join(versions, ", ")}
    );
  }
  return text + table(rows, "  ");
}

}  // namespace

ServerState state_of(const api::Object& server) {
  ServerState state;
  const json& body = server.body();
  state.key = server.key();
  state.created = text_at(body, {"metadata", "creationTimestamp"});
  state.url = text_at(body, {"status", "url"});
  state.ready = integer_at(body, {"status", "readyReplicas"});
  state.tools = integer_at(body, {"status", "server", "tools"});
  state.wanted = wanted_by(body);
  const json& ready = api::condition_of(server.at({"status", "conditions"}), "Ready");
  const std::int64_t seen = integer_at(body, {"status", "observedGeneration"});
  if (server.is_deleting()) {
    state.reason = "Deleting";
    state.message = "it is being deleted";
  } else if (ready.is_null() || seen < server.generation()) {
    state.reason = "NotSeen";
    state.message = "the operator has not looked at this spec yet; if that stays so: mcpctl doctor";
  } else {
    state.is_ready = text_at(ready, {"status"}) == "True";
    state.reason = text_at(ready, {"reason"});
    state.message = text_at(ready, {"message"});
  }
  return state;
}

std::string print_table(
    const std::vector<ServerState>& servers, bool with_namespaces, time::Timestamp now
) {
  Rows rows = {{"NAME", "READY", "REASON", "REPLICAS", "TOOLS", "AGE", "URL"}};
  std::string why;
  for (const ServerState& state : servers) {
    rows.push_back(
        {state.key.name,
         state.is_ready ? "yes" : "no",
         state.reason,
         replicas_text(state),
         std::to_string(state.tools),
         age(state.created, now),
         state.url.empty() ? "-" : state.url}
    );
    if (!state.is_ready) {
      why += "\n" + (with_namespaces ? print(state.key) : state.key.name) + ": " +
             text::printable(state.message) + "\n";
    }
  }
  if (with_namespaces) {
    rows[0].insert(rows[0].begin(), "NAMESPACE");
    for (std::size_t i = 0; i < servers.size(); ++i) {
      rows[i + 1].insert(rows[i + 1].begin(), servers[i].key.namespace_);
    }
  }
  return table(rows, "") + why;
}

json to_json(const ServerState& state) {
  return {
      {"namespace", state.key.namespace_},
      {"name", state.key.name},
      {"ready", state.is_ready},
      {"reason", state.reason},
      {"message", state.message},
      {"replicas", state.wanted},
      {"readyReplicas", state.ready},
      {"tools", state.tools},
      {"url", state.url}};
}

std::string trouble_of(const plan::Pod& pod) {
  if (pod.ready) {
    return {};
  }
  if (pod.deleting) {
    return "is ending";
  }
  if (!pod.unschedulable.empty()) {
    return pod.unschedulable;
  }
  for (const plan::Container& container : pod.containers) {
    const auto& why = container.waiting && container.waiting->reason != "PodInitializing"
                          ? container.waiting
                          : container.terminated;
    if (!container.ready && why && why->reason != "Completed") {
      return container.name + ": " + why->reason + (why->message.empty() ? "" : ": ") +
             std::string(text::utf8_cut(why->message, 300));
    }
  }
  return pod.phase == "Running" ? "runs, and does not answer yet" : "";
}

std::string print(const ServerDetails& details, time::Timestamp now) {
  const ServerState state = state_of(details.server);
  Rows conditions = {{"CONDITION", "STATUS", "REASON", "SINCE", "MESSAGE"}};
  for (const json& each : details.server.at({"status", "conditions"})) {
    conditions.push_back(
        {text_at(each, {"type"}),
         text_at(each, {"status"}),
         text_at(each, {"reason"}),
         age(text_at(each, {"lastTransitionTime"}), now),
         text_at(each, {"message"})}
    );
  }
  Rows backends = {{"BACKEND", "KIND", "STATE", ""}};
  for (const json& each : details.server.at({"spec", "backends"})) {
    const BackendState backend = state_of_backend(each, details);
    backends.push_back({backend.name, backend.kind, backend.state, backend.message});
  }
  Rows pods = {{"POD", "READY", "PHASE", "RESTARTS", "AGE", ""}};
  for (const plan::Pod& pod : details.pods) {
    std::int64_t restarts = 0;
    for (const plan::Container& container : pod.containers) {
      restarts += container.restarts;
    }
    pods.push_back(
        {pod.name,
         pod.ready ? "yes" : "no",
         pod.phase,
         std::to_string(restarts),
         age(pod.created, now),
         trouble_of(pod)}
    );
  }
  Rows events = {{"EVENT", "AGE", "REASON", "NOTE"}};
  for (const api::Object* event : newest(details.events)) {
    events.push_back(
        {text_at(event->body(), {"type"}),
         age(time_of(*event), now),
         text_at(event->body(), {"reason"}),
         text_at(event->body(), {"note"})}
    );
  }
  std::string text = head_text(state, details.server);
  for (const Rows& rows : {conditions, backends, pods, events}) {
    text += section(rows);
  }
  for (const std::string& note : details.notes) {
    text += "note: " + text::printable(note) + "\n";
  }
  return text;
}

json to_json(const ServerDetails& details) {
  json shown = to_json(state_of(details.server));
  shown["conditions"] = details.server.at({"status", "conditions"});
  shown["backends"] = json::array();
  for (const json& each : details.server.at({"spec", "backends"})) {
    const BackendState backend = state_of_backend(each, details);
    shown["backends"].push_back(
        {{"name", backend.name},
         {"kind", backend.kind},
         {"state", backend.state},
         {"message", backend.message}}
    );
  }
  shown["pods"] = json::array();
  for (const plan::Pod& pod : details.pods) {
    shown["pods"].push_back(
        {{"name", pod.name},
         {"phase", pod.phase},
         {"ready", pod.ready},
         {"trouble", trouble_of(pod)}}
    );
  }
  shown["events"] = json::array();
  for (const api::Object* event : newest(details.events)) {
    shown["events"].push_back(
        {{"type", event->at({"type"})},
         {"time", time_of(*event)},
         {"reason", event->at({"reason"})},
         {"note", event->at({"note"})}}
    );
  }
  shown["notes"] = details.notes;
  return shown;
}

}  // namespace mooring::report
