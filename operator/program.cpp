// SPDX-License-Identifier: Apache-2.0
#include "operator/program.hpp"

#include "core/log/log.hpp"
#include "core/net/http_client.hpp"
#include "core/text/encoding.hpp"
#include "operator/api/kinds.hpp"
#include "operator/loop/preflight.hpp"
#include "operator/state_page.hpp"

#include <openssl/rand.h>

#include <malloc.h>
#include <unistd.h>

namespace mooring {
namespace {

using namespace std::chrono_literals;

constexpr const char* controller = "mooring.dev/mcp-operator";
constexpr auto request_deadline = 30s;
// Well below the lease's renewal deadline: one hung request must not lose it.
constexpr auto lease_deadline = 4s;
constexpr auto drain_time = 20s;
constexpr auto rest_time = 60s;
constexpr auto told_every = 60s;
constexpr const char* watched_children[] = {
    "Deployment",
    "Service",
    "ConfigMap",
    "ServiceAccount",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "NetworkPolicy",
    "Ingress",
    "HTTPRoute",
    "PodMonitor",
    "PrometheusRule",
    "Pod"};

std::string host_name() {
  char name[256] = "unknown";
  ::gethostname(name, sizeof name - 1);
  return name;
}

/// Of this start of the program: a restarted one must not take itself for its predecessor.
std::string identity() {
  std::string random(8, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(random.data()), static_cast<int>(random.size()));
  return host_name() + "_" + text::hex(random);
}

apply::Reporter reporter() {
  return {controller, ("mcp-operator-" + host_name()).substr(0, 128)};
}

kube::RestOptions rest_options(std::chrono::seconds timeout, Instruments& instruments) {
  kube::RestOptions made;
  made.user_agent = "mcp-operator/" MOORING_VERSION " (linux/amd64)";
  made.timeout = timeout;
  made.observer = [&instruments](const kube::Exchange& exchange) {
    instruments.exchanged(exchange);
  };
  return made;
}

}  // namespace

Result<std::unique_ptr<Program>> Program::make(ProgramOptions options) {
  auto instruments = std::make_unique<Instruments>();
  MOORING_TRY(
      auto client,
      kube::RestClient::open(options.connection, rest_options(request_deadline, *instruments))
  );
  MOORING_TRY(
      auto lease_client,
      kube::RestClient::open(options.connection, rest_options(lease_deadline, *instruments))
  );
  return std::unique_ptr<Program>(new Program(
      std::move(options), std::move(instruments), std::move(client), std::move(lease_client)
  ));
}

Program::Program(
    ProgramOptions options,
    std::unique_ptr<Instruments> instruments,
    std::unique_ptr<kube::RestClient> client,
    std::unique_ptr<kube::RestClient> lease_client
)
    : options_(std::move(options)),
      instruments_(std::move(instruments)),
      client_(std::move(client)),
      lease_client_(std::move(lease_client)),
      prober_(
          {options_.is_inside},
          net::exchange,
          [this](const api::ObjectKey& key) { queue_.add(key); }
      ),
      observer_(cache_, *client_, prober_, net::exchange),
      applier_(
          *client_,
          writes_,
          reporter(),
          {[this] { return may_write(); },
           [this](std::string_view kind, std::string_view result) {
             instruments_->applied(kind, result);
           }}
      ),
      reconciler_(
          cache_,
          observer_,
          prober_,
          applier_,
          writes_,
          {options_.server_image,
           options_.is_inside ? options_.lease_namespace : "",
           options_.controller_name}
      ),
      workers_(
          queue_,
          [this](const api::ObjectKey& key) { return reconciler_.reconcile(key); },
          instruments_->registry(),
          options_.workers
      ),
      leader_(
          *lease_client_,
          {"Lease", options_.lease_namespace, loop::lease_name(options_.controller_name)},
          identity(),
          {[this] { elected(); },
           [] {
             // Whatever is under way here must not be written beside the new leader's work.
             log::error("the lease was lost to another replica, or could not be renewed: ends");
             ::_exit(1);
           }}
      ),
      admin_(options_.metrics_address, options_.metrics_port, pages()) {
  add_watchers();
}

Program::~Program() = default;

admin::Pages Program::pages() {
  return {
      {"/metrics", [this] { return instruments_->page(queue_, cache_); }},
      {"/healthz", [this] { return health(); }},
      {"/readyz", [this] { return readiness(); }},
      {"/debug", [this] { return state(); }},
  };
}

http::Reply Program::health() {
  return leader_.is_alive()
             ? http::text_reply(200, "ok\n")
             : http::text_reply(
                   503, "the lease has ended and neither renewing nor giving up works\n"
               );
}

http::Reply Program::readiness() {
  if (stopping_) {
    return http::text_reply(503, "stopping\n");
  }
  if (cache_.synced()) {
    return http::text_reply(200, "ok\n");
  }
  std::string text = "the caches are not filled yet\n";
  const std::lock_guard lock(mutex_);
  for (const auto& [what, failure] : told_) {
    text += what + ": " + failure.message + "\n";
  }
  return http::text_reply(503, std::move(text));
}

http::Reply Program::state() {
  const auto now = std::chrono::steady_clock::now();
  ProgramState told{now, options_.controller_name, may_write(), stopping_, {}};
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [what, failure] : told_) {
      told.failures.push_back({what, failure.message, now - failure.at});
    }
  }
  return state_page(told, cache_, queue_, writes_);
}

