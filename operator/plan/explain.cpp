// SPDX-License-Identifier: Apache-2.0
#include "operator/plan/explain.hpp"

#include "core/text/ascii.hpp"
#include "operator/api/kinds.hpp"
#include "operator/plan/misplaced.hpp"
#include "operator/plan/scaling.hpp"

#include <algorithm>
#include <array>

namespace mooring::plan {
namespace {

using api::text_at;

// Where in the resource a container comes from.
struct Origin {
  std::string path;   ///< spec.backends[0].stdio, or spec
  std::string image;  ///< what the path + ".image" says; empty: the operator's default
  const api::Resources* resources = nullptr;
};

Origin origin_of(const api::McpServer& server, const std::string& container) {
  constexpr std::string_view prefix = "backend-";
  if (container.starts_with(prefix)) {
    for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
      const api::Backend& backend = server.spec.backends[i];
      if (backend.stdio && backend.name == container.substr(prefix.size())) {
        return {api::backend_path(i) + ".stdio", backend.stdio->image, &backend.stdio->resources};
      }
    }
  }
  return {"spec", server.spec.image, &server.spec.resources};
}

bool is_of_spec(const api::McpServer& server, const std::string& container) {
  return container == "endpoint" || container == "install" ||
         origin_of(server, container).path != "spec";
}

// Which field a container's trouble is of.
std::string place_of(const api::McpServer& server, const std::string& container) {
  if (!is_of_spec(server, container)) {
    return "a container that this spec does not have was added to the Deployment, remove it there";
  }
  const Origin origin = origin_of(server, container);
  return origin.image.empty() ? origin.path
                              : origin.path + ".image is " + text::quoted(origin.image, 512);
}

bool contains_any(const std::string& text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
    return text.find(word) != std::string::npos;
  });
}

// A registry's answer has addresses and ports in it that change from try to try; what it comes to
// does not.
std::string_view pull_failure(const std::string& message) {
  if (contains_any(message, {"unauthorized", "denied", "403 Forbidden", "401 Unauthorized"})) {
    return "the registry refuses it; check the name and the access of the nodes";
  }
  if (contains_any(message, {"not found", "NotFound", "manifest unknown", "404"})) {
    return "the registry has no such image; correct the name or push the image";
  }
  if (contains_any(
          message, {"no such host", "dial tcp", "connection refused", "timeout", "unreachable"}
      )) {
    return "the registry cannot be reached; check the name and the network of the nodes";
  }
  return "correct the name, push the image, or load it on the nodes";
}

constexpr std::string_view digits = "0123456789";

// Numbers and ids (of containers, tasks: long and hexadecimal) change from try to try; the rest of
// the words does not while the cause is the same.
std::string masked(std::string_view text) {
  constexpr std::size_t id_length = 12;
  std::string mask;
  while (!text.empty()) {
    std::size_t run = std::min(text.find_first_not_of("0123456789abcdefABCDEF"), text.size());
    if (run < id_length) {
      run = std::min(text.find_first_not_of(digits), text.size());
    }
    mask += run == 0 ? text.front() : '#';
    text.remove_prefix(std::max<std::size_t>(run, 1));
  }
  return mask;
}

// head + words, or what was said of this spec already if only numbers and ids in the words differ.
std::string settled(
    const api::McpServer& server,
    const api::Condition* before,
    const std::string& head,
    const std::string& words
) {
  if (before != nullptr && before->observed_generation == server.generation &&
      before->message.starts_with(head) &&
      masked(std::string_view(before->message).substr(head.size())) == masked(words)) {
    return before->message;
  }
  return head + words;
}

