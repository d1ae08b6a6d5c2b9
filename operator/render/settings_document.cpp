// SPDX-License-Identifier: Apache-2.0
#include "operator/keys/kept.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"
#include "server/settings/settings.hpp"

namespace mooring::render {
namespace {

settings::Backend backend_settings(const api::Backend& backend) {
  if (backend.stdio) {
    return {
        backend.name,
        backend.timeout,
        settings::StdioSocket{
            socket_path(backend.name),
            backend.stdio->start_timeout,
            backend.stdio->check_arguments,
            backend.stdio->instances},
        backend.expose};
  }
  settings::DeclaredTools declared;
  for (const api::DeclaredTool& tool : backend.tools) {
    declared.tools.push_back({tool.name, tool.title, tool.description, tool.input_schema, tool.text}
    );
  }
  return {backend.name, backend.timeout, std::move(declared), backend.expose};
}

}  // namespace

// Every field is given, so that a default that changes in a later version rolls no pods. The
// version is the server's own to fill in, for the same reason.
std::string settings_document(const api::McpServer& server) {
  settings::Settings document{
      .server = {.name = server.key.name, .version = "", .instance = server.key.name},
      .listen =
          {.address = "0.0.0.0",
           .port = endpoint_port,
           .path = api::endpoint_path(server.spec),
           .threads = 0,
           .max_body_bytes = 1 << 20,
           .max_connections = max_connections,
           .allowed_hosts = {},
           .allowed_origins = {}},
      .admin = {.address = "0.0.0.0", .port = admin_port},
      .drain_timeout = drain_of(server),
      .sessions =
          {.key_ring = std::string(keys_directory) + "/" + std::string(keys::ring_file),
           .ttl = server.spec.sessions.ttl,
           .idle_timeout = server.spec.sessions.idle_timeout},
      .logging = {.level = server.spec.logging.level, .format = server.spec.logging.format},
      .backends = {}};
  for (const api::Backend& backend : server.spec.backends) {
    document.backends.push_back(backend_settings(backend));
  }
  nlohmann::json printed = settings::print(document);
  printed["server"].erase("version");
  return printed.dump(2) + "\n";
}

}  // namespace mooring::render
