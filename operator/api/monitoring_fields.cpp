// SPDX-License-Identifier: Apache-2.0
#include "core/time/duration.hpp"
#include "operator/api/fields.hpp"
#include "operator/api/monitoring.hpp"
#include "operator/api/object.hpp"

#include <re2/re2.h>

#include <algorithm>

namespace mooring::api {

using nlohmann::json;

namespace fields {
namespace {

using namespace schema;

constexpr const char* automatic = "Auto";
constexpr const char* none = "None";

constexpr char label_pattern[] = "^[a-zA-Z][a-zA-Z0-9_]*$";

bool is_alert_label(const std::string& key) {
  static const RE2 name(label_pattern);
  return RE2::FullMatch(key, name);
}

bool is_no_key_of_ours(const std::string& key) {
  return !key.starts_with("app.kubernetes.io/") && !key.starts_with("mooring.dev/");
}

// The longest that mcp_request_duration_seconds tells apart is 10 s.
bool can_be_measured(const json& value) {
  const auto seconds = value.get<double>();
  return seconds > 0 && seconds < 10;
}

// All requests failing is one: 14.4 times the budget, the fast alert's threshold, must be less, and
// with 93 % it is not.
bool leaves_a_budget(const json& value) {
  const auto percent = value.get<double>();
  return percent >= 94 && percent < 100;
}

Field number_field(std::string name, std::string description, json default_value) {
  Field field;
  field.name = std::move(name);
  field.type = Type::number;
  field.description = std::move(description);
  field.default_value = std::move(default_value);
  return field;
}

Field errors_field() {
  Field field = number_field(
      "errorsPerSecond",
      "MCPHighErrorRate fires when more errors of one kind than that come in a second, over 5 "
      "minutes. What clients cancel is none.",
      0.1
  );
  field.minimum = 0;
  field.maximum = 1'000'000;
  return field;
}

Field p95_field() {
  return with_rule(
      number_field(
          "p95Seconds",
          "MCPHighResponseTime fires when one request in twenty takes longer, over 5 minutes.",
          5
      ),
      {"self > 0.0 && self < 10.0",
       "must be above 0 and below 10: longer times are not told apart",
       can_be_measured}
  );
}

Field availability_field() {
  return with_rule(
      number_field(
          "availabilityPercent",
          "How many requests in a hundred must not fail by fault of the endpoint or a backend, "
          "over a month. MCPErrorBudgetBurn fires when the rest is used up many times too fast: "
          "14.4 times for an hour (critical), 6 times for six hours (warning).",
          99.9
      ),
      {"self >= 94.0 && self < 100.0",
       "must be at least 94 and below 100: with less, not even requests that all fail are too many",
       leaves_a_budget}
  );
}

Field alert_labels_field() {
  Field field = map_field(
      "labels",
      "Labels of every alert, to route it by. They win over severity, which is critical or "
      "warning.",
      matching(
          text_field("", "", 1, 128),
          "^[A-Za-z0-9 ._:/@-]*$",
          "text of letters, digits, blanks and . _ : / @ -"
      ),
      16
  );
  field.example = {{"team", "payments"}};
  return with_rule(
      std::move(field),
      key_rule<is_alert_label>(
          std::string("key.matches('") + label_pattern + "')",
          "must have names such as \"team\": letters, digits and \"_\", a letter first"
      )
  );
}

Field runbooks_field() {
  return with_default(
      matching(
          text_field(
              "runbooks",
              "The page that tells what to do, docs/runbooks.md or your own; the annotation "
              "runbook_url of an alert is this, \"#\" and its name in lower case.",
              1,
              512
          ),
          "^https?://[A-Za-z0-9._~:/?@!$&()*+,;=%-]+$",
          "a URL such as \"https://wiki.acme.com/mcp\""
      ),
      "https://mooring.dev/docs/runbooks"
  );
}

Field alerts_field() {
  return with_default(
      object_field(
          "alerts",
          "When somebody is called. Tells the thresholds of the alerts in the PrometheusRule.",
          {with_default(
               enum_field(
                   "rules",
                   "PrometheusRule: made; a cluster without that kind is told of in the condition "
                   "Monitored. Auto: made where the cluster has the kind, unless scrape is None. "
                   "None: not made.",
                   {automatic, prometheus_rule_kind, none}
               ),
               automatic
           ),
           errors_field(),
           p95_field(),
           bounded_duration<0, 3'600'000>(
               "downFor",
               "How long nobody must have answered, or a backend must have been down in all "
               "replicas, before MCPDown and MCPBackendDown fire.",
               "1m"
           ),
           availability_field(),
           alert_labels_field(),
           runbooks_field()}
      ),
      json::object()
  );
}

}  // namespace

Field monitoring_field() {
  Field labels = label_map_field(
      "labels",
      "Labels of the PodMonitor and the PrometheusRule. A Prometheus of kube-prometheus-stack "
      "takes "
      "only those with the label release and the name of its release."
  );
  labels.example = {{"release", "kube-prometheus-stack"}};
  labels = with_rule(
      std::move(labels),
      key_rule<is_no_key_of_ours>(
          "!key.startsWith('app.kubernetes.io/') && !key.startsWith('mooring.dev/')",
          "must have no key that begins with app.kubernetes.io/ or mooring.dev/: the operator "
          "finds the objects by these"
      )
  );
  return with_default(
      object_field(
          "monitoring",
          "How the server is watched, by objects of prometheus-operator.",
          {with_default(
               enum_field(
                   "scrape",
                   "PodMonitor: made, so that Prometheus reads the metrics of each replica; a "
                   "cluster without that kind is told of in the condition Monitored. Auto: made "
                   "where the cluster has the kind. None: not made; who scrapes the pods otherwise "
                   "gives the series the labels namespace and mcp_server, for the alerts.",
                   {automatic, pod_monitor_kind, none}
               ),
               automatic
           ),
           std::move(labels),
           alerts_field()}
      ),
      json::object()
  );
}

}  // namespace fields

namespace {

Wanted read_wanted(const json& owner, std::string_view field) {
  const std::string word = text_at(owner, {field});
  return word == fields::automatic ? Wanted::where_installed
         : word == fields::none    ? Wanted::never
                                   : Wanted::always;
}

std::map<std::string, std::string> read_map(const json& owner, std::string_view field) {
  const json& map = value_at(owner, {field});
  return map.is_object() ? map.get<std::map<std::string, std::string>>()
                         : std::map<std::string, std::string>{};
}

}  // namespace

Monitoring read_monitoring(const json& value) {
  const json& alerts = value.at("alerts");
  Monitoring read{
      .scrape = read_wanted(value, "scrape"),
      .labels = read_map(value, "labels"),
      .alerts = {
          .rules = read_wanted(alerts, "rules"),
          .errors_per_second = alerts.at("errorsPerSecond").get<double>(),
          .p95_seconds = alerts.at("p95Seconds").get<double>(),
          .down_for =
              time::parse_duration(text_at(alerts, {"downFor"})).value_or(std::chrono::minutes(1)),
          .availability_percent = alerts.at("availabilityPercent").get<double>(),
          .labels = read_map(alerts, "labels"),
          .runbooks = text_at(alerts, {"runbooks"})}};
  // Of what nobody measures, all alerts would say that it is down.
  if (read.scrape == Wanted::never && read.alerts.rules == Wanted::where_installed) {
    read.alerts.rules = Wanted::never;
  }
  return read;
}

}  // namespace mooring::api