std::optional<Problem> image_problem(
    const api::McpServer& server, const Container& container, const api::Condition* before
) {
  if (!container.waiting) {
    return std::nullopt;
  }
  const std::string& reason = container.waiting->reason;
  const std::string& message = container.waiting->message;
  static constexpr std::array<std::string_view, 5> pull_reasons = {
      "ErrImagePull",
      "ImagePullBackOff",
      "InvalidImageName",
      "ErrImageNeverPull",
      "ImageInspectError"};
  if (std::find(pull_reasons.begin(), pull_reasons.end(), reason) == pull_reasons.end()) {
    return std::nullopt;
  }
  const Origin origin = origin_of(server, container.name);
  const std::string head =
      origin.path + ".image " +
      (origin.image.empty() ? "(the operator's default, --server-image) "
                            : "is " + text::quoted(origin.image, 512) + ", which ") +
      "cannot be pulled: ";
  if (reason == "InvalidImageName") {
    return Problem{Reason::image_missing, head + "it is no image name; write registry/name:tag"};
  }
  if (reason == "ErrImageNeverPull") {
    return Problem{
        Reason::image_missing,
        head +
            "it is not on the node and imagePullPolicy is Never; load it on the nodes or use "
            "IfNotPresent"};
  }
  // Between two tries some versions of Kubernetes tell only that there will be another one.
  const bool is_silent = message.find(": ") == std::string::npos;
  if (is_silent && before != nullptr && before->message.starts_with(head)) {
    return Problem{Reason::image_missing, before->message};
  }
  return Problem{Reason::image_missing, head + std::string(pull_failure(message))};
}

// The runtime could not make it, or made it and could not start it. Between two tries of the latter
// it waits as any crash does; that it never ran stands in how it ended.
std::optional<ContainerEnd> refusal(const Container& container) {
  const auto& last = container.terminated;
  if (!container.ready && last &&
      (last->reason == "StartError" || last->reason == "ContainerCannotRun")) {
    return ContainerEnd{"RunContainerError", last->message, last->exit_code};
  }
  if (container.waiting && (container.waiting->reason == "CreateContainerConfigError" ||
                            container.waiting->reason == "CreateContainerError" ||
                            container.waiting->reason == "RunContainerError")) {
    return container.waiting;
  }
  return std::nullopt;
}

std::optional<Problem> creation_problem(
    const api::McpServer& server, const Container& container, const api::Condition* before
) {
  const auto refused = refusal(container);
  if (!refused) {
    return std::nullopt;
  }
  const Origin origin = origin_of(server, container.name);
  const std::string& limit = origin.resources->limits.memory;
  if (!limit.empty() && contains_any(refused->message, {"OOM", "memory limit"})) {
    return Problem{
        Reason::container_refused,
        origin.path + ".resources.limits.memory is " + text::quoted(limit) +
            ", which is too little to start the container " + text::quoted(container.name) +
            "; raise it"};
  }
  const std::string head = place_of(server, container.name) + ": the container " +
                           text::quoted(container.name) + " cannot be made (" + refused->reason +
                           "): ";
  return Problem{Reason::container_refused, settled(server, before, head, refused->message)};
}

// A container that ended and is not ready yet stays a crash between two tries, so that the
// condition does not flip with each of them.
std::optional<Problem> crash_problem(const api::McpServer& server, const Container& container) {
  if (container.ready || !container.terminated || container.restarts == 0) {
    return std::nullopt;
  }
  const ContainerEnd& end = *container.terminated;
  const Origin origin = origin_of(server, container.name);
  const std::string head = origin.path + ": the container " + text::quoted(container.name);
  if (end.reason == "OOMKilled") {
    const std::string limit = origin.resources->limits.memory;
    return Problem{
        Reason::crash_loop,
        head + " was ended for using more memory than " + origin.path +
            ".resources.limits.memory allows" + (limit.empty() ? "" : " (" + limit + ")") +
            "; raise it"};
  }
  if (end.reason == "Completed" && end.exit_code == 0) {
    return std::nullopt;
  }
  return Problem{
      Reason::crash_loop,
      head + " ends again and again with exit code " + std::to_string(end.exit_code) +
          "; see kubectl logs -c " + container.name + " --previous"};
}

std::optional<Problem> container_problem(
    const api::McpServer& server, const Pod& pod, const api::Condition* before
) {
  for (const Container& container : pod.containers) {
    if (auto problem = image_problem(server, container, before)) {
      return problem;
    }
  }
  for (const Container& container : pod.containers) {
    if (auto problem = creation_problem(server, container, before)) {
      return problem;
    }
  }
  for (const Container& container : pod.containers) {
    if (auto problem = crash_problem(server, container)) {
      return problem;
    }
  }
  return std::nullopt;
}

