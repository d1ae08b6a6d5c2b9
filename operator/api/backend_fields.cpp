// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/mcp_server.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/instances.hpp"

namespace mooring::api {
namespace fields {
namespace {

using nlohmann::json;
using namespace schema;

constexpr char stdio_name[] = "stdio";
constexpr char tools_name[] = "tools";
constexpr char value_name[] = "value";
constexpr char value_from_name[] = "valueFrom";

Field secret_key_ref_field() {
  return required(object_field(
      "secretKeyRef",
      "A key of a Secret in the same namespace. The value is never copied: the pod reads it. "
      "Another value replaces the pods, one by one, within about a minute.",
      {required(matching(
           text_field("name", "Name of the Secret.", 1, 253),
           "^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$",
           "the name of a Secret: lower-case letters, digits, \"-\" and \".\""
       )),
       required(matching(
           text_field("key", "Key in the Secret's data.", 1, 253),
           "^[-._a-zA-Z0-9]+$",
           "a key: letters, digits, \"-\", \"_\" and \".\""
       ))}
  ));
}

Field env_field() {
  Field item = object_field(
      "",
      "",
      {required(matching(
           text_field("name", "Name of the variable.", 1, 128),
           "^[A-Za-z_][A-Za-z0-9_]*$",
           "a variable name: letters, digits and \"_\", not a digit first"
       )),
       without_nul(
           text_field("value", "The value as it is. Put secrets into valueFrom instead.", 0, 8192)
       ),
       object_field("valueFrom", "Where the value is read from.", {secret_key_ref_field()})}
  );
  item = with_rule(
      std::move(item),
      {"has(self.value) != has(self.valueFrom)",
       "must have exactly one of value and valueFrom",
       has_exactly_one<value_name, value_from_name>}
  );
  return keyed_list_field(
      "env",
      "Environment variables of the command; it gets these and the image's own, and nothing of the "
      "endpoint's.",
      "name",
      std::move(item),
      0,
      64
  );
}

Field stdio_field() {
  return object_field(
      "stdio",
      "A program that speaks MCP on its standard input and output, run in a container of its own "
      "in every endpoint pod.",
      {required(with_example(
           image_field("Container image that holds the command."), "ghcr.io/acme/files:1.4"
       )),
       with_default(
           enum_field(
               "imagePullPolicy", "When the image is fetched.", {"Always", "IfNotPresent", "Never"}
           ),
           "IfNotPresent"
       ),
       required(with_example(
           list_field(
               "command",
               "The program and its arguments, as one entry each; no shell is involved. Relative "
               "paths are relative to the image's working directory.",
               without_nul(text_field("", "", 1, 4096)),
               1,
               64
           ),
           json::array({"node", "server.mjs"})
       )),
       env_field(),
       resources_field("Compute resources of the command's container.", "16Mi"),
       bounded_duration<1'000, 600'000>(
           "startTimeout",
           "How long the command may take until it answers its first request; then it is ended and "
           "started again.",
           "30s"
       ),
       settings::check_arguments_field(),
       settings::instances_field()}
  );
}

Field tools_field() {
  Field item = object_field(
      "",
      "",
      {required(matching(
           text_field("name", "Name by which clients call the tool.", 1, 64),
           "^[A-Za-z0-9_.-]{1,64}$",
           "a tool name: letters, digits, \"_\", \"-\" and \".\""
       )),
       printable(text_field("title", "Name for people to read.", 1, 128)),
       required(printable(text_field(
           "description", "What the tool does and when to use it: models choose by it.", 1, 2048
       ))),
       with_default(
           any_object_field(
               "inputSchema",
               "JSON Schema (2020-12) of the arguments; its type is object. Calls that do not fit "
               "are refused and told why."
           ),
           json{{"type", "object"}}
       ),
       required(printable(text_field(
           "text",
           "The answer. {argument} stands for the argument of that name (strings as they are, "
           "others as JSON); {{ and }} are braces.",
           1,
           16384
       )))}
  );
  return keyed_list_field(
      "tools",
      "Tools declared right here, answered by the endpoint itself.",
      "name",
      std::move(item),
      1,
      64
  );
}

}  // namespace

Field backends_field() {
  Field item = object_field(
      "",
      "",
      {required(matching(
           text_field("name", "Name of the backend; it also stands in metrics and logs.", 1, 30),
           "^[a-z]([-a-z0-9]*[a-z0-9])?$",
           "a name such as \"files\": lower-case letters, digits and \"-\", a letter first"
       )),
       bounded_duration<100, 3'600'000>(
           "timeout",
           "How long a call of one of its tools may take. A pod that ends finishes the calls it "
           "has begun, for up to 10 minutes.",
           "30s"
       ),
       settings::exposure_field(),
       stdio_field(),
       tools_field()}
  );
  item = with_rule(
      std::move(item),
      {"has(self.stdio) != has(self.tools)",
       "must have exactly one of stdio and tools",
       has_exactly_one<stdio_name, tools_name>}
  );
  return required(keyed_list_field(
      "backends",
      "Where tools, resources and prompts come from. Where several have a tool or prompt of one "
      "name, each is offered with its backend's name before its own: files_read.",
      "name",
      std::move(item),
      1,
      32
  ));
}

}  // namespace fields

std::string backend_path(std::size_t index) {
  return "spec.backends[" + std::to_string(index) + "]";
}

}  // namespace mooring::api
