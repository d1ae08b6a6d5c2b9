// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/explain.hpp"

#include "operator/plan/plan.hpp"
#include "tests/operator/plan/world.hpp"

#include <doctest/doctest.h>

using namespace mooring;
using nlohmann::json;
using plan::ContainerEnd;

namespace {

using world::now;

// A rollout of one new pod that does not come up, for the reason that `container` shows.
plan::Observed troubled(const plan::Container& container) {
  plan::Observed observed = world::settled(world::resource());
  world::child(observed, "Deployment", "weather").body()["status"]["updatedReplicas"] = 1;
  plan::Pod pod;
  pod.name = "weather-new";
  pod.template_hash = "hash-2";
  pod.created = "2026-01-01T00:00:09Z";
  pod.containers = {container};
  observed.pods.push_back(pod);
  return observed;
}

plan::Container waiting(
    const std::string& name, const std::string& reason, const std::string& message
) {
  plan::Container container;
  container.name = name;
  container.waiting = ContainerEnd{reason, message, 0};
  return container;
}

plan::Container ended(const std::string& name, const std::string& reason, int code) {
  plan::Container container;
  container.name = name;
  container.restarts = 2;
  container.terminated = ContainerEnd{reason, "", code};
  return container;
}

plan::Observed backend_says(const std::string& backend, const std::string& message) {
  plan::Observed observed = troubled(plan::Container{});
  observed.endpoints.push_back({"weather-new", {{backend, "failed", 0, message}}});
  return observed;
}

}  // namespace

TEST_CASE("explain: each trouble of a pod names field, value and what to do") {
  struct Case {
    plan::Container container;
    std::string reason;
    std::string message;
  };

  const std::vector<Case> cases = {
      {waiting("backend-files", "ErrImagePull", "rpc error: code = NotFound desc = not found"),
       "ImageMissing",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\", which cannot be pulled: the "
       "registry has no such image; correct the name or push the image"},
      {waiting("backend-files", "ImagePullBackOff", "Back-off: dial tcp 10.1.2.3:443: refused"),
       "ImageMissing",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\", which cannot be pulled: the "
       "registry cannot be reached; check the name and the network of the nodes"},
      {waiting("backend-files", "ErrImagePull", "x: 401 Unauthorized"),
       "ImageMissing",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\", which cannot be pulled: the "
       "registry refuses it; check the name and the access of the nodes"},
      {waiting("endpoint", "ErrImagePull", "x: not found"),
       "ImageMissing",
       "spec.image (the operator's default, --server-image) cannot be pulled: the registry has no "
       "such image; correct the name or push the image"},
      {waiting("backend-files", "InvalidImageName", "couldn't parse"),
       "ImageMissing",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\", which cannot be pulled: it is no "
       "image name; write registry/name:tag"},
      {waiting("backend-files", "ErrImageNeverPull", "x"),
       "ImageMissing",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\", which cannot be pulled: it is "
       "not "
       "on the node and imagePullPolicy is Never; load it on the nodes or use IfNotPresent"},
      {waiting("backend-files", "CreateContainerConfigError", "secret \"files\" not found"),
       "ContainerRefused",
       "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\": the container \"backend-files\" "
       "cannot be made (CreateContainerConfigError): secret \"files\" not found"},
      {waiting("side", "CreateContainerConfigError", "no such thing"),
       "ContainerRefused",
       "a container that this spec does not have was added to the Deployment, remove it there: the "
       "container \"side\" cannot be made (CreateContainerConfigError): no such thing"},
      {ended("backend-files", "OOMKilled", 137),
       "CrashLoop",
       "spec.backends[0].stdio: the container \"backend-files\" was ended for using more memory "
       "than "
       "spec.backends[0].stdio.resources.limits.memory allows (64Mi); raise it"},
      {ended("endpoint", "Error", 2),
       "CrashLoop",
       "spec: the container \"endpoint\" ends again and again with exit code 2; see kubectl logs "
       "-c "
       "endpoint --previous"},
  };
  for (const Case& each : cases) {
    CAPTURE(each.message);
    const plan::Plan plan = world::plan_of(troubled(each.container), now());
    const json workload = world::condition(plan, "WorkloadAvailable");
    CHECK(workload.at("reason") == each.reason);
    CHECK(workload.at("message") == each.message);
    CHECK(world::condition(plan, "Ready").at("message") == each.message);
    CHECK(world::condition(plan, "Reconciling").at("status") == "True");
    REQUIRE(plan.events.size() == 1);
    CHECK(plan.events[0].warning);
    CHECK(plan.events[0].note == each.message);
    REQUIRE(plan.requeue_after);
    CHECK(*plan.requeue_after == std::chrono::seconds(5));
  }
}