// Exit statuses tell causes apart; the other numbers in a program's words (times, process ids,
// ports) do not.
bool same_exit_status(const std::string& a, const std::string& b) {
  const auto first_number = [](const std::string& text) {
    const std::size_t from = std::min(text.find_first_of(digits), text.size());
    return text.substr(from, text.find_first_not_of(digits, from) - from);
  };
  return first_number(a) == first_number(b);
}

std::optional<Problem> backend_problem(
    const api::McpServer& server, const EndpointStatus& status, const api::Condition* before
) {
  for (const EndpointBackend& backend : status.backends) {
    if (backend.state == "up" || backend.message.empty()) {
      continue;
    }
    std::string path = "spec.backends";
    for (std::size_t i = 0; i < server.spec.backends.size(); ++i) {
      if (server.spec.backends[i].name == backend.name) {
        path = api::backend_path(i) + (server.spec.backends[i].stdio ? ".stdio.command" : ".tools");
      }
    }
    const std::string head = "backend " + text::quoted(backend.name) + " (" + path + "): ";
    std::string message = settled(server, before, head, backend.message);
    if (!same_exit_status(message.substr(head.size()), backend.message)) {
      message = head + backend.message;
    }
    return Problem{Reason::backend_failed, std::move(message)};
  }
  return std::nullopt;
}

std::optional<Problem> rejected_problem(
    const api::McpServer& server, const Observed& observed, const api::Condition* before
) {
  const api::Object* deployment = observed.find("Deployment", server.key.name);
  if (deployment == nullptr) {
    return std::nullopt;
  }
  const auto& failure =
      api::condition_of(deployment->at({"status", "conditions"}), "ReplicaFailure");
  if (text_at(failure, {"status"}) != "True") {
    return std::nullopt;
  }
  // The name of the pod, drawn anew for each try, stands before the reason: pods "x-abc" is
  // forbidden: exceeded quota…
  std::string words = text_at(failure, {"message"});
  if (auto absent = absent_object(server, words)) {
    return Problem{Reason::pod_rejected, *std::move(absent)};
  }
  const std::size_t forbidden = words.find("forbidden: ");
  words = forbidden == std::string::npos ? words : words.substr(forbidden + 11);
  return Problem{
      Reason::pod_rejected,
      settled(
          server,
          before,
          "the cluster refuses to make pods: ",
          words + "; mend the quota or policy of the namespace, or lower " +
              std::string(replicas_field(server)) + " or resources"
      )};
}

}  // namespace

// What keeps a pod from existing comes before what keeps it from starting, and that before what
// keeps it from being ready.
std::optional<Problem> explain(
    const api::McpServer& server, const Observed& observed, const api::Condition* before
) {
  if (auto problem = rejected_problem(server, observed, before)) {
    return problem;
  }
  // The pods of now are those made last; what keeps older ones back is of a spec that has gone.
  const auto newest =
      std::max_element(observed.pods.begin(), observed.pods.end(), [](const Pod& a, const Pod& b) {
        return a.created < b.created;
      });
  std::vector<const Pod*> waiting;
  for (const Pod& pod : observed.pods) {
    if (!pod.ready && !pod.deleting &&
        (pod.template_hash == newest->template_hash || pod.created == newest->created)) {
      waiting.push_back(&pod);
    }
  }
  std::sort(waiting.begin(), waiting.end(), [](const Pod* a, const Pod* b) {
    return a->name < b->name;
  });
  for (const Pod* pod : waiting) {
    if (!pod->unschedulable.empty()) {
      return unschedulable_problem(server, *pod);
    }
  }
  for (const Pod* pod : waiting) {
    if (auto problem = container_problem(server, *pod, before)) {
      return problem;
    }
  }
  for (const Pod* pod : waiting) {
    for (const EndpointStatus& status : observed.endpoints) {
      if (status.pod != pod->name) {
        continue;
      }
      if (auto problem = backend_problem(server, status, before)) {
        return problem;
      }
    }
  }
  return std::nullopt;
}

}  // namespace mooring::plan
