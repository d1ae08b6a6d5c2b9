// SPDX-License-Identifier: Apache-2.0
#include "operator/loop/preflight.hpp"

#include <doctest/doctest.h>

namespace mooring::loop {
namespace {

kube::Failure failed(int status, const std::string& message) {
  const std::string body = R"({"kind": "Status", "message": ")" + message + R"("})";
  return kube::failure_of(status, body, "", "list mcpservers.mooring.dev");
}

TEST_CASE(
    "preflight: a kind that is missing or too old is told with what to do, and nothing else is"
) {
  CHECK(
      trouble_with_kind(failed(404, "the server could not find the requested resource")) ==
      "the cluster has no McpServer kind: upgrade the chart, or where Helm is not used kubectl "
      "apply -f crds/"
  );
  CHECK(
      trouble_with_kind(failed(400, "field label not supported: spec.controllerName")) ==
      "the cluster's McpServer kind is older than this operator, or its Kubernetes older than "
      "1.31: "
      "upgrade the chart, or where Helm is not used kubectl apply -f crds/"
  );
  CHECK(trouble_with_kind(failed(400, "the limit must be a number")).empty());
  CHECK(trouble_with_kind(failed(403, "field label not supported")).empty());
  CHECK(trouble_with_kind(failed(500, "etcd is away")).empty());
}

}  // namespace
}  // namespace mooring::loop
