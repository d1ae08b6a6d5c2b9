// SPDX-License-Identifier: Apache-2.0
#include "core/time/duration.hpp"
#include "operator/api/mcp_server.hpp"
#include "server/settings/exposure.hpp"
#include "server/settings/instances.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;
using namespace schema;

Field required(Field field) {
  field.required = true;
  return field;
}

Field text_field(
    std::string name, std::string description, std::int64_t minimum, std::int64_t maximum
) {
  Field field = string_field(std::move(name), std::move(description));
  field.minimum = minimum;
  field.maximum = maximum;
  return field;
}

Field matching(Field field, std::string pattern, std::string hint) {
  field.pattern = std::move(pattern);
  field.pattern_hint = std::move(hint);
  return field;
}

// No process can be given it: arguments and variables end there.
Field without_nul(Field field) {
  return matching(std::move(field), R"(^[^\x00]*$)", "text without the character NUL (\\x00)");
}

// What clients show to people and models.
Field printable(Field field) {
  return matching(
      std::move(field),
      R"(^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$)",
      "text without control characters other than tab and line breaks"
  );
}

Field with_default(Field field, json value) {
  field.default_value = std::move(value);
  return field;
}

Field with_example(Field field, json value) {
  field.example = std::move(value);
  return field;
}

Field with_rule(Field field, Rule rule) {
  field.rules.push_back(std::move(rule));
  return field;
}

template <std::int64_t low, std::int64_t high>
bool lasts_within(const json& value) {
  const auto duration = time::parse_duration(value.get_ref<const std::string&>());
  return duration && duration->count() >= low && duration->count() <= high;
}

template <std::int64_t low, std::int64_t high>
Field bounded_duration(std::string name, std::string description, std::string default_value) {
  const std::string from = time::print_duration(std::chrono::milliseconds(low));
  const std::string to = time::print_duration(std::chrono::milliseconds(high));
  Field field = duration_field(std::move(name), std::move(description), std::move(default_value));
  field.rules.push_back(
      {"duration(self) >= duration('" + from + "') && duration(self) <= duration('" + to + "')",
       "must last from " + from + " to " + to,
       lasts_within<low, high>}
  );
  return field;
}

template <const auto& first, const auto& second>
bool has_exactly_one(const json& value) {
  return value.contains(first) != value.contains(second);
}

constexpr char stdio_name[] = "stdio";
constexpr char tools_name[] = "tools";
constexpr char value_name[] = "value";
constexpr char value_from_name[] = "valueFrom";

Field amounts_field(std::string name, std::string description) {
  return object_field(
      std::move(name),
      std::move(description),
      {with_example(
           quantity_field("cpu", "Processor time, in cores or thousandths of a core."), "100m"
       ),
       with_example(quantity_field("memory", "Memory, in bytes or multiples of them."), "128Mi")}
  );
}

Field resources_field(std::string description, const std::string& least_memory) {
  return object_field(
      "resources",
      std::move(description),
      {amounts_field("requests", "What is reserved on a node for each replica."),
       amounts_field(
           "limits",
           "What a replica may use at most; above the memory limit, at least " + least_memory +
               ", it is restarted."
       )}
  );
}

Field secret_key_ref_field() {
  return required(object_field(
      "secretKeyRef",
      "A key of a Secret in the same namespace. The value is never copied: the pod reads it.",
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

Field image_field(std::string description) {
  return matching(
      text_field("image", std::move(description), 1, 512),
      "^[!-~]+$",
      "an image name in printable ASCII without blanks, such as \"ghcr.io/acme/files:1.4\""
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

Field sessions_field() {
  return with_default(
      object_field(
          "sessions",
          "Sessions of clients before protocol 2026-07-28; later ones have none.",
          {bounded_duration<10'000, 2'592'000'000>(
               "ttl",
               "How long a session id is good for, however it is used; then the client begins a "
               "new session.",
               "24h"
           ),
           bounded_duration<1'000, 2'592'000'000>(
               "idleTimeout",
               "How long what one replica keeps for a session, its event stream and its "
               "subscriptions, outlives the last request that reached this replica and the last "
               "reader of the stream. The session id stays good until ttl.",
               "1h"
           )}
      ),
      json::object()
  );
}

Field make_spec() {
  return required(object_field(
      "spec",
      "What is wanted of this MCP server.",
      {backends_field(),
       with_default(
           integer_field(
               "replicas",
               "Number of endpoint pods. Each runs the programs of stdio backends for itself: one "
               "that keeps something in memory wants 1. 0 turns the server off and keeps it.",
               0,
               100
           ),
           2
       ),
       image_field(
           "Image of the endpoint. Absent: the operator's default; status.image shows the one in "
           "force."
       ),
       with_default(
           resources_field("Compute resources of the endpoint's container.", "32Mi"),
           {{"requests", {{"cpu", "100m"}, {"memory", "64Mi"}}}, {"limits", {{"memory", "256Mi"}}}}
       ),
       sessions_field(),
       with_default(
           object_field(
               "logging",
               "What the endpoint writes to its log.",
               {with_default(
                    enum_field(
                        "level",
                        "The least severe messages that are written.",
                        {"debug", "info", "warn", "error"}
                    ),
                    "info"
                ),
                with_default(
                    enum_field("format", "json for machines, text for people.", {"json", "text"}),
                    "json"
                )}
           ),
           json::object()
       ),
       with_default(
           boolean_field(
               "suspend",
               "true: the operator changes nothing of this server, whatever happens to the rest of "
               "the spec or to what was made of it; what runs goes on, and status says Paused. The "
               "annotation mooring.dev/paused: \"true\" does the same without a change of the "
               "spec."
           ),
           false
       )}
  ));
}

// RE2 is not needed for what is this simple; the CEL twin stands beside.
bool is_dns_1035_of_40(const json& resource) {
  const std::string name = text_at(resource, {"metadata", "name"});
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (name.empty() || name.size() > 40 || !is_lower(name.front()) || name.back() == '-') {
    return false;
  }
  for (const char c : name) {
    if (!is_lower(c) && !is_digit(c) && c != '-') {
      return false;
    }
  }
  return true;
}

}  // namespace

const schema::Field& spec_field() {
  static const Field field = make_spec();
  return field;
}

const std::vector<schema::Rule>& server_rules() {
  static const std::vector<Rule> rules = {
      {"self.metadata.name.size() <= 40 && "
       "self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
       "metadata.name must have at most 40 characters: lower-case letters, digits and \"-\", a "
       "letter first, no \"-\" last (Services are named after it)",
       is_dns_1035_of_40}};
  return rules;
}

std::string backend_path(std::size_t index) {
  return "spec.backends[" + std::to_string(index) + "]";
}

}  // namespace mooring::api
