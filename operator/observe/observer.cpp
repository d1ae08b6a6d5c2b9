// SPDX-License-Identifier: Apache-2.0
#include "operator/observe/observer.hpp"

#include "core/text/encoding.hpp"
#include "operator/api/kinds.hpp"
#include "operator/api/place.hpp"
#include "operator/plan/children.hpp"
#include "operator/plan/rivals.hpp"
#include "operator/plan/secrets.hpp"
#include "operator/render/render.hpp"

#include <future>

namespace mooring::observe {
namespace {

using namespace std::chrono_literals;
using kube::Answer;
using plan::Observed;
using plan::Pod;
using Clock = std::chrono::steady_clock;

constexpr auto pod_deadline = 1s;
// Each such address costs a worker a second: one pod in trouble must not slow all, nor blind us to
// the others.
constexpr auto pods_left_alone_for = 30s;
// One failing pod is as telling as many.
constexpr std::size_t pods_asked_at_most = 4;

// What a spec may have or not. What it does not ask for is of interest only if it is ours, and what
// is ours is in the cache.
bool is_asked_for(const api::McpServerSpec& spec, const std::string& kind) {
  if (kind == "Ingress") {
    return spec.ingress.has_value();
  }
  if (kind == api::pod_monitor_kind) {
    return spec.monitoring.scrape != api::Wanted::never;
  }
  if (kind == api::prometheus_rule_kind) {
    return spec.monitoring.alerts.rules != api::Wanted::never;
  }
  if (kind == "HorizontalPodAutoscaler") {
    return spec.autoscaling.has_value();
  }
  return kind != "HTTPRoute" || spec.gateway.has_value();
}

}  // namespace

Answer<std::optional<api::Object>> Observer::read(const api::ObjectRef& ref, Source source) {
  const watch::Store* store = cache_.find(ref.kind, ref.namespace_);
  if (source == Source::cache && store != nullptr) {
    if (auto found = store->get({ref.namespace_, ref.name})) {
      return found;
    }
  }
  auto found = reader_.get(ref);
  if (found) {
    watch::make_lean(*found);
    return std::optional(std::move(*found));
  }
  if (found.error().code == Errc::not_found) {
    return std::optional<api::Object>{};
  }
  return tl::unexpected(found.error());
}

Answer<std::optional<api::Object>> Observer::server(const api::ObjectKey& key, Source source) {
  const watch::Store* store = cache_.find(api::server_kind, key.namespace_);
  if (source == Source::cache && store != nullptr) {
    return store->get(key);
  }
  return read({std::string(api::server_kind), key.namespace_, key.name}, Source::live);
}

Answer<Observed> Observer::observe(
    const api::Object& object, const api::McpServer& server, Source source
) {
  Observed observed;
  observed.server = object;
  if (object.is_deleting()) {
    return observed;
  }
  if (auto read = read_children(server, source, observed); !read) {
    return tl::unexpected(read.error());
  }
  if (auto read = read_secrets(server, observed); !read) {
    return tl::unexpected(read.error());
  }
  read_claims(object, observed);
  if (plan::is_blocked(server, observed)) {
    prober_.forget(server.key);
    return observed;
  }
  read_pods(server.key, observed);
  ask_endpoints(observed);
  observed.probe =
      prober_.latest(server.key, render::url_of(server), observed.ready_template_hash());
  return observed;
}

/// A child that the cache does not have is looked for in earnest: the cache sees only what has our
/// label, and what stands there without it is somebody else's.
Answer<void> Observer::read_children(const api::McpServer& server, Source source, Observed& out) {
  for (const api::ObjectRef& ref : api::possible_children(server.key)) {
    const watch::Store* store = cache_.find(ref.kind, ref.namespace_);
    std::optional<api::Object> found;
    if (store != nullptr && store->missing()) {
      out.missing_kinds.insert(ref.kind);
      continue;
    }
    if (is_asked_for(server.spec, ref.kind)) {
      MOORING_TRY(found, read(ref, source));
    } else if (store != nullptr) {
      found = store->get({ref.namespace_, ref.name});
    }
    if (found) {
      out.children.push_back(std::move(*found));
    }
  }
  return {};
}

Answer<void> Observer::read_secrets(const api::McpServer& server, Observed& out) {
  for (const std::string& name : plan::references(server)) {
    const auto found = read({"Secret", server.key.namespace_, name}, Source::live);
    if (!found && found.error().code == Errc::forbidden) {
      out.forbidden.push_back(found.error().message);
      continue;
    }
    if (!found) {
      return tl::unexpected(found.error());
    }
    plan::SecretState state;
    if (*found) {
      state.present = true;
      const nlohmann::json& data = (*found)->at({"data"});
      for (auto entry = data.begin(); data.is_object() && entry != data.end(); ++entry) {
        state.keys.insert(entry.key());
        state.hashes.emplace(entry.key(), text::sha256_hex(entry.value().dump()));
      }
    }
    out.secrets.emplace(name, std::move(state));
  }
  return {};
}

void Observer::read_claims(const api::Object& object, Observed& out) const {
  for (const api::Place& place : api::places(object)) {
    plan::Claims& claims = out.claims[place];
    for (const api::Holder& holder : cache_.holders(place)) {
      plan::add(claims, holder);
    }
    if (const auto own = api::holder(object)) {
      plan::add(claims, *own);
    }
  }
}

void Observer::read_pods(const api::ObjectKey& key, Observed& out) {
  const watch::Store* store = cache_.find("Pod", key.namespace_);
  if (store == nullptr) {
    return;
  }
  for (const api::Object& pod : store->of_owner(key)) {
    out.pods.push_back(plan::read_pod(pod.body()));
  }
}

void Observer::ask_endpoints(Observed& out) {
  std::vector<std::future<std::optional<plan::EndpointStatus>>> answers;
  for (const Pod& pod : out.pods) {
    const bool is_worth_it =
        pod.phase == "Running" && !pod.ready && !pod.deleting && !pod.ip.empty();
    if (is_worth_it && answers.size() < pods_asked_at_most && !is_left_alone(pod.ip)) {
      answers.push_back(std::async(std::launch::async, [this, &pod] { return ask_endpoint(pod); }));
    }
  }
  for (auto& answer : answers) {
    if (auto status = answer.get()) {
      out.endpoints.push_back(std::move(*status));
    }
  }
}

std::optional<plan::EndpointStatus> Observer::ask_endpoint(const Pod& pod) {
  const bool ipv6 = pod.ip.find(':') != std::string::npos;
  net::ClientRequest request;
  request.url = "http://" + (ipv6 ? "[" + pod.ip + "]" : pod.ip) + ":9090/status";
  request.timeout = pod_deadline;
  const auto response = exchange_(request);
  if (response) {
    return plan::read_endpoint_status(pod.name, response->body);
  }
  if (response.error().code == Errc::timeout) {
    leave_alone(pod.ip);
  }
  return std::nullopt;
}

bool Observer::is_left_alone(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto found = left_alone_until_.find(address);
  return found != left_alone_until_.end() && Clock::now() < found->second;
}

void Observer::leave_alone(const std::string& address) {
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  std::erase_if(left_alone_until_, [now](const auto& entry) { return entry.second <= now; });
  left_alone_until_[address] = now + pods_left_alone_for;
}

}  // namespace mooring::observe
