// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/observed.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;

TEST_CASE("observed: a Pod object is read as lean as decisions need it") {
  const plan::Pod pod = plan::read_pod(json::parse(R"({
    "metadata": {"name": "p", "labels": {"pod-template-hash": "h"}},
    "status": {"phase": "Running", "podIP": "10.0.0.1",
      "conditions": [{"type": "Ready", "status": "False"},
                     {"type": "PodScheduled", "status": "True"}],
      "initContainerStatuses": [{"name": "mooring", "ready": true, "restartCount": 0,
        "state": {"terminated": {"reason": "Completed", "exitCode": 0}}}],
      "containerStatuses": [{"name": "endpoint", "ready": false, "restartCount": 3,
        "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off"}},
        "lastState": {"terminated": {"reason": "Error", "exitCode": 2}}}]}})"));
  CHECK(pod.name == "p");
  CHECK(pod.template_hash == "h");
  CHECK_FALSE(pod.ready);
  CHECK(pod.unschedulable.empty());
  REQUIRE(pod.containers.size() == 2);
  CHECK(pod.containers[1].restarts == 3);
  CHECK(pod.containers[1].waiting->reason == "CrashLoopBackOff");
  CHECK(pod.containers[1].terminated->exit_code == 2);
}

TEST_CASE("observed: an endpoint's status document is read, and nothing else taken for one") {
  const auto status = plan::read_endpoint_status(
      "p",
      R"({"ready": false, "version": "0.1.0", "backends": [{"name": "files", "kind": "stdio",
          "state": "failed", "tools": 0, "message": "command exited with status 1"}]})"
  );
  REQUIRE(status);
  CHECK(status->pod == "p");
  REQUIRE(status->backends.size() == 1);
  CHECK(status->backends[0].state == "failed");
  for (const char* text : {"", "not json", "[]", "{}", R"({"backends": 1})"}) {
    CHECK_FALSE(plan::read_endpoint_status("p", text));
  }
}
