// SPDX-License-Identifier: Apache-2.0
#include "core/time/duration.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/instances.hpp"
#include "server/settings/settings.hpp"

namespace mooring::settings {
namespace {

using Json = nlohmann::json;
using time::print_duration;

Json print_kind(const StdioSocket& socket) {
  return {
      {"stdio",
       {{"socket", socket.path},
        {"startTimeout", print_duration(socket.start_timeout)},
        {"checkArguments", socket.check_arguments},
        {"instances", print_instances(socket.instances)}}}};
}

Json print_kind(const StdioCommand& command) {
  Json stdio = {
      {"command", command.argv},
      {"startTimeout", print_duration(command.start_timeout)},
      {"checkArguments", command.check_arguments},
      {"instances", print_instances(command.instances)}};
  if (!command.directory.empty()) {
    stdio["directory"] = command.directory;
  }
  if (!command.env.empty()) {
    stdio["env"] = command.env;
  }
  return {{"stdio", std::move(stdio)}};
}

Json print_kind(const DeclaredTools& declared) {
  Json tools = Json::array();
  for (const DeclaredTool& tool : declared.tools) {
    tools.push_back(
        {{"name", tool.name},
         {"description", tool.description},
         {"inputSchema", tool.input_schema},
         {"text", tool.text}}
    );
    if (!tool.title.empty()) {
      tools.back()["title"] = tool.title;
    }
  }
  return {{"tools", std::move(tools)}};
}

Json print_backend(const Backend& backend) {
  Json document = std::visit([](const auto& kind) { return print_kind(kind); }, backend.kind);
  document["name"] = backend.name;
  document["timeout"] = print_duration(backend.timeout);
  document["expose"] = print_exposure(backend.expose);
  return document;
}

Json print_listen(const Listen& listen) {
  return {
      {"address", listen.address},
      {"port", listen.port},
      {"path", listen.path},
      {"threads", listen.threads},
      {"maxBodyBytes", listen.max_body_bytes},
      {"maxConnections", listen.max_connections},
      {"allowedHosts", listen.allowed_hosts},
      {"allowedOrigins", listen.allowed_origins}};
}

}  // namespace

nlohmann::json print(const Settings& settings) {
  Json backends = Json::array();
  for (const Backend& backend : settings.backends) {
    backends.push_back(print_backend(backend));
  }
  return {
      {"server",
       {{"name", settings.server.name},
        {"version", settings.server.version},
        {"instance", settings.server.instance}}},
      {"listen", print_listen(settings.listen)},
      {"admin", {{"address", settings.admin.address}, {"port", settings.admin.port}}},
      {"drain", {{"timeout", print_duration(settings.drain_timeout)}}},
      {"sessions",
       {{"keyRing", settings.sessions.key_ring},
        {"ttl", print_duration(settings.sessions.ttl)},
        {"idleTimeout", print_duration(settings.sessions.idle_timeout)}}},
      {"logging", {{"level", settings.logging.level}, {"format", settings.logging.format}}},
      {"backends", std::move(backends)}};
}

}  // namespace mooring::settings
