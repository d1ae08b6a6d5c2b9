// SPDX-License-Identifier: Apache-2.0
#include "server/listen/service.hpp"

#include "core/log/log.hpp"
#include "server/listen/cores.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace mooring::listen {
namespace {

using nlohmann::json;

// After the drain began a connection is closed when nothing came over it for so long. A request
// that is on its way then is lost, and clients do not send a call twice: so later than the official
// clients keep a connection that they do not use (Node's fetch 4 s, Python's httpx 5 s).
constexpr std::chrono::milliseconds quiet_before_close{6'000};

std::vector<backend::Backend*> pointers(
    const std::vector<std::unique_ptr<backend::Backend>>& backends
) {
  std::vector<backend::Backend*> all;
  for (const auto& backend : backends) {
    all.push_back(backend.get());
  }
  return all;
}

net::HttpServerOptions http_options(const settings::Listen& listen) {
  net::HttpServerOptions options;
  options.address = listen.address;
  options.port = listen.port;
  options.threads = listen.threads == 0 ? usable_cores() : listen.threads;
  options.max_body_bytes = listen.max_body_bytes;
  options.max_connections = listen.max_connections;
  return options;
}

// Messages of failures may hold what a program said last, which is nobody's business but the
// operator's.
enum class Detail { public_part, all };

json describe(const backend::Backend& backend, Detail detail) {
  const backend::Status status = backend.status();
  json described = {
      {"name", backend.name()},
      {"kind", backend.kind()},
      {"state", backend::name(status.state)},
      {"tools", backend.offers()->tools.size()}};
  if (detail == Detail::all) {
    described["message"] = status.message;
  }
  return described;
}

json describe_all(const std::vector<std::unique_ptr<backend::Backend>>& backends, Detail detail) {
  json all = json::array();
  for (const auto& backend : backends) {
    all.push_back(describe(*backend, detail));
  }
  return all;
}

std::string print(const json& document) {
  return document.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

}  // namespace

Service::Service(
    const settings::Settings& settings,
    seal::Ring ring,
    Identity identity,
    metrics::Registry& registry,
    std::vector<std::unique_ptr<backend::Backend>> backends
)
    : settings_(settings),
      registry_(registry),
      keys_(std::move(ring)),
      hops_(std::move(identity.place), keys_, registry),
      shelf_(std::make_shared<const pipeline::Snapshot>(
          mcp::Profile(settings.server.name, settings.server.version),
          catalogue::Catalogue(),
          false,
          tool_counters_
      )),
      backends_(std::move(backends)),
      pipeline_({
          .rules = gate::make_rules(
              settings.listen.path,
              settings.listen.address,
              settings.listen.allowed_hosts,
              settings.listen.allowed_origins
          ),
          .keys = keys_,
          .hops = hops_,
          .first_number = identity.first_number,
          .session_ttl = std::chrono::duration_cast<std::chrono::seconds>(settings.sessions.ttl),
          .session_idle_timeout = settings.sessions.idle_timeout,
          .backends = pointers(backends_),
          .shelf = shelf_,
          .ready = [this] { return ready(); },
          .recorder = recorder_,
      }),
      http_(http_options(settings.listen), pipeline_),
      admin_(
          settings.admin.address,
          settings.admin.port,
          {{"/metrics", admin::metrics_page(registry)},
           {"/health", [] { return http::text_reply(200, "ok\n"); }},
           {"/ready", [this] { return ready(); }},
           {"/status", [this] { return status(); }}}
      ),
      // Cursors in the lists are sealed too.
      ring_watch_(settings.sessions.key_ring, keys_, registry, [this] { rebuild(); }) {
  registry_.add_process_metrics();
  registry_.read_gauge(
      "mcp_sessions",
      "Sessions before protocol 2026-07-28 whose stream or subscriptions this replica keeps.",
      {},
      [this] { return static_cast<double>(pipeline_.hub().sessions()); }
  );
  registry_
      .gauge(
          "mcp_build_info", "Always 1; the labels say what runs.", {{"version", MOORING_VERSION}}
      )
      .set(1);
}

Service::~Service() {
  stop();
  registry_.remove("mcp_sessions", {});
}

Result<void> Service::start() {
  rebuild();
  // Ports first: a port that is taken must not cost the start of every backend.
  if (auto started = admin_.start(); !started) {
    return started;
  }
  if (auto started = http_.start(); !started) {
    return started;
  }
  ring_watch_.start();
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    backends_[i]->start(
        {.changed = [this] { rebuild(); },
         .updated = [this, i](
                        const std::string& session, const std::string& uri
                    ) { pipeline_.hub().updated(i, session, uri); }}
    );
  }
  return {};
}

void Service::rebuild() {
  const std::lock_guard lock(rebuild_mutex_);
  std::vector<catalogue::Offer> offers;
  bool is_whole = true;
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    // Asked before what it offers: who has come up since is told of by one more change.
    is_whole = is_whole && !backend::is_in_first_start(backends_[i]->status());
    offers.push_back({backends_[i]->name(), backends_[i]->offers(), settings_.backends[i].expose});
  }
  const settings::Server& server = settings_.server;
  catalogue::Style style;
  style.server_info = mcp::Profile(server.name, server.version).server_info();
  catalogue::Catalogue made(offers, style, keys_.ring());
  std::set<std::string> warnings(made.warnings().begin(), made.warnings().end());
  for (const std::string& warning : warnings) {
    if (!told_.contains(warning)) {
      log::warn("not offered as it stands", {{"why", warning}});
    }
  }
  told_ = std::move(warnings);
  mcp::Profile profile(server.name, server.version, made.capabilities(), made.instructions());
  const auto before = shelf_.load();
  const auto after = std::make_shared<const pipeline::Snapshot>(
      std::move(profile), std::move(made), is_whole, tool_counters_
  );
  shelf_.store(after);
  // Who asks anew on hearing of it must find the new list.
  for (const catalogue::Kind kind : catalogue::kinds) {
    if (before->catalogue().digest(kind) != after->catalogue().digest(kind)) {
      pipeline_.hub().changed(kind);
    }
  }
}

