// SPDX-License-Identifier: Apache-2.0
#include "operator/api/kinds.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

namespace mooring::render {
namespace {

using nlohmann::json;

json security_context() {
  return {
      {"allowPrivilegeEscalation", false},
      {"readOnlyRootFilesystem", true},
      {"capabilities", {{"drop", {"ALL"}}}}};
}

json mount(std::string_view volume, std::string_view path, bool read_only = false) {
  json entry = {{"name", volume}, {"mountPath", path}};
  if (read_only) {
    entry["readOnly"] = true;
  }
  return entry;
}

json amounts(const api::ResourceAmounts& amounts) {
  json object = json::object();
  if (!amounts.cpu.empty()) {
    object["cpu"] = amounts.cpu;
  }
  if (!amounts.memory.empty()) {
    object["memory"] = amounts.memory;
  }
  return object;
}

void add_resources(json& container, const api::Resources& resources) {
  for (const auto& [name, values] :
       {std::pair("requests", amounts(resources.requests)),
        std::pair("limits", amounts(resources.limits))}) {
    if (!values.empty()) {
      container["resources"][name] = values;
    }
  }
}

json get_probe(std::string_view path, int period, int failures) {
  return {
      {"httpGet", {{"path", path}, {"port", "http"}, {"scheme", "HTTP"}}},
      {"periodSeconds", period},
      {"timeoutSeconds", 2},
      {"failureThreshold", failures}};
}

// Kubernetes replaces $(NAME) in commands and values and reads $$ as $. What the user wrote is
// meant as it is.
std::string literal(const std::string& text) {
  if (text.find("$(") == std::string::npos && text.find("$$") == std::string::npos) {
    return text;
  }
  std::string escaped;
  for (const char c : text) {
    escaped += c == '$' ? "$$" : std::string(1, c);
  }
  return escaped;
}

json env_entry(const api::EnvVar& variable) {
  json entry = {{"name", variable.name}};
  if (variable.secret) {
    entry["valueFrom"] = {
        {"secretKeyRef", {{"name", variable.secret->name}, {"key", variable.secret->key}}}};
  } else if (!variable.value.empty()) {
    entry["value"] = literal(variable.value);
  }
  return entry;
}

// The program's copy brings its loader and libraries, for the image need not have any.
json bridge_command(const api::Backend& backend) {
  const std::string directory(program_directory);
  json command = json::array(
      {directory + "/ld-linux-x86-64.so.2",
       "--library-path",
       directory,
       directory + "/mcp-server",
       "bridge",
       socket_path(backend.name),
       "--"}
  );
  for (const std::string& word : backend.stdio->command) {
    command.push_back(literal(word));
  }
  return command;
}

}  // namespace

json endpoint_container(const api::McpServer& server, const std::string& image) {
  json container = {
      {"name", "endpoint"},
      {"image", image},
      {"imagePullPolicy", "IfNotPresent"},
      {"command",
       {"/mcp-server",
        "serve",
        "--settings",
        std::string(settings_directory) + "/" + std::string(settings_file),
        "--advertise=$(POD_IP)",
        "--peers=" + api::peers_name(server.key.name) + ":" + std::to_string(endpoint_port)}},
      // All is given that the API server would fill in: it owns no part of a reference.
      {"env",
       json::array(
           {{{"name", "POD_IP"},
             {"valueFrom", {{"fieldRef", {{"apiVersion", "v1"}, {"fieldPath", "status.podIP"}}}}}}}
       )},
      {"ports",
       json::array(
           {{{"name", "http"}, {"containerPort", endpoint_port}, {"protocol", "TCP"}},
            {{"name", "metrics"}, {"containerPort", admin_port}, {"protocol", "TCP"}}}
       )},
      // Not /ready: a backend that is slow or fails must not get the endpoint restarted, which
      // would end those that work and lose what is known of the failure.
      {"startupProbe", get_probe("/health", 1, 30)},
      {"readinessProbe", get_probe("/ready", 2, 2)},
      {"livenessProbe", get_probe("/health", 10, 3)},
      // Until every proxy has heard that this pod goes, it goes on answering.
      {"lifecycle", {{"preStop", {{"sleep", {{"seconds", 5}}}}}}},
      {"terminationMessagePolicy", "FallbackToLogsOnError"},
      {"securityContext", security_context()},
      {"volumeMounts",
       json::array(
           {mount("settings", settings_directory, true),
            mount("keys", keys_directory, true),
            mount("tmp", "/tmp")}
       )}};
  for (const api::Backend& backend : server.spec.backends) {
    if (backend.stdio) {
      container["volumeMounts"].push_back(
          mount(run_volume(backend.name), run_directory(backend.name))
      );
    }
  }
  add_resources(container, server.spec.resources);
  return container;
}

json install_container(const std::string& image) {
  json container = {
      {"name", "mooring"},
      {"image", image},
      {"imagePullPolicy", "IfNotPresent"},
      {"command", {"/mcp-server", "install", program_directory}},
      {"terminationMessagePolicy", "FallbackToLogsOnError"},
      {"securityContext", security_context()},
      {"volumeMounts", json::array({mount("mooring", program_directory)})}};
  add_resources(container, {{"10m", "32Mi"}, {"", "128Mi"}});
  return container;
}

// An init container that restarts is a sidecar: it starts before the endpoint and ends after it.
json backend_container(const api::Backend& backend) {
  const api::StdioBackend& stdio = *backend.stdio;
  json container = {
      {"name", "backend-" + backend.name},
      {"image", stdio.image},
      {"imagePullPolicy", stdio.image_pull_policy},
      {"restartPolicy", "Always"},
      {"command", bridge_command(backend)},
      {"terminationMessagePolicy", "FallbackToLogsOnError"},
      {"securityContext", security_context()},
      {"volumeMounts",
       json::array(
           {mount("mooring", program_directory, true),
            mount(run_volume(backend.name), run_directory(backend.name)),
            mount("tmp-" + backend.name, "/tmp")}
       )}};
  for (const api::EnvVar& variable : stdio.env) {
    container["env"].push_back(env_entry(variable));
  }
  add_resources(container, stdio.resources);
  return container;
}

}  // namespace mooring::render
