// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "core/time/duration.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/quantity.hpp"
#include "operator/render/objects.hpp"
#include "operator/render/parts.hpp"

#include <charconv>

namespace mooring::render {
namespace {

using nlohmann::json;

/// The words of Prometheus; `{{ … }}` in the texts is for it to fill in.
struct Alert {
  std::string name;
  std::string severity;
  std::string lasting;  ///< `for`
  std::string expr;
  std::string summary;
  std::string description;
};

std::string number(double value) {
  char text[32];
  const auto [end, error] = std::to_chars(std::begin(text), std::end(text), value);
  return {std::begin(text), end};
}

/// What an alert is made of: the resource, and how its series are told from those of others.
class Alerts {
 public:
  explicit Alerts(const api::McpServer& server)
      : server_(server),
        wanted_(server.spec.monitoring.alerts),
        selector_(
            "namespace=\"" + (server.key.namespace_.empty() ? "default" : server.key.namespace_) +
            "\"," + std::string(server_series_label) + "=\"" + server.key.name + "\""
        ) {}

  std::vector<Alert> all() const {
    std::vector<Alert> alerts = {error_rate(), response_time()};
    // Nobody is to answer for a server that is turned off.
    if (server_.spec.replicas > 0) {
      alerts.push_back(down());
    }
    alerts.push_back(replica_down());
    alerts.push_back(budget_burn("critical", "14.4", "1h", "5m", "2m"));
    alerts.push_back(budget_burn("warning", "6", "6h", "30m", "15m"));
    alerts.push_back(backend_down());
    alerts.push_back(backend_restarting());
    alerts.push_back(connections());
    if (auto memory = memory_limit()) {
      alerts.push_back(memory_use(*memory));
    }
    return alerts;
  }

 private:
  std::string series(const std::string& name, const std::string& more = "") const {
    return name + "{" + selector_ + (more.empty() ? "" : "," + more) + "}";
  }

  static std::string sum(const std::string& what, const std::string& by = "") {
    return "sum by (namespace, " + std::string(server_series_label) + by + ") (" + what + ")";
  }

  Alert error_rate() const {
    const std::string errors = series("mcp_errors_total", "error_type!=\"cancelled\"");
    return {
        "MCPHighErrorRate",
        "warning",
        "2m",
        sum("rate(" + errors + "[5m])", ", error_type") + " > " + number(wanted_.errors_per_second),
        "many errors of one kind",
        "{{ $value | humanize }} errors of kind {{ $labels.error_type }} a second, more than " +
            number(wanted_.errors_per_second)};
  }

  // How long a stream is open is no time that somebody waits.
  Alert response_time() const {
    const std::string buckets = series(
        "mcp_request_duration_seconds_bucket", R"(method!~"subscriptions/listen|notification")"
    );
    return {
        "MCPHighResponseTime",
        "warning",
        "5m",
        "histogram_quantile(0.95, " + sum("rate(" + buckets + "[5m])", ", le") + ") > " +
            number(wanted_.p95_seconds),
        "requests take long",
        "one request in twenty takes {{ $value | humanizeDuration }} or more, the limit is " +
            number(wanted_.p95_seconds) + " s"};
  }

  // Pods that are gone have no series that could be 0.
  Alert down() const {
    const std::string up = series("up");
    return {
        "MCPDown",
        "critical",
        time::print_duration(wanted_.down_for),
        sum(up) + " == 0 or absent(" + up + ")",
        "no replica answers",
        "none of the replicas could be scraped, or there is none"};
  }

  Alert replica_down() const {
    return {
        "MCPReplicaDown",
        "warning",
        "10m",
        series("up") + " == 0",
        "a replica does not answer",
        "{{ $labels.pod }} could not be scraped"};
  }