bool Program::may_write() const {
  return !options_.leader_election || leader_.is_valid();
}

void Program::add_watchers() {
  const std::vector<std::string> everywhere = {""};
  for (const std::string& space : options_.namespaces.empty() ? everywhere : options_.namespaces) {
    cache_.add(kube::servers_of(options_.controller_name, space));
    for (const char* kind : watched_children) {
      cache_.add({kind, space, std::string(api::managed_by_selector)});
    }
  }
  watch::WatcherHooks hooks;
  hooks.changed = [this](const watch::Change& change) { changed(change); };
  hooks.failed = [this](const kube::Scope& scope, const kube::Failure& failure) {
    watch_failed(scope, failure);
  };
  hooks.came_or_went = [this](const kube::Scope& scope) { look_again(scope.namespace_); };
  for (const auto& store : cache_.stores()) {
    watchers_.push_back(std::make_unique<watch::Watcher>(*client_, *store, hooks));
  }
}

void Program::changed(const watch::Change& change) {
  if (!watch::matters(change)) {
    return;
  }
  for (const api::ObjectKey& key : watch::owners(change)) {
    queue_.add(key);
  }
  look_at_rivals(change);
}

/// What one gave up or came to, another may get or lose.
void Program::look_at_rivals(const watch::Change& change) {
  for (const api::Place& place : watch::places_in_play(change)) {
    for (const api::Holder& holder : cache_.holders(place)) {
      queue_.add(holder.server);
    }
  }
}

/// At every McpServer of a namespace, or of all: a kind has come that they may want.
void Program::look_again(const std::string& namespace_) {
  for (const auto& store : cache_.stores()) {
    const kube::Scope& scope = store->scope();
    if (scope.kind == api::server_kind && scope.namespace_ == namespace_) {
      for (const api::ObjectKey& key : store->keys()) {
        queue_.add(key);
      }
    }
  }
}

void Program::watch_failed(const kube::Scope& scope, const kube::Failure& failure) {
  if (failure.code == Errc::not_found && api::find_kind(scope.kind)->is_optional) {
    return;  // the resources that want it tell
  }
  instruments_->watch_failed(scope, failure);
  if (failure.code == Errc::gone || stopping_) {
    return;  // ordinary: listed anew
  }
  const std::string advice = scope.kind == api::server_kind ? loop::trouble_with_kind(failure) : "";
  const std::string message = failure.message + (advice.empty() ? "" : "; " + advice);
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  WatchFailure& told = told_[scope.kind + " " + scope.namespace_];
  const bool is_old = told.code == failure.code && now - told.at < told_every;
  if (!is_old) {
    told = {failure.code, message, now};
    log::warn("a watch failed and is tried again", {{"kind", scope.kind}, {"error", message}});
  }
}

void Program::elected() {
  const std::lock_guard lock(mutex_);
  if (!stopping_) {
    instruments_->leading(true);
    workers_.start();
  }
}

bool Program::wait_for_caches(const Wait& wait) {
  while (!cache_.synced()) {
    if (!wait(50ms)) {
      return false;
    }
  }
  log::info("the caches are filled");
  // The lists' first copies are garbage now, and much larger than what is kept of them.
  ::malloc_trim(0);
  return true;
}

/// After work on large resources, what they took lies unused in the heap.
void Program::give_back_memory() {
  const auto added = queue_.statistics().adds;
  if (added != added_before_) {
    added_before_ = added;
    ::malloc_trim(0);
  }
}

Result<void> Program::run(const Wait& wait) {
  if (auto started = admin_.start(); !started) {
    return started;
  }
  bool going_on = true;
  loop::PreflightOptions preflight;
  preflight.namespaces = options_.namespaces;
  preflight.controller_name = options_.controller_name;
  preflight.lease_namespace = options_.leader_election ? options_.lease_namespace : "";
  auto fit = loop::preflight(*client_, preflight, [&](std::chrono::milliseconds time) {
    return going_on = wait(time);
  });
  if (!fit || !going_on) {
    stop();
    return fit;
  }
  for (const auto& watcher : watchers_) {
    watcher->start();
  }
  if (wait_for_caches(wait)) {
    prober_.start();
    if (options_.leader_election) {
      leader_.start();
    } else {
      elected();
    }
    while (wait(rest_time)) {
      give_back_memory();
    }
  }
  stop();
  return {};
}

/// First what makes work, then work itself, the lease last: whoever takes it over finds nobody else
/// writing.
void Program::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  log::info("stops");
  if (!workers_.drain(drain_time)) {
    log::warn("some work did not end in time and is cut off");
  }
  client_->cancel();
  workers_.join();
  prober_.stop();
  for (const auto& watcher : watchers_) {
    watcher->stop();
  }
  leader_.stop();
  admin_.stop();
}

}  // namespace mooring
