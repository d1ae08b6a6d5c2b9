// SPDX-License-Identifier: Apache-2.0
#include "operator/api/fields.hpp"
#include "operator/api/mcp_server.hpp"

namespace mooring::api {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;
using namespace schema;
using namespace fields;

bool is_never_or_lasting(const json& value) {
  const auto duration = time::parse_duration(value.get_ref<const std::string&>());
  return duration && (duration->count() == 0 || (*duration >= 1h && *duration <= 8760h));
}

Field key_rotation_field() {
  return with_rule(
      duration_field(
          "keyRotation",
          "How long one key seals session ids; then a new one does, which every replica has by "
          "then. The old one is kept until the last session that it sealed has ended, so that "
          "nobody notices and no pod is replaced. 0s: the keys stay as they are.",
          "720h"
      ),
      {"duration(self) == duration('0s') || (duration(self) >= duration('1h') && "
       "duration(self) <= duration('8760h'))",
       "must last from 1h to 8760h, or be 0s",
       is_never_or_lasting}
  );
}

// A replica holds 16 keys; what ttl outlives by far would be more. The API server tries the rule on
// the default of sessions as well, before those within are filled in.
schema::Rule few_keys_rule() {
  return {
      "!has(self.keyRotation) || !has(self.ttl) || "
      "duration(self.keyRotation) == duration('0s') || "
      "duration(self.keyRotation).getSeconds() * 8 >= duration(self.ttl).getSeconds()",
      "keyRotation must last at least an eighth of ttl, or be 0s",
      [](const json& value) {
        const auto rotation = time::parse_duration(text_at(value, {"keyRotation"}));
        const auto ttl = time::parse_duration(text_at(value, {"ttl"}));
        return !rotation || !ttl || rotation->count() == 0 || *rotation * 8 >= *ttl;
      }};
}

Field sessions_field() {
  Field sessions = object_field(
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
       ),
       key_rotation_field()}
  );
  return with_default(with_rule(std::move(sessions), few_keys_rule()), json::object());
}

Field controller_name_field() {
  return with_example(
      matching(
          text_field(
              "controllerName",
              "The operator that serves this resource, where several share a cluster: the one "
              "started with this --controller-name (chart value controllerName). Absent: the one "
              "without. A changed name hands the server over as it runs.",
              1,
              63
          ),
          "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$",
          "lower-case letters, digits and \"-\", a letter or digit first and last"
      ),
      "team-a"
  );
}

Field make_spec() {
  return required(object_field(
      "spec",
      "What is wanted of this MCP server.",
      {backends_field(),
       integer_field(
           "replicas",
           "Number of endpoint pods; absent: 2, or as many as autoscaling chooses. Each runs the "
           "programs of stdio backends for itself: one that keeps something in memory wants 1. 0 "
           "turns the server off and keeps it.",
           0,
           100
       ),
       autoscaling_field(),
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
       pod_field(),
       with_default(network_policy_field(), json::object()),
       ingress_field(),
       gateway_field(),
       monitoring_field(),
       with_default(
           boolean_field(
               "suspend",
               "true: the operator changes nothing of this server, whatever happens to the rest of "
               "the spec or to what was made of it; what runs goes on, and status says Paused. The "
               "annotation mooring.dev/paused: \"true\" does the same without a change of the "
               "spec."
           ),
           false
       ),
       controller_name_field()}
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
  static const Field field = with_rule(with_rule(make_spec(), one_path_rule()), one_master_rule());
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

}  // namespace mooring::api
