// SPDX-License-Identifier: Apache-2.0
#include "core/json/yaml.hpp"
#include "operator/validate/validate.hpp"

#include <doctest/doctest.h>

using namespace mooring;

namespace {

std::vector<FieldError> pod_errors(const std::string& value, const std::string& field = "pod") {
  const auto document = json::parse_yaml(
      "{apiVersion: mooring.dev/v1alpha1, kind: McpServer, metadata: {name: a}, spec: {backends: "
      "[{name: b, tools: [{name: t, description: d, text: x}]}], " +
      field + ": " + value + "}}"
  );
  REQUIRE_MESSAGE(document, document.error().message);
  const auto server = validate::accept(api::Object(*document));
  return server ? std::vector<FieldError>{} : server.error();
}

}  // namespace

TEST_CASE("validate: what cannot be right of the pods is named by its field") {
  const std::string node =
      "affinity: {nodeAffinity: {requiredDuringScheduling"
      "IgnoredDuringExecution: {nodeSelectorTerms: ";
  const std::string required = "requiredDuringSchedulingIgnoredDuringExecution";
  const std::string pods_path = "spec.pod.affinity.podAffinity." + required;
  const std::string node_path =
      "spec.pod.affinity.nodeAffinity.requiredDuringScheduling"
      "IgnoredDuringExecution.nodeSelectorTerms";

  struct Case {
    std::string pod;
    std::string path;
    std::string says;  ///< part of the message
  };

  const std::vector<Case> cases = {
      {"{labels: {mooring.dev/server: x}}",
       "spec.pod.labels",
       R"(has "mooring.dev/server": "x", must have no key)"},
      {"{labels: {app.kubernetes.io/version: x}}", "spec.pod.labels", "app.kubernetes.io/"},
      {"{labels: {pod-template-hash: x}}", "spec.pod.labels", "pod-template-hash"},
      {"{labels: {a b: x}}", "spec.pod.labels", R"(has "a b": "x", must have keys such as)"},
      {"{labels: {a..b/c: x}}", "spec.pod.labels", R"(has "a..b/c": "x", must have keys such as)"},
      {"{labels: {a: x y}}", "spec.pod.labels.a", "a label's value"},
      {"{annotations: {mooring.dev/settings-hash: x}}", "spec.pod.annotations", "mooring.dev/"},
      {"{annotations: {a/b/c: x}}", "spec.pod.annotations", "must have keys such as"},
      {"{nodeSelector: {disk: -}}", "spec.pod.nodeSelector.disk", "a label's value"},
      {"{nodeSelector: {-: x}}", "spec.pod.nodeSelector", "must have keys such as"},
      {"{tolerations: [{operator: Equal}]}", "spec.pod.tolerations[0]", "operator Exists"},
      {"{tolerations: [{key: k, operator: Exists, value: v}]}",
       "spec.pod.tolerations[0]",
       "no value"},
      {"{tolerations: [{key: k, value: 'a b'}]}",
       "spec.pod.tolerations[0].value",
       "is \"a b\", must be a label's value"},
      {"{tolerations: [{key: k, tolerationSeconds: 5}]}", "spec.pod.tolerations[0]", "NoExecute"},
      {"{topologySpreadConstraints: [{topologyKey: k, whenUnsatisfiable: ScheduleAnyway, "
       "minDomains: 2}]}",
       "spec.pod.topologySpreadConstraints[0]",
       "whenUnsatisfiable DoNotSchedule"},
      {"{topologySpreadConstraints: [{topologyKey: k, whenUnsatisfiable: DoNotSchedule}, "
       "{topologyKey: k, whenUnsatisfiable: DoNotSchedule}]}",
       "spec.pod.topologySpreadConstraints",
       "each pair of topologyKey and whenUnsatisfiable once"},
      {"{" + node + "[]}}}}", node_path, "1 to 16 entries"},
      {"{" + node + "[{matchExpressions: [{key: k, operator: Like}]}]}}}}",
       node_path + "[0].matchExpressions[0].operator",
       "must be one of: In, NotIn"},
      {"{" + node + "[{matchExpressions: [{key: k, operator: In}]}]}}}}",
       node_path + "[0].matchExpressions[0]",
       "has operator In and no values, must have values where operator is In or NotIn"},
      {"{" + node + "[{matchExpressions: [{key: k, operator: Exists, values: [a]}]}]}}}}",
       node_path + "[0].matchExpressions[0]",
       "has operator Exists and values, must have values where"},
      {"{" + node + "[{matchExpressions: [{key: k, operator: Gt, values: [a]}]}]}}}}",
       node_path + "[0].matchExpressions[0]",
       "one value that is a whole number"},
      {"{" + node + "[{matchFields: [{key: metadata.name, operator: Exists, values: [a]}]}]}}}}",
       node_path + "[0].matchFields[0].operator",
       "is \"Exists\", must be one of: In, NotIn"},
      {"{" + node + "[{matchFields: [{key: kind, operator: In, values: [a]}]}]}}}}",
       node_path + "[0].matchFields[0].key",
       "must be one of: metadata.name"},
      {"{" + node + "[{matchFields: [{key: metadata.name, operator: In, values: [a, b]}]}]}}}}",
       node_path + "[0].matchFields[0].values",
       "has 2 entries, must have 1 to 1 entries"},
      {"{affinity: {podAffinity: {" + required + ": [{topologyKey: k, matchLabelKeys: [a]}]}}}",
       pods_path + "[0]",
       "must have a labelSelector where it has matchLabelKeys"},
      {"{affinity: {podAffinity: {" + required +
           ": [{topologyKey: k, labelSelector: {}, matchLabelKeys: [a], mismatchLabelKeys: "
           "[a]}]}}}",
       pods_path + "[0]",
       "no key in both matchLabelKeys and mismatchLabelKeys"},
      {"{affinity: {podAffinity: {" + required + ": [{topologyKey: k, namespaces: [a.b]}]}}}",
       pods_path + "[0].namespaces[0]",
       "is \"a.b\", must be the name of a namespace"},
      {"{topologySpreadConstraints: [{topologyKey: k, whenUnsatisfiable: DoNotSchedule, "
       "labelSelector: {matchExpressions: [{key: a, operator: NotIn}]}}]}",
       "spec.pod.topologySpreadConstraints[0].labelSelector.matchExpressions[0]",
       "has operator NotIn and no values, must have values where"},
      {"{topologySpreadConstraints: [{topologyKey: k, whenUnsatisfiable: DoNotSchedule, "
       "matchLabelKeys: [a], labelSelector: {matchLabels: {a: b}}}]}",
       "spec.pod.topologySpreadConstraints[0]",
       "no key in matchLabelKeys that its labelSelector has too"},
      {"{priorityClassName: a..b}", "spec.pod.priorityClassName", "nor beside another"},
      {"{affinity: {podAffinity: {require: []}}}",
       "spec.pod.affinity.podAffinity.require",
       "unknown field"},
      {"{serviceAccountName: Robot}", "spec.pod.serviceAccountName", "the name of an object"},
      {"{imagePullSecrets: [{name: a}, {name: a}]}",
       "spec.pod.imagePullSecrets[1].name",
       "must have its own"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.pod);
    const auto errors = pod_errors(each.pod);
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
}

TEST_CASE("validate: keys of labels are as long and as free as Kubernetes has them") {
  CHECK(pod_errors("{labels: {" + std::string(63, 'a') + ": x}}").empty());
  CHECK(pod_errors("{labels: {" + std::string(64, 'a') + ": x}}").size() == 1);
  CHECK(pod_errors("{labels: {A_b.c-9: '', example.com/x: x}}").empty());
  CHECK(pod_errors("{labels: {app.kubernetes.iox/x: x, app: x, mooring.devx: x}}").empty());
}

TEST_CASE("validate: what cannot be right of the network policy is named by its field") {
  struct Case {
    std::string policy;
    std::string path;
    std::string says;  ///< part of the message
  };

  const std::string path = "spec.networkPolicy";
  const std::vector<Case> cases = {
      {"{mode: Closed}", path + ".mode", "must be one of: Open, Restricted"},
      {"{from: []}", path, "must have mode Restricted"},
      {"{egress: []}", path, "must have mode Restricted"},
      {"{mode: Restricted, from: [{}]}", path + ".from[0]", "either ipBlock"},
      {"{mode: Restricted, metricsFrom: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}",
       path + ".metricsFrom[0]",
       "either ipBlock"},
      {"{mode: Restricted, from: [{ipBlock: {cidr: example.com}}]}",
       path + ".from[0].ipBlock.cidr",
       "a network such as"},
      {"{mode: Restricted, egress: [{to: []}]}", path + ".egress[0].to", "1 to 32 entries"},
      {"{mode: Restricted, egress: [{ports: [{port: 70000}]}]}",
       path + ".egress[0].ports[0].port",
       "1 to 65535"},
      {"{mode: Restricted, egress: [{ports: [{endPort: 80}]}]}",
       path + ".egress[0].ports[0]",
       "must have a port"},
      {"{mode: Restricted, egress: [{ports: [{port: 81, endPort: 80}]}]}",
       path + ".egress[0].ports[0]",
       "at most endPort"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.policy);
    const auto errors = pod_errors(each.policy, "networkPolicy");
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
  CHECK(pod_errors("{mode: Restricted, from: [], egress: [{}]}", "networkPolicy").empty());
}

TEST_CASE("validate: networks are networks, and exceptions parts of them") {
  const auto errors_in = [](const std::string& block) {
    return pod_errors("{mode: Restricted, from: [{ipBlock: " + block + "}]}", "networkPolicy");
  };
  const std::string path = "spec.networkPolicy.from[0].ipBlock.";
  for (const std::string cidr :
       {"10.0.0.0/33", "300.0.0.0/8", "fd00::/129", "1.2.3/8", "10.0.0.1/8"}) {
    CAPTURE(cidr);
    const auto errors = errors_in("{cidr: '" + cidr + "'}");
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == path + "cidr");
    CHECK(errors[0].message.starts_with("is \"" + cidr + "\", must be a network such as"));
  }
  for (const std::string block :
       {"{cidr: 10.0.0.0/8, except: [11.0.0.0/16]}",
        "{cidr: 10.0.0.0/8, except: [10.0.0.0/8]}",
        "{cidr: 'fd00::/8', except: [10.0.0.0/16]}"}) {
    CAPTURE(block);
    const auto errors = errors_in(block);
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == path + "except[0]");
    CHECK(errors[0].message.find("must be a part of \"") != std::string::npos);
  }
  for (const std::string block :
       {"{cidr: 0.0.0.0/0, except: [10.0.0.0/8, 192.168.0.0/16]}",
        "{cidr: '::/0', except: ['fd00::/8']}",
        "{cidr: 10.1.2.3/32}"}) {
    CAPTURE(block);
    CHECK(errors_in(block).empty());
  }
  const auto egress = pod_errors(
      "{mode: Restricted, egress: [{to: [{ipBlock: {cidr: 1.1.1.1/8}}]}]}", "networkPolicy"
  );
  REQUIRE(egress.size() == 1);
  CHECK(egress[0].path == "spec.networkPolicy.egress[0].to[0].ipBlock.cidr");
}

