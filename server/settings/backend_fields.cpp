// SPDX-License-Identifier: Apache-2.0
#include "server/settings/builders.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/instances.hpp"

#include <algorithm>

namespace mooring::settings {
namespace {

bool is_variable_name(const std::string& name) {
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !name.empty() && name.size() <= 128 && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) {
           return letter(c) || (c >= '0' && c <= '9');
         });
}

Field env_field() {
  Field env = schema::map_field(
      "env",
      "Variables added to the environment of the command.",
      without_nul(sized(schema::string_field("", ""), 0, 8192)),
      64
  );
  env.rules.push_back(
      {.cel = "",
       .message = "names must be letters, digits and _, not beginning with a digit",
       .holds =
           [](const json& value) {
             for (const auto& entry : value.items()) {
               if (!is_variable_name(entry.key())) {
                 return false;
               }
             }
             return true;
           }}
  );
  return env;
}

Field stdio_field() {
  Field argument = without_nul(sized(schema::string_field("", ""), 0, 4096));
  Field stdio = schema::object_field(
      "stdio",
      "A server that speaks MCP on its standard input and output: behind a bridge's socket, or as "
      "a child process.",
      {like(
           sized(schema::string_field("socket", "The Unix socket of a bridge."), 1, 107),
           "^/.*$",
           "an absolute path of at most 107 bytes"
       ),
       schema::list_field(
           "command", "Program and arguments, without a shell.", std::move(argument), 1, 64
       ),
       without_nul(sized(
           schema::string_field(
               "directory", "The command's working directory; the server's own if absent."
           ),
           1,
           4096
       )),
       env_field(),
       bounded_duration<1'000, 600'000>(
           "startTimeout",
           "How long the server may take to answer its first requests before it is started anew.",
           "30s"
       ),
       check_arguments_field(),
       instances_field()}
  );
  stdio.rules = {
      {.cel = "",
       .message = "must have exactly one of: socket, command",
       .holds = [](const json& v) { return v.contains("socket") != v.contains("command"); }},
      {.cel = "",
       .message = "directory and env belong to a command; remove them from a socket",
       .holds =
           [](const json& v) {
             return !v.contains("socket") || (!v.contains("directory") && !v.contains("env"));
           }},
      {.cel = "", .message = "command[0] must name a program", .holds = [](const json& v) {
         return !v.contains("command") || !string_at(v["command"][0]).empty();
       }}};
  return stdio;
}

Field tools_field() {
  return schema::keyed_list_field(
      "tools",
      "Tools that the endpoint answers by itself, from a text.",
      "name",
      schema::object_field(
          "",
          "",
          {required(like(
               sized(schema::string_field("name", "The tool's name."), 1, 64),
               "^[A-Za-z0-9_.-]+$",
               "1 to 64 letters, digits and _ . -"
           )),
           sized(schema::string_field("title", "The tool's name for people."), 1, 128),
           required(sized(
               schema::string_field("description", "What the tool does, for the model."), 1, 2048
           )),
           with_default(
               schema::any_object_field(
                   "inputSchema", "JSON Schema (2020-12) of the arguments; they are checked by it."
               ),
               {{"type", "object"}}
           ),
           required(sized(
               schema::string_field(
                   "text",
                   "The answer. `{argument}` is replaced by that argument; `{{` and `}}` are "
                   "braces."
               ),
               1,
               16384
           ))}
      ),
      1,
      64
  );
}

}  // namespace

Field backends_field() {
  Field backend = schema::object_field(
      "",
      "",
      {required(like(
           sized(schema::string_field("name", "Names it in messages, logs and metrics."), 1, 30),
           "^[a-z]([-a-z0-9]*[a-z0-9])?$",
           "a DNS label: lower-case letters, digits and -, beginning with a letter"
       )),
       bounded_duration<100, 3'600'000>("timeout", "How long a call may take.", "30s"),
       exposure_field(),
       stdio_field(),
       tools_field()}
  );
  backend.rules.push_back(
      {.cel = "",
       .message = "must have exactly one of: stdio, tools",
       .holds = [](const json& v) { return v.contains("stdio") != v.contains("tools"); }}
  );
  return required(schema::keyed_list_field(
      "backends", "What the endpoint serves.", "name", std::move(backend), 1, 32
  ));
}

}  // namespace mooring::settings
