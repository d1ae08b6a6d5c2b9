// SPDX-License-Identifier: Apache-2.0
#include "server/settings/fields.hpp"

#include "server/settings/builders.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

namespace mooring::settings {
namespace {

Field address_field(std::string description) {
  Field field = sized(schema::string_field("address", std::move(description)), 1, 45);
  field.rules.push_back(
      {.cel = "",
       .message = "must be an IPv4 or IPv6 address such as \"0.0.0.0\", \"::\" or \"127.0.0.1\"",
       .holds =
           [](const json& value) {
             std::array<unsigned char, sizeof(in6_addr)> bytes{};
             const char* text = string_at(value).c_str();
             return inet_pton(AF_INET, text, bytes.data()) == 1 ||
                    inet_pton(AF_INET6, text, bytes.data()) == 1;
           }}
  );
  return with_default(std::move(field), "0.0.0.0");
}

Field server_fields() {
  return required(schema::object_field(
      "server",
      "How the endpoint introduces itself to clients.",
      {required(sized(schema::string_field("name", "The name in serverInfo."), 1, 128)),
       with_default(
           sized(schema::string_field("version", "The version in serverInfo."), 1, 64),
           MOORING_VERSION
       ),
       sized(
           schema::string_field(
               "instance", "Which installation this is, for logs and metrics; the name if absent."
           ),
           1,
           128
       )}
  ));
}

Field endpoint_path_field() {
  Field path = like(
      sized(schema::string_field("path", "The path of the MCP endpoint."), 1, 256),
      "^/[A-Za-z0-9._~/-]*$",
      "an absolute path of letters, digits and . _ ~ / -"
  );
  path.rules.push_back(
      {.cel = "",
       .message = "is taken: /health and /ready answer probes; choose another, e.g. /mcp",
       .holds = [](const json& value) { return value != "/health" && value != "/ready"; }}
  );
  return with_default(std::move(path), "/mcp");
}

Field allowed_hosts_field() {
  Field host = like(
      sized(schema::string_field("", ""), 1, 255),
      R"(^(\[[0-9A-Fa-f:.]+\]|(\*\.)?[A-Za-z0-9._-]+)(:[0-9]{1,5})?$)",
      "a host name, \"*.\" and a domain, or an address, with or without a port"
  );
  return with_default(
      schema::list_field(
          "allowedHosts",
          "Hosts that a request's Host header may name; \"*.\" before a domain is any of its "
          "hosts. Empty: any, but on a loopback address only localhost.",
          std::move(host),
          0,
          64
      ),
      json::array()
  );
}

Field allowed_origins_field() {
  Field origin = like(
      sized(schema::string_field("", ""), 1, 512),
      R"(^[A-Za-z][A-Za-z0-9+.-]*://[^/\s]+$)",
      "an origin such as \"https://app.example.com\", without a path"
  );
  return with_default(
      schema::list_field(
          "allowedOrigins",
          "Origins of the web pages that may call and read the answers (CORS); \":*\" at the end "
          "is any "
          "port. Empty: only pages of this machine (localhost).",
          std::move(origin),
          0,
          64
      ),
      json::array()
  );
}

Field listen_fields() {
  return with_default(
      schema::object_field(
          "listen",
          "Where and how clients are served.",
          {address_field("The address to listen on."),
           with_default(
               schema::integer_field(
                   "port", "The port to listen on; 0 takes a free one.", 0, 65535
               ),
               3232
           ),
           endpoint_path_field(),
           with_default(schema::integer_field("threads", "Threads; 0 is one a core.", 0, 64), 0),
           with_default(
               schema::integer_field(
                   "maxBodyBytes",
                   "The largest request body; a larger one is answered 413.",
                   1024,
                   64 << 20
               ),
               1 << 20
           ),
           with_default(
               schema::integer_field(
                   "maxConnections",
                   "Client connections at a time; further ones are closed at once.",
                   1,
                   1'000'000
               ),
               10'000
           ),
           allowed_hosts_field(),
           allowed_origins_field()}
      ),
      json::object()
  );
}

Field admin_fields() {
  return with_default(
      schema::object_field(
          "admin",
          "Where /metrics, /health, /ready and /status are served.",
          {address_field("The address to listen on."),
           with_default(
               schema::integer_field(
                   "port", "The port to listen on; 0 takes a free one.", 0, 65535
               ),
               9090
           )}
      ),
      json::object()
  );
}

Field drain_fields() {
  return with_default(
      schema::object_field(
          "drain",
          "What happens on SIGTERM.",
          {bounded_duration<0, 600'000>(
              "timeout", "How long requests in flight may take to finish.", "25s"
          )}
      ),
      json::object()
  );
}

Field sessions_fields() {
  return with_default(
      schema::object_field(
          "sessions",
          "Sessions of clients before protocol 2026-07-28.",
          {with_default(
               sized(
                   schema::string_field(
                       "keyRing",
                       "The file of keys that seal session ids, the same for all replicas. "
                       "Empty: a key made at start, good for one replica until it ends."
                   ),
                   0,
                   4096
               ),
               ""
           ),
           bounded_duration<10'000, 2'592'000'000>(
               "ttl", "How long a session id is good for, however it is used.", "24h"
           ),
           bounded_duration<1'000, 2'592'000'000>(
               "idleTimeout",
               "How long what is kept for a session, its stream and its subscriptions, outlives "
               "its "
               "last request and the last reader of its stream. The session id stays good until "
               "ttl.",
               "1h"
           )}
      ),
      json::object()
  );
}

Field logging_fields() {
  return with_default(
      schema::object_field(
          "logging",
          "The log on standard error.",
          {with_default(
               schema::enum_field(
                   "level", "The least severe lines shown.", {"debug", "info", "warn", "error"}
               ),
               "info"
           ),
           with_default(
               schema::enum_field("format", "One JSON object a line, or text.", {"json", "text"}),
               "json"
           )}
      ),
      json::object()
  );
}

Field root() {
  Field root = schema::object_field(
      "",
      "",
      {server_fields(),
       listen_fields(),
       admin_fields(),
       drain_fields(),
       sessions_fields(),
       logging_fields(),
       backends_field()}
  );
  root.rules.push_back(
      {.cel = "",
       .message = "admin.port must differ from listen.port",
       .holds = [](const json& v
                ) { return v["admin"]["port"] == 0 || v["admin"]["port"] != v["listen"]["port"]; }}
  );
  return root;
}

std::string variable_name(const std::vector<std::string>& path) {
  std::string name = "MOORING";
  for (const std::string& part : path) {
    name += '_';
    for (const char c : part) {
      if (c >= 'A' && c <= 'Z') {
        name += '_';
      }
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return name;
}

void collect(const Field& field, const std::vector<std::string>& path, std::vector<Variable>& out) {
  for (const Field& child : field.fields) {
    std::vector<std::string> child_path = path;
    child_path.push_back(child.name);
    if (child.type == schema::Type::object) {
      collect(child, child_path, out);
    } else if (child.type != schema::Type::list || child.items.front().type == schema::Type::string) {
      out.push_back({variable_name(child_path), child_path, &child});
    }
  }
}

}  // namespace

const Field& fields() {
  static const Field table = root();
  return table;
}

const std::vector<Variable>& variables() {
  static const std::vector<Variable> all = [] {
    std::vector<Variable> found;
    collect(fields(), {}, found);
    return found;
  }();
  return all;
}

}  // namespace mooring::settings