TEST_CASE("validate: where it is exposed is what Ingress and HTTPRoute can say") {
  struct Case {
    std::string field;
    std::string value;
    std::string path;
    std::string says;  ///< part of the message
  };

  const std::vector<Case> cases = {
      {"ingress", "{host: 10.0.0.1}", "spec.ingress.host", "is \"10.0.0.1\", must be a name"},
      {"ingress", "{host: a.com, path: /a//b}", "spec.ingress.path", "is \"/a//b\", must have no"},
      {"ingress", "{host: a.com, path: /a/../b}", "spec.ingress.path", "is \"/a/../b\", must have"},
      {"ingress", "{host: a.com, path: /a/.}", "spec.ingress.path", "is \"/a/.\", must have no"},
      {"gateway",
       "{parentRefs: [{name: g}], hostnames: [a.com, 192.168.0.9]}",
       "spec.gateway.hostnames[1]",
       "is \"192.168.0.9\", must be a name"},
      {"gateway",
       "{parentRefs: [{name: g}, {name: g}]}",
       "spec.gateway.parentRefs",
       "must name each Gateway once"},
      {"gateway",
       "{parentRefs: [{name: g, sectionName: a}, {name: g}]}",
       "spec.gateway.parentRefs",
       "another sectionName or port"},
      {"gateway",
       "{parentRefs: [{name: g, namespace: a.b}]}",
       "spec.gateway.parentRefs[0].namespace",
       "the name of a namespace"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.value);
    const auto errors = pod_errors(each.value, each.field);
    CAPTURE(describe(errors));
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].path == each.path);
    CHECK(errors[0].message.find(each.says) != std::string::npos);
  }
  CHECK(pod_errors("{host: 10.acme.com, path: /a/..b/.c/}", "ingress").empty());
  CHECK(pod_errors(
            "{parentRefs: [{name: g, sectionName: a}, {name: g, sectionName: b}, {name: g, "
            "namespace: n}]}",
            "gateway"
  )
            .empty());
}
