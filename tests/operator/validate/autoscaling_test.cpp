// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "operator/validate/validate.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

std::vector<FieldError> autoscaling_errors(
    const std::string& autoscaling, const std::string& more = ""
) {
  const auto document = json::parse_yaml(
      "{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}, spec: {backends: "
      "[{name: b, tools: [{name: t, description: d, text: x}]}], autoscaling: {" +
      autoscaling + "}" + more + "}}"
  );
  REQUIRE_MESSAGE(document, document.error().message);
  const auto server = validate::accept(api::Object(*document));
  return server ? std::vector<FieldError>{} : server.error();
}

const std::string no_cpu = ", resources: {requests: {memory: 64Mi}}";

}  // namespace

TEST_CASE("validate: an autoscaler has bounds and a target, and no other master beside it") {
  struct Case {
    std::string autoscaling;
    std::string more;
    std::string path;
    std::string says;  ///< part of the message
  };

  const std::vector<Case> cases = {
      {"targetInFlight: 4", "", "spec.autoscaling.maxReplicas", "is missing"},
      {"maxReplicas: 4", "", "spec.autoscaling", "targetInFlight or targetCpuPercent or both"},
      {"maxReplicas: 1, targetInFlight: 4",
       "",
       "spec.autoscaling",
       "minReplicas (2 if absent) that is at most maxReplicas"},
      {"minReplicas: 0, maxReplicas: 4, targetInFlight: 4",
       "",
       "spec.autoscaling.minReplicas",
       "1 to 100"},
      {"maxReplicas: 4, targetInFlight: 0", "", "spec.autoscaling.targetInFlight", "is 0"},
      {"maxReplicas: 4, targetInFlight: 4",
       ", replicas: 2",
       "spec",
       "replicas and autoscaling cannot both be there"},
      {"maxReplicas: 4, targetCpuPercent: 80",
       no_cpu,
       "spec.resources.requests.cpu",
       "is missing: spec.autoscaling.targetCpuPercent is in percent"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.autoscaling);
    const auto errors = autoscaling_errors(each.autoscaling, each.more);
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
}

TEST_CASE("validate: processor time must be requested only where it is measured") {
  CHECK(autoscaling_errors("maxReplicas: 4, targetCpuPercent: 80").empty());
  CHECK(
      autoscaling_errors("maxReplicas: 4, targetCpuPercent: 80", ", resources: {limits: {cpu: 1}}")
          .empty()
  );
  CHECK(autoscaling_errors("maxReplicas: 4, targetInFlight: 4", no_cpu).empty());
}
