// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "core/schema/field.hpp"
#include "operator/api/autoscaling.hpp"
#include "operator/api/exposure.hpp"
#include "operator/api/monitoring.hpp"
#include "operator/api/network_policy.hpp"
#include "operator/api/object.hpp"
#include "operator/api/pod_options.hpp"
#include "server/settings/settings.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mooring::api {

struct SecretKeyRef {
  std::string name;
  std::string key;

  auto operator<=>(const SecretKeyRef&) const = default;
};

/// Either the value itself or where it stands.
struct EnvVar {
  std::string name;
  std::string value;
  std::optional<SecretKeyRef> secret;

  bool operator==(const EnvVar&) const = default;
};

/// Quantities as written; empty: not set.
struct ResourceAmounts {
  std::string cpu;
  std::string memory;

  bool operator==(const ResourceAmounts&) const = default;
};

struct Resources {
  ResourceAmounts requests;
  ResourceAmounts limits;

  bool operator==(const Resources&) const = default;
};

struct StdioBackend {
  std::string image;
  std::string image_pull_policy;
  std::vector<std::string> command;
  std::vector<EnvVar> env;
  Resources resources;
  std::chrono::milliseconds start_timeout{};
  bool check_arguments = true;
  settings::Instances instances = {};

  bool operator==(const StdioBackend&) const = default;
};

struct DeclaredTool {
  std::string name;
  std::string title;  ///< empty: none
  std::string description;
  nlohmann::json input_schema;
  std::string text;

  bool operator==(const DeclaredTool&) const = default;
};

/// Exactly one of `stdio` and `tools` is there.
struct Backend {
  std::string name;
  std::chrono::milliseconds timeout{};
  std::optional<StdioBackend> stdio;
  std::vector<DeclaredTool> tools;
  settings::Exposure expose = {};

  bool operator==(const Backend&) const = default;
};

struct Sessions {
  std::chrono::milliseconds ttl{};
  std::chrono::milliseconds idle_timeout{};
  std::chrono::milliseconds key_rotation{};  ///< 0: never

  bool operator==(const Sessions&) const = default;
};

struct Logging {
  std::string level;
  std::string format;

  bool operator==(const Logging&) const = default;
};

struct McpServerSpec {
  std::vector<Backend> backends;
  std::int64_t replicas = 0;  ///< with `autoscaling`: the fewest
  std::optional<Autoscaling> autoscaling;
  std::string image;  ///< empty: the operator's default
  Resources resources;
  Sessions sessions;
  Logging logging;
  PodOptions pod;
  NetworkPolicy network_policy;
  std::optional<Ingress> ingress;
  std::optional<Gateway> gateway;
  Monitoring monitoring;
  bool suspend = false;

  bool operator==(const McpServerSpec&) const = default;
};

/// What people say by annotations rather than in the spec, since it is of the moment.
struct Wishes {
  bool paused = false;       ///< `mooring.dev/paused: "true"`
  std::string restarted_at;  ///< `mooring.dev/restartedAt`, any text; empty: none

  bool operator==(const Wishes&) const = default;
};

/// How many endpoint pods a spec asks for, whose defaults are filled in; with `autoscaling` the
/// fewest.
std::int64_t replicas_of(const nlohmann::json& spec);

/// The path at which the endpoint is served, to everybody.
std::string endpoint_path(const McpServerSpec& spec);

inline constexpr std::string_view paused_annotation = "mooring.dev/paused";
inline constexpr std::string_view restarted_at_annotation = "mooring.dev/restartedAt";

/// A resource whose schema has been checked and whose defaults are filled in.
struct McpServer {
  ObjectKey key;
  std::string uid;
  std::int64_t generation = 0;
  McpServerSpec spec;
  Wishes wishes = {};

  bool operator==(const McpServer&) const = default;
};

/// The operator that serves this resource; empty: the one without a name of its own.
std::string controller_name(const Object& server);

/// What is wrong with the resource, field by field, or the resource as a type. The same checks as
/// the API server's, so that a file can be judged without one and an object that a laxer schema let
/// through is refused.
tl::expected<McpServer, std::vector<FieldError>> parse_server(const Object& object);

/// The one table of fields: checks, defaults, schema and reference pages are made from it.
const schema::Field& spec_field();

/// What the API server takes as metadata.
const schema::Field& metadata_field();
const schema::Field& status_field();
/// Rules over the whole resource; of the metadata, only the name can be seen.
const std::vector<schema::Rule>& server_rules();

/// `spec.backends[1].stdio`: a place in the resource, for messages.
std::string backend_path(std::size_t index);

}  // namespace mooring::api