TEST_CASE("explain: between two pulls the message stays, though Kubernetes says less") {
  plan::Observed observed = troubled(waiting("backend-files", "ErrImagePull", "x: not found"));
  world::obey(world::plan_of(observed, now()), observed);
  observed.pods.back().containers = {
      waiting("backend-files", "ImagePullBackOff", "Back-off pulling")};
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("explain: a crash stays told while the container tries again") {
  plan::Observed observed = troubled(ended("endpoint", "Error", 2));
  world::obey(world::plan_of(observed, now()), observed);
  observed.pods.back().containers[0].restarts = 9;
  CHECK(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("explain: a backend that fails is told with its field and its own words") {
  const plan::Plan plan = world::plan_of(
      backend_says("files", "command exited with status 127: files: not found"), now()
  );
  const json workload = world::condition(plan, "WorkloadAvailable");
  CHECK(workload.at("reason") == "BackendFailed");
  CHECK(
      workload.at("message") ==
      "backend \"files\" (spec.backends[0].stdio.command): command exited with status 127: files: "
      "not found"
  );
}

TEST_CASE("explain: times and process ids in a backend's words write no status, an exit status does"
) {
  plan::Observed observed =
      backend_says("files", "command exited with status 1: [pid 17] 12:00:01 cannot open");
  world::obey(world::plan_of(observed, now()), observed);
  observed.endpoints[0].backends[0].message =
      "command exited with status 1: [pid 2042] 12:00:31 cannot open";
  CHECK(world::plan_of(observed, now()).is_empty());
  observed.endpoints[0].backends[0].message =
      "command exited with status 2: [pid 2042] 12:00:31 cannot open";
  CHECK_FALSE(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("explain: a backend that works or starts is no trouble") {
  plan::Observed observed = backend_says("files", "");
  CHECK(
      world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("reason") ==
      "Progressing"
  );
  observed.endpoints[0].backends[0] = {"files", "up", 2, "restarted once"};
  CHECK(
      world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("reason") ==
      "Progressing"
  );
}

TEST_CASE("explain: a pod that no node takes") {
  plan::Observed observed = troubled(plan::Container{});
  observed.pods.back().unschedulable = "0/3 nodes are available: 3 Insufficient memory.";
  const json workload = world::condition(world::plan_of(observed, now()), "WorkloadAvailable");
  CHECK(workload.at("reason") == "Unschedulable");
  CHECK(workload.at("message").get<std::string>().starts_with("no node has enough memory"));
  observed.pods.back().unschedulable = "0/1 nodes are available: 1 Too many pods.";
  CHECK(world::condition(world::plan_of(observed, now()), "WorkloadAvailable")
            .at("message")
            .get<std::string>()
            .starts_with("no node takes a pod"));
}

TEST_CASE("explain: what keeps a pod of an older spec back is not told of this one") {
  plan::Observed observed = troubled(waiting("backend-files", "ErrImagePull", "x: not found"));
  plan::Pod old;
  old.name = "a-pod-of-before";
  old.template_hash = "old";
  old.created = "2026-01-01T00:00:00Z";
  old.unschedulable = "0/1 nodes are available: 1 Insufficient cpu.";
  observed.pods.push_back(old);
  CHECK(
      world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("reason") ==
      "ImageMissing"
  );
}

TEST_CASE("explain: pods that the cluster refuses to make, without the name drawn for each try") {
  plan::Observed observed = troubled(plan::Container{});
  const auto refuse = [&](const std::string& pod) {
    world::child(observed, "Deployment", "weather").body()["status"]["conditions"] = json::array(
        {{{"type", "ReplicaFailure"},
          {"status", "True"},
          {"reason", "FailedCreate"},
          {"message", "pods \"" + pod + "\" is forbidden: exceeded quota: small"}}}
    );
  };
  refuse("weather-x1");
  world::obey(world::plan_of(observed, now()), observed);
  refuse("weather-x2");
  CHECK(world::plan_of(observed, now()).is_empty());
  const json status = observed.server->at({"status", "conditions"});
  bool told = false;
  for (const json& condition : status) {
    told = told || (condition.at("reason") == "PodRejected" &&
                    condition.at("message").get<std::string>().find("exceeded quota: small") !=
                        std::string::npos);
  }
  CHECK(told);
}

TEST_CASE("explain: ids and numbers that change from try to try write no status") {
  const auto failed_task = [](const std::string& id, const std::string& pid) {
    return "failed to create task " + id + " (pid " + pid + "): exec: \"nope\": not found";
  };
  plan::Observed observed = troubled(
      waiting("backend-files", "RunContainerError", failed_task("0a1b2c3d4e5f60718293", "17"))
  );
  world::obey(world::plan_of(observed, now()), observed);
  plan::Container& container = observed.pods.back().containers[0];
  container.waiting->message = failed_task("ffffffffffffabcd", "2042");
  CHECK(world::plan_of(observed, now()).is_empty());
  container.terminated = ContainerEnd{"StartError", failed_task("00112233445566778899", "1"), 128};
  container.waiting = ContainerEnd{"CrashLoopBackOff", "back-off 10s restarting", 0};
  container.restarts = 1;
  CHECK(world::plan_of(observed, now()).is_empty());
  container.terminated->message = "exec: \"files\": permission denied";
  CHECK(
      world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("message") ==
      "spec.backends[0].stdio.image is \"ghcr.io/acme/files:1\": the container \"backend-files\" "
      "cannot be made "
      "(RunContainerError): exec: \"files\": permission denied"
  );
}

TEST_CASE("explain: a memory limit too small to start with is named") {
  const plan::Observed observed = troubled(waiting(
      "backend-files",
      "RunContainerError",
      "OCI runtime create failed: container init was OOM-killed (memory limit too low?)"
  ));
  CHECK(
      world::condition(world::plan_of(observed, now()), "WorkloadAvailable").at("message") ==
      "spec.backends[0].stdio.resources.limits.memory is \"64Mi\", which is too little to start "
      "the "
      "container \"backend-files\"; raise it"
  );
}

TEST_CASE("explain: a quota's count of what is used writes no status, another quota does") {
  plan::Observed observed = troubled(plan::Container{});
  const auto refuse = [&](const std::string& quota, int used) {
    world::child(observed, "Deployment", "weather").body()["status"]["conditions"] = json::array(
        {{{"type", "ReplicaFailure"},
          {"status", "True"},
          {"message",
           "pods \"x\" is forbidden: exceeded quota: " + quota +
               ", used: pods=" + std::to_string(used)}}}
    );
  };
  refuse("small", 5);
  world::obey(world::plan_of(observed, now()), observed);
  refuse("small", 12);
  CHECK(world::plan_of(observed, now()).is_empty());
  refuse("tiny", 12);
  CHECK_FALSE(world::plan_of(observed, now()).is_empty());
}

TEST_CASE("explain: after the Deployment's deadline it is stalled, with the same cause") {
  plan::Observed observed = troubled(waiting("backend-files", "ErrImagePull", "x: not found"));
  world::child(observed, "Deployment", "weather").body()["status"]["conditions"] = json::array(
      {{{"type", "Progressing"}, {"status", "False"}, {"reason", "ProgressDeadlineExceeded"}}}
  );
  const plan::Plan plan = world::plan_of(observed, now());
  CHECK(world::condition(plan, "Stalled").at("status") == "True");
  CHECK(world::condition(plan, "Stalled").at("reason") == "ImageMissing");
  CHECK(world::condition(plan, "Reconciling").at("status") == "False");
  CHECK(*plan.requeue_after == std::chrono::seconds(30));
}

TEST_CASE("references: a Secret or a key of it that is missing is told, and heals") {
  plan::Observed observed = world::settled(world::resource());
  observed.secrets["files"] = {};
  plan::Plan plan = world::plan_of(observed, now());
  CHECK(world::condition(plan, "ReferencesResolved").at("reason") == "SecretMissing");
  CHECK(
      world::condition(plan, "Ready").at("message") ==
      "spec.backends[0].stdio.env[1].valueFrom.secretKeyRef.name is \"files\", but namespace "
      "\"tools\" has no such Secret; create it with the key \"token\", or correct the name"
  );
  world::obey(plan, observed);

  observed.secrets["files"] = {true, {"other"}};
  plan = world::plan_of(observed, now());
  CHECK(world::condition(plan, "ReferencesResolved").at("reason") == "SecretKeyMissing");
  CHECK(
      world::condition(plan, "Ready").at("message") ==
      "spec.backends[0].stdio.env[1].valueFrom.secretKeyRef.key is \"token\", which Secret "
      "\"files\" "
      "does not have (it has: other); add the key to the Secret, or correct it here"
  );
  world::obey(plan, observed);

  observed.secrets["files"] = {true, {"token"}};
  plan = world::plan_of(observed, now());
  CHECK(world::condition(plan, "Ready").at("status") == "True");
}

TEST_CASE("endpoint: only what answered as the pods of now is verified") {
  plan::Observed observed = world::settled(world::resource());
  observed.probe->template_hash = "hash-0";
  json endpoint = world::condition(world::plan_of(observed, now()), "EndpointVerified");
  CHECK(endpoint.at("status") == "Unknown");
  CHECK(endpoint.at("reason") == "Progressing");

  observed.probe->template_hash = "hash-1";
  observed.probe->outcome = plan::Probe::Outcome::failed;
  observed.probe->error = "it answered 500";
  endpoint = world::condition(world::plan_of(observed, now()), "EndpointVerified");
  CHECK(endpoint.at("reason") == "ProbeFailed");
  CHECK(endpoint.at("message") == "an MCP request to the Service failed: it answered 500");

  observed.probe->outcome = plan::Probe::Outcome::unreachable;
  endpoint = world::condition(world::plan_of(observed, now()), "EndpointVerified");
  CHECK(endpoint.at("status") == "Unknown");
  CHECK(endpoint.at("reason") == "ProbeUnreachable");
  CHECK(
      endpoint.at("message").get<std::string>().find("run the operator in the cluster") !=
      std::string::npos
  );

  for (plan::Pod& pod : observed.pods) {
    pod.ready = false;
  }
  endpoint = world::condition(world::plan_of(observed, now()), "EndpointVerified");
  CHECK(endpoint.at("reason") == "NoReadyReplica");
}

TEST_CASE("workload: turned off as wanted is ready, and says that it does not serve") {
  const plan::Observed observed = world::settled(world::resource(0));
  const std::map<std::string, std::string> wanted = {
      {"Accepted", "True"},
      {"ReferencesResolved", "True"},
      {"WorkloadAvailable", "True"},
      {"EndpointVerified", "Unknown"},
      {"Ready", "True"},
      {"Reconciling", "False"},
      {"Stalled", "False"}};
  for (const json& condition : observed.server->at({"status", "conditions"})) {
    const std::string type = condition.at("type");
    CAPTURE(type);
    CHECK(condition.at("status") == wanted.at(type));
    if (type == "Ready" || type == "WorkloadAvailable" || type == "EndpointVerified") {
      CHECK(condition.at("reason") == "ScaledToZero");
      CHECK(condition.at("message").get<std::string>().starts_with("spec.replicas is 0: "));
    }
  }
}

TEST_CASE("workload: turned off with a Secret missing is not ready") {
  plan::Observed observed = world::settled(world::resource(0));
  observed.secrets["files"].present = false;
  const json ready = world::condition(world::plan_of(observed, now()), "Ready");
  CHECK(ready.at("status") == "False");
  CHECK(ready.at("reason") == "SecretMissing");
}