  // By the workbook on site reliability: a short window too, so that it ends when the errors do.
  // A handful of errors is no trend, however few the requests are.
  Alert budget_burn(
      const std::string& severity,
      const std::string& factor,
      const std::string& window,
      const std::string& recent,
      const std::string& lasting
  ) const {
    const std::string errors =
        series("mcp_errors_total", R"(error_type=~"backend|timeout|internal")");
    const std::string requests = series("mcp_request_duration_seconds_count");
    const std::string allowed =
        " > " + factor + " * (1 - " + number(wanted_.availability_percent) + " / 100)";
    const auto share = [&](const std::string& range) {
      const std::string tail = "[" + range + "]";
      return sum("rate(" + errors + tail + ")") + " / " + sum("rate(" + requests + tail + ")");
    };
    return {
        "MCPErrorBudgetBurn",
        severity,
        lasting,
        share(window) + allowed + " and " + share(recent) + allowed + " and " +
            sum("increase(" + errors + "[" + window + "])") + " >= 10",
        "requests fail by fault of the endpoint or a backend",
        "{{ $value | humanizePercentage }} of the requests of the last " + window +
            " failed: " + factor + " times what " + number(wanted_.availability_percent) +
            " % availability allows"};
  }

  Alert backend_down() const {
    return {
        "MCPBackendDown",
        "critical",
        time::print_duration(wanted_.down_for),
        "max by (namespace, " + std::string(server_series_label) + ", backend) (" +
            series("mcp_backend_up") + ") == 0",
        "a backend is down",
        "backend {{ $labels.backend }} answers in no replica"};
  }

  Alert backend_restarting() const {
    return {
        "MCPBackendRestarting",
        "warning",
        "1m",
        sum("increase(" + series("mcp_backend_restarts_total") + "[15m])", ", backend, pod") +
            " > 3",
        "a backend ends again and again",
        "backend {{ $labels.backend }} in {{ $labels.pod }} was started again "
        "{{ $value | humanize }} times in 15 minutes"};
  }

  Alert connections() const {
    return {
        "MCPConnectionsSaturated",
        "warning",
        "5m",
        series("mcp_active_connections") + " > 0.8 * " + std::to_string(max_connections),
        "a replica has nearly all the connections it may have",
        "{{ $labels.pod }} has {{ $value }} connections; further ones are refused from " +
            std::to_string(max_connections) + " on"};
  }

  std::optional<std::int64_t> memory_limit() const {
    const auto limit = api::Quantity::parse(server_.spec.resources.limits.memory);
    return limit ? std::optional(limit->whole()) : std::nullopt;
  }

  Alert memory_use(std::int64_t limit) const {
    return {
        "MCPMemorySaturated",
        "warning",
        "10m",
        series("process_resident_memory_bytes") + " > 0.9 * " + std::to_string(limit),
        "a replica has nearly all the memory it may have",
        "the endpoint in {{ $labels.pod }} has {{ $value | humanize1024 }}B; at " +
            server_.spec.resources.limits.memory + " it is ended"};
  }

  const api::McpServer& server_;
  const api::Alerts& wanted_;
  const std::string selector_;
};

json rule(const Alert& alert, const api::McpServer& server) {
  const api::Alerts& wanted = server.spec.monitoring.alerts;
  json labels = {
      {"severity", alert.severity},
      {"namespace", server.key.namespace_.empty() ? "default" : server.key.namespace_},
      {std::string(server_series_label), server.key.name}};
  for (const auto& [name, value] : wanted.labels) {
    labels[name] = value;
  }
  return {
      {"alert", alert.name},
      {"expr", alert.expr},
      {"for", alert.lasting},
      {"labels", std::move(labels)},
      {"annotations",
       {{"summary", server.key.name + ": " + alert.summary},
        {"description", alert.description},
        {"runbook_url", wanted.runbooks + "#" + text::to_lower(alert.name)}}}};
}

}  // namespace

api::Object prometheus_rule(const api::McpServer& server) {
  json object = head(server, api::prometheus_rule_kind, server.key.name);
  for (const auto& [name, value] : server.spec.monitoring.labels) {
    object["metadata"]["labels"][name] = value;
  }
  json rules = json::array();
  for (const Alert& alert : Alerts(server).all()) {
    rules.push_back(rule(alert, server));
  }
  const json group = {{"name", "mcp-server"}, {"rules", std::move(rules)}};
  object["spec"] = {{"groups", json::array({group})}};
  return api::Object(std::move(object));
}

}  // namespace mooring::render
