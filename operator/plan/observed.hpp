// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/api/object.hpp"
#include "operator/api/place.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

/// What has been read of the world before anything is decided.
namespace mooring::plan {

/// Why a container does not run. Kubernetes' own words.
struct ContainerEnd {
  std::string reason;
  std::string message;
  std::int64_t exit_code = 0;

  bool operator==(const ContainerEnd&) const = default;
};

struct Container {
  std::string name;
  bool ready = false;
  std::int64_t restarts = 0;
  std::optional<ContainerEnd> waiting;     ///< state.waiting (without exit code)
  std::optional<ContainerEnd> terminated;  ///< state.terminated, else lastState.terminated

  bool operator==(const Container&) const = default;
};

/// A pod of the endpoint, as lean as the decisions need it.
struct Pod {
  std::string name;
  std::string ip;
  std::string phase;
  bool ready = false;
  bool deleting = false;
  std::string template_hash;          ///< label pod-template-hash
  std::string created;                ///< RFC 3339
  std::string unschedulable;          ///< message of condition PodScheduled=False, if it is so
  std::vector<Container> containers;  ///< of containers and init containers

  bool operator==(const Pod&) const = default;
};

/// Of a Pod object: the above.
Pod read_pod(const nlohmann::json& object);

/// A Secret that the spec refers to. Its values are never kept, and their hashes never shown.
struct SecretState {
  bool present = false;
  std::set<std::string> keys;
  std::map<std::string, std::string> hashes = {};  ///< SHA-256 of the values, by key

  bool operator==(const SecretState&) const = default;
};

/// The /status document of one pod's endpoint (admin port), only read where the pod is not ready.
struct EndpointBackend {
  std::string name;
  std::string state;  ///< starting, up, idle (of itself, until it is called) or failed
  std::int64_t tools = 0;
  std::string message;

  bool operator==(const EndpointBackend&) const = default;
};

struct EndpointStatus {
  std::string pod;
  std::vector<EndpointBackend> backends;

  bool operator==(const EndpointStatus&) const = default;
};

/// Nothing if the text is not such a document.
std::optional<EndpointStatus> read_endpoint_status(const std::string& pod, const std::string& text);

/// What a real MCP request to the Service gave.
struct Probe {
  enum class Outcome {
    verified,
    failed,       ///< it answered wrongly or not at all: `error`
    unreachable,  ///< this operator cannot reach the cluster's network: nothing is known
  };
  Outcome outcome = Outcome::failed;
  std::string template_hash;  ///< Observed::ready_template_hash when it was asked
  std::string error;
  std::string server_name;
  std::string server_version;
  std::vector<std::string> protocol_versions;
  std::int64_t tools = 0;

  bool operator==(const Probe&) const = default;
};

/// That an McpServer wants a place (api::Place), or has it.
struct Claim {
  api::ObjectKey server;
  std::optional<std::string> wanted_since;  ///< its creation; nothing: its spec wants another now
  std::optional<std::string> held_since;    ///< creation of its child there; nothing: there is none

  bool operator==(const Claim&) const = default;
};

using Claims = std::map<api::ObjectKey, Claim>;

struct Observed {
  /// As read; absent when it does not exist (any more).
  std::optional<api::Object> server;
  /// What stands under the names of api::possible_children, whether it is ours or not: where the
  /// cache (which sees only our own) has none, an object that must not be taken over is found by a
  /// read of the API server.
  std::vector<api::Object> children;
  /// Optional kinds of children that the cluster does not have.
  std::set<std::string> missing_kinds;
  std::vector<Pod> pods;
  /// Of the Secrets that `references` names, those that could be read.
  std::map<std::string, SecretState> secrets;
  std::vector<EndpointStatus> endpoints;
  std::optional<Probe> probe;
  /// To each place that the spec wants: everybody's, this server's own too.
  std::map<api::Place, Claims> claims;
  /// What the API server refused to let us read: its messages.
  std::vector<std::string> forbidden;

  const api::Object* find(const std::string& kind, const std::string& name) const;
  /// The template hash that all ready pods agree on; empty if none is ready or they differ.
  std::string ready_template_hash() const;
};

}  // namespace mooring::plan
