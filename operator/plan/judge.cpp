// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/judge.hpp"

#include "core/text/ascii.hpp"
#include "operator/plan/explain.hpp"
#include "operator/plan/monitoring.hpp"
#include "operator/plan/route.hpp"
#include "operator/plan/scaling.hpp"

#include <algorithm>

namespace mooring::plan {
namespace {

using api::ConditionStatus;
using api::integer_at;
using api::text_at;

Finding holds(Reason reason, std::string message) {
  return {ConditionStatus::true_, reason, std::move(message)};
}

Finding fails(Reason reason, std::string message) {
  return {ConditionStatus::false_, reason, std::move(message)};
}

Finding open(Reason reason, std::string message) {
  return {ConditionStatus::unknown, reason, std::move(message)};
}

Finding judge_acceptance(const api::McpServer& server, const ChildChanges& changes) {
  if (changes.conflicts.empty()) {
    return holds(Reason::accepted, "the spec is valid");
  }
  return fails(
      Reason::name_conflict,
      describe(changes.conflicts, server) +
          (changes.is_blocked ? "; until then nothing is made or changed" : "")
  );
}

std::string shown_keys(const SecretState& secret) {
  constexpr std::size_t limit = 10;
  std::vector<std::string> keys;
  for (const std::string& key : secret.keys) {
    if (keys.size() == limit) {
      keys.emplace_back("…");
      break;
    }
    keys.push_back(key);
  }
  return keys.empty() ? "it has none" : "it has: " + text::join(keys, ", ");
}

/// The fields that name a Secret and its key; they are one where the key is not for the user to
/// choose.
struct Place {
  std::string name;
  std::string key;
};

std::optional<Finding> judge_reference(
    const api::McpServer& server,
    const Observed& observed,
    const api::SecretKeyRef& ref,
    const Place& place
) {
  const auto found = observed.secrets.find(ref.name);
  if (found == observed.secrets.end()) {
    return open(
        Reason::not_evaluated, place.name + ": Secret " + text::quoted(ref.name) + " was not read"
    );
  }
  if (!found->second.present) {
    return fails(
        Reason::secret_missing,
        place.name + " is " + text::quoted(ref.name) + ", but namespace " +
            text::quoted(server.key.namespace_) + " has no such Secret; create it with the key " +
            text::quoted(ref.key) + ", or correct the name"
    );
  }
  if (found->second.keys.contains(ref.key)) {
    return std::nullopt;
  }
  const std::string has = " (" + shown_keys(found->second) + "); add the key to the Secret, or ";
  if (place.key == place.name) {
    return fails(
        Reason::secret_key_missing,
        place.name + " is " + text::quoted(ref.name) + ", a Secret without " +
            text::quoted(ref.key) + has + "name another"
    );
  }
  return fails(
      Reason::secret_key_missing,
      place.key + " is " + text::quoted(ref.key) + ", which Secret " + text::quoted(ref.name) +
          " does not have" + has + "correct it here"
  );
}

// Without it an image that is on the node or public would run all the same, until it moves.
std::optional<Finding> judge_pull_secret(
    const api::McpServer& server,
    const Observed& observed,
    const std::string& name,
    std::size_t index
) {
  const std::string path = "spec.pod.imagePullSecrets[" + std::to_string(index) + "].name";
  const auto found = observed.secrets.find(name);
  if (found == observed.secrets.end()) {
    return open(Reason::not_evaluated, path + ": Secret " + text::quoted(name) + " was not read");
  }
  if (!found->second.present) {
    return fails(
        Reason::secret_missing,
        path + " is " + text::quoted(name) + ", but namespace " +
            text::quoted(server.key.namespace_) +
            " has no such Secret; create it with kubectl create secret docker-registry, or correct "
            "the name"
    );
  }
  const auto& keys = found->second.keys;
  if (!keys.contains(".dockerconfigjson") && !keys.contains(".dockercfg")) {
    return fails(
        Reason::secret_key_missing,
        path + " is " + text::quoted(name) + ", which has no key .dockerconfigjson (" +
            shown_keys(found->second) + "); name a Secret of type kubernetes.io/dockerconfigjson"
    );
  }
  return std::nullopt;
}

Finding judge_references(const api::McpServer& server, const Observed& observed) {
  if (!observed.forbidden.empty()) {
    return open(Reason::forbidden, text::join(observed.forbidden, "; "));
  }
  const auto& backends = server.spec.backends;
  for (std::size_t i = 0; i < backends.size(); ++i) {
    if (!backends[i].stdio) {
      continue;
    }
    const auto& env = backends[i].stdio->env;
    for (std::size_t j = 0; j < env.size(); ++j) {
      const std::string path =
          api::backend_path(i) + ".stdio.env[" + std::to_string(j) + "].valueFrom.secretKeyRef";
      if (!env[j].secret) {
        continue;
      }
      if (auto finding =
              judge_reference(server, observed, *env[j].secret, {path + ".name", path + ".key"})) {
        return *finding;
      }
    }
  }
  if (const auto& ingress = server.spec.ingress; ingress && ingress->tls && !ingress->tls->issuer) {
    const std::string& secret = ingress->tls->secret_name;
    for (const char* key : {"tls.crt", "tls.key"}) {
      const std::string path = "spec.ingress.tls.secretName";
      if (auto finding = judge_reference(server, observed, {secret, key}, {path, path})) {
        return *finding;
      }
    }
  }
  const auto& pulling = server.spec.pod.image_pull_secrets;
  for (std::size_t i = 0; i < pulling.size(); ++i) {
    if (auto finding = judge_pull_secret(server, observed, pulling[i], i)) {
      return *finding;
    }
  }
  return holds(Reason::references_resolved, "everything it refers to is there");
}

bool deadline_exceeded(const api::Object& deployment) {
  const auto& progressing =
      api::condition_of(deployment.at({"status", "conditions"}), "Progressing");
  return text_at(progressing, {"reason"}) == "ProgressDeadlineExceeded";
}

std::string count_of(std::int64_t ready, std::int64_t replicas) {
  return std::to_string(ready) + " of " + std::to_string(replicas) +
         (replicas == 1 ? " replica" : " replicas");
}

// An autoscaler's steps are changes of the Deployment as well, of the number of pods only: what
// those are that there are, is known all the time.
bool are_counts_of_now(
    const api::McpServer& server, const api::Object& deployment, const api::Condition* before
) {
  const bool was_available = before != nullptr && before->status == ConditionStatus::true_ &&
                             before->observed_generation == server.generation;
  return (server.spec.autoscaling && was_available) ||
         integer_at(deployment.body(), {"status", "observedGeneration"}) >= deployment.generation();
}

constexpr std::string_view others = "; of the others: ";

// How many an autoscaler has chosen, and how many there are, may differ for long.
Finding judge_available(
    const api::McpServer& server,
    const Observed& observed,
    const api::Object& deployment,
    const api::Condition* before
) {
  const std::int64_t replicas = replicas_wanted(server, deployment);
  const std::int64_t available =
      std::min(integer_at(deployment.body(), {"status", "availableReplicas"}), replicas);
  std::string message =
      count_of(available, replicas) + (replicas == 1 ? " runs" : " run") + " this spec";
  if (available < replicas) {
    std::optional<api::Condition> told;
    if (before != nullptr) {
      told = *before;
      const std::size_t head = told->message.find(others);
      told->message.erase(0, head == std::string::npos ? 0 : head + others.size());
    }
    if (const auto problem = explain(server, observed, told ? &*told : nullptr)) {
      message += std::string(others) + problem->message;
    }
  }
  return holds(Reason::available, std::move(message));
}

Finding judge_workload(
    const api::McpServer& server,
    const Observed& observed,
    const ChildChanges& changes,
    const api::Condition* before
) {
  const api::Object* deployment = observed.find("Deployment", server.key.name);
  const bool is_there = deployment != nullptr && is_ours(*deployment, server);
  // Until Kubernetes has seen the change, its counts and pods are those of before.
  if (!is_there || changes.touches("Deployment") ||
      !are_counts_of_now(server, *deployment, before)) {
    return fails(Reason::progressing, "the change is being rolled out");
  }
  const std::int64_t replicas = replicas_wanted(server, *deployment);
  if (is_rolled_out(server, *deployment)) {
    return replicas == 0
               ? holds(
                     Reason::scaled_to_zero, "spec.replicas is 0: nothing runs until it is raised"
                 )
               : judge_available(server, observed, *deployment, before);
  }
  if (auto problem = explain(server, observed, before)) {
    return fails(problem->reason, std::move(problem->message));
  }
  const std::int64_t updated = integer_at(deployment->body(), {"status", "updatedReplicas"});
  const std::int64_t available = integer_at(deployment->body(), {"status", "availableReplicas"});
  return fails(
      deadline_exceeded(*deployment) ? Reason::progress_deadline_exceeded : Reason::progressing,
      count_of(std::min(updated, available), replicas) + " run this spec so far"
  );
}

std::string introduced(const Probe& probe) {
  return "it answers as " + text::quoted(probe.server_name) + " " + probe.server_version +
         ", with " + std::to_string(probe.tools) + (probe.tools == 1 ? " tool" : " tools") +
         ", in MCP " + text::join(probe.protocol_versions, ", ");
}

Finding judge_endpoint(const Observed& observed, const Finding& workload) {
  if (workload.reason == Reason::scaled_to_zero) {
    return open(Reason::scaled_to_zero, "spec.replicas is 0: there is no replica to ask");
  }
  const bool any_ready =
      std::any_of(observed.pods.begin(), observed.pods.end(), [](const Pod& pod) {
        return pod.ready && !pod.deleting;
      });
  if (!any_ready) {
    return fails(Reason::no_ready_replica, "no replica is ready to be asked");
  }
  if (!observed.probe || observed.probe->template_hash != observed.ready_template_hash()) {
    return open(Reason::progressing, "the replicas of this spec have not been asked yet");
  }
  const Probe& probe = *observed.probe;
  switch (probe.outcome) {
    case Probe::Outcome::verified:
      return holds(Reason::verified, introduced(probe));
    case Probe::Outcome::failed:
      return fails(Reason::probe_failed, "an MCP request to the Service failed: " + probe.error);
    case Probe::Outcome::unreachable:
      return open(
          Reason::probe_unreachable,
          "not known whether it answers: " + probe.error +
              "; run the operator in the cluster (charts/mooring), or give this machine a way into "
              "the cluster's network"
      );
  }
  return open(Reason::not_evaluated, "");
}

}  // namespace

// A server that is turned off as wanted has nobody who could answer, and needs none.
const Finding* Findings::first_problem() const {
  for (const auto sought : {ConditionStatus::false_, ConditionStatus::unknown}) {
    for (const Finding* finding : {&accepted, &references, &workload, &endpoint}) {
      const bool is_meant = is_at_rest && finding == &endpoint;
      if (finding->status == sought && !is_meant) {
        return finding;
      }
    }
    if (sought == ConditionStatus::false_ && route && route->status == sought) {
      return &*route;
    }
  }
  return nullptr;
}

// What mends itself once somebody has pushed an image or made a Secret is being reconciled, until
// the Deployment's deadline has passed; then it is stalled.
Findings judge(
    const api::McpServer& server,
    const Observed& observed,
    const ChildChanges& changes,
    const api::Conditions& before
) {
  Findings findings;
  findings.accepted = judge_acceptance(server, changes);
  findings.references = judge_references(server, observed);
  findings.is_stalled = !findings.accepted.is_true();
  if (changes.is_blocked) {
    findings.workload =
        open(Reason::not_evaluated, "not judged while a name is taken: see Accepted");
    findings.endpoint = findings.workload;
    return findings;
  }
  findings.workload =
      judge_workload(server, observed, changes, before.previous(workload_available_type));
  findings.endpoint = judge_endpoint(observed, findings.workload);
  findings.route = judge_route(server, observed, changes);
  findings.monitoring = judge_monitoring(server, observed);
  findings.scaling = judge_scaling(server, observed, changes);
  if (findings.route && findings.route->reason != Reason::route_pending) {
    findings.is_stalled |= findings.route->status == ConditionStatus::false_;
  }
  findings.is_at_rest = findings.accepted.is_true() && findings.references.is_true() &&
                        findings.workload.reason == Reason::scaled_to_zero;
  const api::Object* deployment = observed.find("Deployment", server.key.name);
  const bool is_late = deployment != nullptr && !findings.workload.is_true() &&
                       !changes.touches("Deployment") && deadline_exceeded(*deployment);
  findings.is_stalled = findings.is_stalled || (is_late && !findings.is_at_rest);
  return findings;
}

}  // namespace mooring::plan
