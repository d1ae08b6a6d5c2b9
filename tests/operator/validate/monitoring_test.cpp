// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "operator/validate/validate.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

std::vector<FieldError> monitoring_errors(const std::string& monitoring) {
  const auto document = json::parse_yaml(
      "{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}, spec: {backends: "
      "[{name: b, tools: [{name: t, description: d, text: x}]}], monitoring: {" +
      monitoring + "}}}"
  );
  REQUIRE_MESSAGE(document, document.error().message);
  const auto server = validate::accept(api::Object(*document));
  return server ? std::vector<FieldError>{} : server.error();
}

}  // namespace

TEST_CASE("validate: what a server is watched by is what Prometheus can measure and route") {
  struct Case {
    std::string monitoring;
    std::string path;  ///< below spec.monitoring
    std::string says;  ///< part of the message
  };

  const std::vector<Case> cases = {
      {"scrape: Sometimes", "scrape", "Auto, PodMonitor, None"},
      {"labels: {app.kubernetes.io/name: a}", "labels", "the operator finds the objects by these"},
      {"alerts: {rules: true}", "alerts.rules", "must be a string"},
      {"alerts: {errorsPerSecond: -1}", "alerts.errorsPerSecond", "0 to 1000000"},
      {"alerts: {errorsPerSecond: '0.1'}", "alerts.errorsPerSecond", "must be a number"},
      {"alerts: {p95Seconds: 10}", "alerts.p95Seconds", "is 10, must be above 0 and below 10"},
      {"alerts: {p95Seconds: 0}", "alerts.p95Seconds", "must be above 0"},
      {"alerts: {availabilityPercent: 100}", "alerts.availabilityPercent", "below 100"},
      {"alerts: {availabilityPercent: 93.9}", "alerts.availabilityPercent", "at least 94"},
      {"alerts: {downFor: 2h}", "alerts.downFor", "must last from"},
      {"alerts: {labels: {acme.com/team: a}}", "alerts.labels", "must have names such as"},
      {"alerts: {labels: {team: '{{ x }}'}}", "alerts.labels.team", "text of letters"},
      {"alerts: {runbooks: wiki}", "alerts.runbooks", "a URL such as"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.monitoring);
    const auto errors = monitoring_errors(each.monitoring);
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == "spec.monitoring." + each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
  CHECK(
      monitoring_errors("alerts: {p95Seconds: 0.05, labels: {severity: page}, downFor: 0s}").empty()
  );
}
