// SPDX-License-Identifier: Apache-2.0
#include "operator/api/mcp_server.hpp"

#include "core/schema/check.hpp"
#include "core/text/ascii.hpp"
#include "core/text/suggest.hpp"
#include "core/time/duration.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/quantity.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/instances.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;

constexpr std::int64_t default_replicas = 2;

// The readers below see values that the schema check has let through: types and presence hold.

std::chrono::milliseconds read_duration(const json& value) {
  return time::parse_duration(value.get_ref<const std::string&>())
      .value_or(std::chrono::milliseconds{});
}

ResourceAmounts read_amounts(const json& resources, std::string_view which) {
  const json& amounts = value_at(resources, {which});
  return {quantity_text(value_at(amounts, {"cpu"})), quantity_text(value_at(amounts, {"memory"}))};
}

Resources read_resources(const json& owner) {
  const json& resources = value_at(owner, {"resources"});
  return {read_amounts(resources, "requests"), read_amounts(resources, "limits")};
}

EnvVar read_env(const json& value) {
  EnvVar variable{text_at(value, {"name"}), text_at(value, {"value"}), std::nullopt};
  if (const json& ref = value_at(value, {"valueFrom", "secretKeyRef"}); ref.is_object()) {
    variable.secret = SecretKeyRef{text_at(ref, {"name"}), text_at(ref, {"key"})};
  }
  return variable;
}

StdioBackend read_stdio(const json& value) {
  StdioBackend stdio;
  stdio.image = text_at(value, {"image"});
  stdio.image_pull_policy = text_at(value, {"imagePullPolicy"});
  stdio.command = value.at("command").get<std::vector<std::string>>();
  for (const json& variable : value_at(value, {"env"})) {
    stdio.env.push_back(read_env(variable));
  }
  stdio.resources = read_resources(value);
  stdio.start_timeout = read_duration(value.at("startTimeout"));
  stdio.check_arguments = value.at("checkArguments").get<bool>();
  stdio.instances = settings::read_instances(value.at("instances"));
  return stdio;
}

DeclaredTool read_tool(const json& value) {
  return {
      text_at(value, {"name"}),
      text_at(value, {"title"}),
      text_at(value, {"description"}),
      value.at("inputSchema"),
      text_at(value, {"text"})};
}

Backend read_backend(const json& value) {
  Backend backend;
  backend.name = text_at(value, {"name"});
  backend.timeout = read_duration(value.at("timeout"));
  backend.expose = settings::read_exposure(value.at("expose"));
  if (value.contains("stdio")) {
    backend.stdio = read_stdio(value.at("stdio"));
  }
  for (const json& tool : value_at(value, {"tools"})) {
    backend.tools.push_back(read_tool(tool));
  }
  return backend;
}

McpServerSpec read_spec(const json& value) {
  McpServerSpec spec;
  for (const json& backend : value.at("backends")) {
    spec.backends.push_back(read_backend(backend));
  }
  if (value.contains("autoscaling")) {
    spec.autoscaling = read_autoscaling(value.at("autoscaling"));
  }
  spec.replicas = replicas_of(value);
  spec.image = text_at(value, {"image"});
  spec.resources = read_resources(value);
  const json& sessions = value.at("sessions");
  spec.sessions = {
      read_duration(sessions.at("ttl")),
      read_duration(sessions.at("idleTimeout")),
      read_duration(sessions.at("keyRotation"))};
  spec.logging = {text_at(value, {"logging", "level"}), text_at(value, {"logging", "format"})};
  spec.pod = read_pod_options(value_at(value, {"pod"}));
  spec.network_policy = read_network_policy(value.at("networkPolicy"));
  if (value.contains("ingress")) {
    spec.ingress = read_ingress(value.at("ingress"));
  }
  if (value.contains("gateway")) {
    spec.gateway = read_gateway(value.at("gateway"));
  }
  spec.monitoring = read_monitoring(value.at("monitoring"));
  spec.suspend = value.at("suspend").get<bool>();
  return spec;
}

void check_head(const Object& object, std::vector<FieldError>& errors) {
  if (object.api_version() != api_version) {
    errors.push_back(
        {"apiVersion",
         "is " + text::quoted(object.api_version()) + ", must be \"" + std::string(api_version) +
             "\""}
    );
  }
  if (object.kind() != server_kind) {
    errors.push_back(
        {"kind",
         "is " + text::quoted(object.kind()) + ", must be \"" + std::string(server_kind) + "\""}
    );
  }
  static const std::vector<std::string> known = {
      "apiVersion", "kind", "metadata", "spec", "status"};
  for (const auto& [key, value] : object.body().items()) {
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      errors.push_back({key, "unknown field" + text::hint(key, known)});
    }
  }
}

// The API server reports rules of the whole resource without a path, so their messages begin with
// it.
void check_rules(const Object& object, std::vector<FieldError>& errors) {
  constexpr std::string_view path = "metadata.name";
  const auto& name = object.at({"metadata", "name"});
  for (const schema::Rule& rule : server_rules()) {
    if (rule.holds != nullptr && !rule.holds(object.body())) {
      errors.push_back(
          {std::string(path),
           "is " + (name.is_string() ? text::quoted(object.name()) : name.dump()) + "," +
               rule.message.substr(path.size())}
      );
    }
  }
}

Wishes read_wishes(const Object& object, std::vector<FieldError>& errors) {
  const std::string paused = object.annotation(paused_annotation);
  if (!paused.empty() && paused != "true" && paused != "false") {
    errors.push_back(
        {"metadata.annotations[\"" + std::string(paused_annotation) + "\"]",
         "is " + text::quoted(paused) + R"(, must be "true" or "false")"}
    );
  }
  return {paused == "true", object.annotation(restarted_at_annotation)};
}

}  // namespace

std::string endpoint_path(const McpServerSpec& spec) {
  return spec.ingress ? spec.ingress->path : spec.gateway ? spec.gateway->path : "/mcp";
}

std::int64_t replicas_of(const json& spec) {
  return spec.contains("autoscaling") ? integer_at(spec, {"autoscaling", "minReplicas"})
                                      : spec.value("replicas", default_replicas);
}

std::string controller_name(const Object& server) {
  return text_at(server.body(), {"spec", "controllerName"});
}

tl::expected<McpServer, std::vector<FieldError>> parse_server(const Object& object) {
  std::vector<FieldError> errors;
  if (!object.body().is_object()) {
    return tl::unexpected(std::vector<FieldError>{{"", "is not an object with apiVersion and kind"}}
    );
  }
  check_head(object, errors);
  check_rules(object, errors);
  Wishes wishes = read_wishes(object, errors);
  if (!object.body().contains("spec")) {
    errors.push_back({"spec", "is missing: " + spec_field().description});
    return tl::unexpected(std::move(errors));
  }
  schema::Checked checked = schema::check(spec_field(), object.at({"spec"}), "spec");
  errors.insert(errors.end(), checked.errors.begin(), checked.errors.end());
  if (!errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return McpServer{
      object.key(), object.uid(), object.generation(), read_spec(checked.value), std::move(wishes)};
}

}  // namespace mooring::api
