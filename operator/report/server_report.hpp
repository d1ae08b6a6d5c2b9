// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/time/rfc3339.hpp"
#include "operator/api/object.hpp"
#include "operator/plan/observed.hpp"

#include <cstdint>
#include <string>
#include <vector>

/// How McpServers do, as their status, their pods and their Events tell.
namespace mooring::report {

/// One in a line.
struct ServerState {
  api::ObjectKey key;
  bool is_ready = false;  ///< of the spec as it is now
  std::string reason;
  std::string message;  ///< why, and what to do
  std::int64_t wanted = 0;
  std::int64_t ready = 0;
  std::int64_t tools = 0;
  std::string url;
  std::string created;
};

/// A status that speaks of an older spec is none.
ServerState state_of(const api::Object& server);

std::string print_table(
    const std::vector<ServerState>& servers, bool with_namespaces, time::Timestamp now
);
nlohmann::json to_json(const ServerState& state);

/// All that is known of one.
struct ServerDetails {
  api::Object server;
  std::vector<plan::Pod> pods;
  std::vector<plan::EndpointStatus> endpoints;  ///< of the pods that could be asked
  std::vector<api::Object> events;              ///< that regard it
  std::vector<std::string> notes;               ///< what could not be read
};

/// Why a pod is not ready, in the words of Kubernetes; empty if it is.
std::string trouble_of(const plan::Pod& pod);

std::string print(const ServerDetails& details, time::Timestamp now);
nlohmann::json to_json(const ServerDetails& details);

}  // namespace mooring::report
