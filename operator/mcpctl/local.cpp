// SPDX-License-Identifier: Apache-2.0
#include "operator/mcpctl/local.hpp"

#include "core/text/ascii.hpp"
#include "core/text/encoding.hpp"

#include <optional>

namespace mooring::mcpctl {
namespace {

using Errors = std::vector<FieldError>;

// stringData is what people write by hand; Kubernetes lets it win over data.
std::optional<std::string> secret_value(const api::Object& secret, const std::string& key) {
  if (const auto& plain = secret.at({"stringData", key}); plain.is_string()) {
    return plain.get<std::string>();
  }
  if (const auto& encoded = secret.at({"data", key}); encoded.is_string()) {
    return text::from_base64(encoded.get_ref<const std::string&>());
  }
  return std::nullopt;
}

std::string resolve(
    const api::SecretKeyRef& ref,
    const std::vector<api::Object>& objects,
    const std::string& path,
    Errors& errors
) {
  for (const api::Object& object : objects) {
    if (object.kind() != "Secret" || object.name() != ref.name) {
      continue;
    }
    if (auto value = secret_value(object, ref.key)) {
      return *value;
    }
    errors.push_back(
        {path + ".key",
         "is " + text::quoted(ref.key) + ", which Secret " + text::quoted(ref.name) +
             " in the file does not have; add it to its stringData"}
    );
    return {};
  }
  errors.push_back(
      {path + ".name",
       "is " + text::quoted(ref.name) +
           ", and the file has no such Secret; without a cluster it must stand there: add a "
           "document `kind: Secret` with stringData." +
           ref.key}
  );
  return {};
}

settings::StdioCommand local_command(
    const api::StdioBackend& stdio,
    const std::vector<api::Object>& objects,
    const LocalPlace& place,
    const std::string& path,
    Errors& errors
) {
  settings::StdioCommand command{
      .argv = stdio.command,
      .directory = place.directory,
      .env = {},
      .start_timeout = stdio.start_timeout,
      .check_arguments = stdio.check_arguments,
      .instances = stdio.instances};
  for (std::size_t i = 0; i < stdio.env.size(); ++i) {
    const api::EnvVar& variable = stdio.env[i];
    const std::string ref_path = path + ".env[" + std::to_string(i) + "].valueFrom.secretKeyRef";
    command.env[variable.name] =
        variable.secret ? resolve(*variable.secret, objects, ref_path, errors) : variable.value;
  }
  return command;
}

settings::DeclaredTools declared_tools(const api::Backend& backend) {
  settings::DeclaredTools declared;
  for (const api::DeclaredTool& tool : backend.tools) {
    declared.tools.push_back({tool.name, tool.title, tool.description, tool.input_schema, tool.text}
    );
  }
  return declared;
}

}  // namespace

tl::expected<settings::Settings, std::vector<FieldError>> local_settings(
    const api::McpServer& server, const std::vector<api::Object>& objects, const LocalPlace& place
) {
  settings::Settings document{
      .server = {.name = server.key.name, .version = MOORING_VERSION, .instance = server.key.name},
      .listen =
          {.address = "127.0.0.1",
           .port = place.port,
           .path = api::endpoint_path(server.spec),
           .threads = 0,
           .max_body_bytes = 1 << 20,
           .max_connections = 10'000,
           .allowed_hosts = {},
           .allowed_origins = {}},
      .admin = {.address = "127.0.0.1", .port = place.admin_port},
      .drain_timeout = std::chrono::seconds(25),
      // One process, so a key that it makes for itself is enough.
      .sessions =
          {.key_ring = "",
           .ttl = server.spec.sessions.ttl,
           .idle_timeout = server.spec.sessions.idle_timeout},
      .logging = {.level = server.spec.logging.level, .format = place.log_format},
      .backends = {}};
  Errors errors;
  for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
    const api::Backend& backend = server.spec.backends[i];
    const std::string path = api::backend_path(i) + ".stdio";
    settings::Backend entry{backend.name, backend.timeout, settings::DeclaredTools{}};
    if (backend.stdio) {
      entry.kind = local_command(*backend.stdio, objects, place, path, errors);
    } else {
      entry.kind = declared_tools(backend);
    }
    document.backends.push_back(std::move(entry));
  }
  if (!errors.empty()) {
    return tl::unexpected(std::move(errors));
  }
  return document;
}

}  // namespace mooring::mcpctl
