// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "core/schema/check.hpp"
#include "core/time/duration.hpp"
#include "server/settings/environment.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/fields.hpp"
#include "server/settings/instances.hpp"
#include "server/settings/settings.hpp"

namespace mooring::settings {
namespace {

using Json = nlohmann::json;

// The check has passed: every field below is there and has its type, or is optional.
milliseconds duration_at(const Json& object, const char* key) {
  return *time::parse_duration(object.at(key).get_ref<const std::string&>());
}

std::string string_or(const Json& object, const char* key, const std::string& otherwise) {
  const auto found = object.find(key);
  return found == object.end() ? otherwise : found->get<std::string>();
}

Listen read_listen(const Json& listen) {
  return {
      .address = listen.at("address"),
      .port = listen.at("port"),
      .path = listen.at("path"),
      .threads = listen.at("threads"),
      .max_body_bytes = listen.at("maxBodyBytes"),
      .max_connections = listen.at("maxConnections"),
      .allowed_hosts = listen.at("allowedHosts"),
      .allowed_origins = listen.at("allowedOrigins")};
}

DeclaredTools read_tools(const Json& list) {
  DeclaredTools declared;
  for (const Json& tool : list) {
    declared.tools.push_back(
        {.name = tool.at("name"),
         .title = string_or(tool, "title", ""),
         .description = tool.at("description"),
         .input_schema = tool.at("inputSchema"),
         .text = tool.at("text")}
    );
  }
  return declared;
}

Backend read_backend(const Json& document) {
  Backend backend{
      .name = document.at("name"),
      .timeout = duration_at(document, "timeout"),
      .kind = {},
      .expose = read_exposure(document.at("expose"))};
  if (const auto tools = document.find("tools"); tools != document.end()) {
    backend.kind = read_tools(*tools);
    return backend;
  }
  const Json& stdio = document.at("stdio");
  if (stdio.contains("socket")) {
    backend.kind = StdioSocket{
        stdio.at("socket"),
        duration_at(stdio, "startTimeout"),
        stdio.at("checkArguments"),
        read_instances(stdio.at("instances"))};
    return backend;
  }
  StdioCommand command{
      .argv = stdio.at("command"),
      .directory = string_or(stdio, "directory", ""),
      .env = {},
      .start_timeout = duration_at(stdio, "startTimeout"),
      .check_arguments = stdio.at("checkArguments"),
      .instances = read_instances(stdio.at("instances"))};
  if (stdio.contains("env")) {
    command.env = stdio.at("env").get<std::map<std::string, std::string>>();
  }
  backend.kind = std::move(command);
  return backend;
}

Settings read(const Json& document) {
  const Json& server = document.at("server");
  Settings settings{
      .server =
          {.name = server.at("name"),
           .version = server.at("version"),
           .instance = string_or(server, "instance", server.at("name"))},
      .listen = read_listen(document.at("listen")),
      .admin =
          {.address = document.at("admin").at("address"), .port = document.at("admin").at("port")},
      .drain_timeout = duration_at(document.at("drain"), "timeout"),
      .sessions =
          {.key_ring = document.at("sessions").at("keyRing"),
           .ttl = duration_at(document.at("sessions"), "ttl"),
           .idle_timeout = duration_at(document.at("sessions"), "idleTimeout")},
      .logging =
          {.level = document.at("logging").at("level"),
           .format = document.at("logging").at("format")},
      .backends = {}};
  for (const Json& backend : document.at("backends")) {
    settings.backends.push_back(read_backend(backend));
  }
  return settings;
}

// JSON that the YAML reader would take differently (escaped surrogates) or slowly is read as JSON;
// what is not JSON gets the YAML reader's message, which names line and column.
Result<Json> read_document(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    if (Json document = Json::parse(text, nullptr, false); !document.is_discarded()) {
      return document;
    }
  }
  return mooring::json::parse_yaml(text);
}

}  // namespace

tl::expected<Settings, std::vector<FieldError>> from_json(
    nlohmann::json document, const Environment& environment
) {
  const std::vector<std::string> replaced = apply(environment, document);
  schema::Checked checked = schema::check(fields(), std::move(document), "");
  if (checked.errors.empty()) {
    Settings settings = read(checked.value);
    settings.doubts = doubts(environment);
    return settings;
  }
  for (FieldError& error : checked.errors) {
    if (error.path.starts_with('.')) {
      error.path.erase(0, 1);
    }
  }
  name_variables(replaced, checked.errors);
  return tl::unexpected(std::move(checked.errors));
}

tl::expected<Settings, std::vector<FieldError>> parse(
    std::string_view text, const Environment& environment
) {
  Result<Json> document = read_document(text);
  if (!document) {
    return tl::unexpected(std::vector<FieldError>{{"", std::move(document.error().message)}});
  }
  return from_json(std::move(*document), environment);
}

}  // namespace mooring::settings
