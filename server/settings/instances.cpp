// SPDX-License-Identifier: Apache-2.0
#include "server/settings/instances.hpp"

#include "server/settings/builders.hpp"

namespace mooring::settings {
namespace {

using Mode = Instances::Mode;

constexpr milliseconds session_idle_timeout = std::chrono::minutes(10);
constexpr milliseconds shortest_idle_timeout = std::chrono::seconds(1);
constexpr milliseconds longest_idle_timeout = std::chrono::hours(24);

Field mode_field() {
  return with_default(
      schema::enum_field(
          "mode",
          "Shared: one process in each replica serves all clients. PerSession: each session of a "
          "client (protocol versions before 2026-07-28) has a process of its own, started by its "
          "first call or subscription and ended with it; lists, and clients without sessions, "
          "share one more. For "
          "programs that keep a client's state in memory.",
          {"Shared", "PerSession"}
      ),
      "Shared"
  );
}

Field max_field() {
  Field field = schema::integer_field(
      "max",
      "PerSession only: sessions with a process at a time in each replica, 16 if absent. A call of "
      "one more is refused. The memory of the container must be enough for them.",
      1,
      1000
  );
  field.example = 16;
  return field;
}

Field idle_timeout_field() {
  Field field = schema::duration_field(
      "idleTimeout",
      "A process that has not been called for so long is ended, and started anew by the next call: "
      "its state is new then. Absent: 10m for PerSession, never for Shared. A process whose "
      "resources are watched goes on, and so does the one that PerSession's clients share.",
      ""
  );
  field.pattern_hint += ", from 1s to 24h";
  field.example = "10m";
  field.rules.push_back(
      {"duration(self) >= duration('1s') && duration(self) <= duration('24h')",
       "must last from 1s to 24h",
       [](const json& value) {
         const auto duration = time::parse_duration(string_at(value));
         return duration && *duration >= shortest_idle_timeout && *duration <= longest_idle_timeout;
       }}
  );
  return field;
}

}  // namespace

Field instances_field() {
  Field field = schema::object_field(
      "instances",
      "How many processes of the command there are, and how long.",
      {mode_field(), max_field(), idle_timeout_field()}
  );
  field.rules.push_back(
      {"!has(self.max) || (has(self.mode) && self.mode == 'PerSession')",
       "max is for mode PerSession; remove it, or set mode to PerSession",
       [](const json& value) {
         return !value.contains("max") || string_at(value["mode"]) == "PerSession";
       }}
  );
  return with_default(std::move(field), json::object());
}

Instances read_instances(const json& given) {
  Instances instances;
  if (string_at(given.at("mode")) == "PerSession") {
    instances.mode = Mode::per_session;
    instances.idle_timeout = session_idle_timeout;
  }
  instances.max = given.value("max", instances.max);
  if (const auto idle = given.find("idleTimeout"); idle != given.end()) {
    instances.idle_timeout = *time::parse_duration(string_at(*idle));
  }
  return instances;
}

json print_instances(const Instances& instances) {
  const bool is_shared = instances.mode == Mode::shared;
  json printed = {{"mode", is_shared ? "Shared" : "PerSession"}};
  if (!is_shared) {
    printed["max"] = instances.max;
  }
  if (instances.idle_timeout) {
    printed["idleTimeout"] = time::print_duration(*instances.idle_timeout);
  }
  return printed;
}

}  // namespace mooring::settings