bool Service::is_ready() const {
  return !draining_ && std::all_of(backends_.begin(), backends_.end(), [](const auto& backend) {
    return backend->status().was_up;
  });
}

http::Reply Service::ready() {
  const bool all = is_ready();
  const json document = {
      {"ready", all},
      {"draining", draining_.load()},
      {"backends", describe_all(backends_, Detail::public_part)}};
  return http::json_reply(all ? 200 : 503, print(document));
}

http::Reply Service::status() {
  const auto up = std::chrono::steady_clock::now() - began_;
  const json document = {
      {"ready", is_ready()},
      {"draining", draining_.load()},
      {"backends", describe_all(backends_, Detail::all)},
      {"name", settings_.server.name},
      {"instance", settings_.server.instance},
      {"version", MOORING_VERSION},
      {"uptimeSeconds", std::chrono::duration_cast<std::chrono::seconds>(up).count()},
      {"connections", recorder_.connections()},
      {"tools", shelf_.load()->catalogue().tools().size()}};
  return http::json_reply(200, print(document));
}

std::size_t Service::drain() {
  draining_ = true;
  http_.begin_drain();
  pipeline_.end_streams();
  const std::size_t cut = http_.finish_drain(quiet_before_close, settings_.drain_timeout);
  stop();
  return cut;
}

void Service::stop() {
  ring_watch_.stop();
  http_.stop();
  pipeline_.stop();
  for (auto& backend : backends_) {
    backend->begin_stop();
  }
  for (auto& backend : backends_) {
    backend->stop();
  }
  admin_.stop();
}

}  // namespace mooring::listen
