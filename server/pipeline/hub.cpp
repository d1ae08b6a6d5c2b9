// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/hub.hpp"

#include "server/rpc/value.hpp"

#include <algorithm>

namespace mooring::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// As long as what was said meanwhile is kept.
constexpr std::chrono::minutes longest_absence{5};

std::string_view method_of(catalogue::Kind kind) {
  switch (kind) {
    case catalogue::Kind::tools:
      return "notifications/tools/list_changed";
    case catalogue::Kind::prompts:
      return "notifications/prompts/list_changed";
    case catalogue::Kind::resources:
    case catalogue::Kind::templates:
      break;
  }
  return "notifications/resources/list_changed";
}

// Who does not read is not told for ever; it finds what it missed when it asks.
constexpr std::size_t most_news = 1'024;

void put(Hub::Ears& ears, std::optional<Hub::News> news) {
  if (!news || ears.size() < most_news) {
    ears.put(std::move(news));
  }
}

bool wants(const mcp::Listen& filter, catalogue::Kind kind) {
  switch (kind) {
    case catalogue::Kind::tools:
      return filter.tools;
    case catalogue::Kind::prompts:
      return filter.prompts;
    case catalogue::Kind::resources:
    case catalogue::Kind::templates:
      break;
  }
  return filter.resources;
}

std::string notification(std::string_view method, std::string_view params) {
  std::string message = R"({"jsonrpc":"2.0","method":")";
  message.append(method).append("\"");
  if (!params.empty()) {
    message.append(R"(,"params":)").append(params);
  }
  return message + "}";
}

}  // namespace

std::unique_ptr<Hub::Listening> Hub::listen(const mcp::Listen& filter, std::shared_ptr<Ears> ears) {
  const std::lock_guard lock(mutex_);
  if (watched_.size() + filter.updates.size() > most_watched) {
    return nullptr;
  }
  if (is_closed_) {
    ears->put(std::nullopt);
  }
  for (const auto& resource : filter.updates) {
    watch({resource.backend, resource.uri});
  }
  listeners_.emplace(++last_number_, Listener{filter, std::move(ears)});
  return std::make_unique<Listening>(*this, last_number_);
}

void Hub::unlisten(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(number);
  for (const auto& resource : found->second.filter.updates) {
    unwatch({resource.backend, resource.uri});
  }
  listeners_.erase(found);
}

void Hub::watch(const Resource& resource) {
  if (++watched_[resource] == 1) {
    backends_[resource.first]->watch(resource.second, true);
  }
}

void Hub::unwatch(const Resource& resource) {
  const auto found = watched_.find(resource);
  if (found != watched_.end() && --found->second == 0) {
    watched_.erase(found);
    backends_[resource.first]->watch(resource.second, false);
  }
}

Hub::Session* Hub::enter(const std::string& session) {
  drop_abandoned();
  if (sessions_.size() >= most_sessions && !sessions_.contains(session)) {
    return nullptr;
  }
  return &sessions_[session];
}

void Hub::drop(Sessions::iterator session) {
  for (const Resource& resource : session->second.resources) {
    unwatch(resource);
  }
  if (session->second.stream) {
    streams_.finish(*session->second.stream);
  }
  sessions_.erase(session);
}

void Hub::drop_abandoned() {
  const auto now = Clock::now();
  for (auto session = sessions_.begin(); session != sessions_.end();) {
    const auto each = session++;
    if (each->second.left && now - *each->second.left > longest_absence) {
      drop(each);
    }
  }
}

events::EventId Hub::open_stream(const std::string& session) {
  const events::EventId id = streams_.open(session);
  const std::lock_guard lock(mutex_);
  if (Session* entry = enter(session); entry != nullptr && !is_closed_) {
    if (entry->stream) {
      streams_.finish(*entry->stream);
    }
    entry->stream = id.stream;
    entry->followers = 1;
    entry->left.reset();
  } else {
    streams_.finish(id.stream);
  }
  return id;
}

void Hub::leave_stream(const std::string& session, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.stream == stream && found->second.followers > 0 &&
      --found->second.followers == 0) {
    found->second.left = Clock::now();
  }
}

void Hub::return_to_stream(const std::string& session, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.stream == stream) {
    ++found->second.followers;
    found->second.left.reset();
  }
}

bool Hub::subscribe(const std::string& session, std::size_t backend, const std::string& uri) {
  const std::lock_guard lock(mutex_);
  Session* entry = enter(session);
  if (entry == nullptr || entry->resources.size() >= most_resources ||
      watched_.size() >= most_watched) {
    return false;
  }
  if (!entry->stream && !entry->left) {
    entry->left = Clock::now();  // it has yet to open a stream
  }
  if (entry->resources.emplace(backend, uri).second) {
    watch({backend, uri});
  }
  return true;
}

void Hub::unsubscribe(const std::string& session, std::size_t backend, const std::string& uri) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.resources.erase({backend, uri}) > 0) {
    unwatch({backend, uri});
  }
}

void Hub::forget(const std::string& session) {
  const std::lock_guard lock(mutex_);
  if (const auto found = sessions_.find(session); found != sessions_.end()) {
    drop(found);
  }
}

void Hub::tell(const Session& session, std::string_view message) {
  if (session.stream) {
    streams_.append(*session.stream, message);
  }
}

void Hub::changed(catalogue::Kind kind) {
  const std::lock_guard lock(mutex_);
  for (const auto& [number, listener] : listeners_) {
    if (wants(listener.filter, kind)) {
      put(*listener.ears, News{method_of(kind), ""});
    }
  }
  const std::string message = notification(method_of(kind), "");
  for (const auto& [name, session] : sessions_) {
    tell(session, message);
  }
}

void Hub::updated(std::size_t backend, const std::string& uri) {
  constexpr std::string_view method = "notifications/resources/updated";
  const std::string params = R"({"uri":)" + rpc::quoted(uri) + "}";
  const std::lock_guard lock(mutex_);
  for (const auto& [number, listener] : listeners_) {
    const auto& wanted = listener.filter.updates;
    if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& resource) {
          return resource.backend == backend && resource.uri == uri;
        })) {
      put(*listener.ears, News{method, params});
    }
  }
  const std::string message = notification(method, params);
  for (const auto& [name, session] : sessions_) {
    if (session.resources.contains({backend, uri})) {
      tell(session, message);
    }
  }
}

void Hub::close() {
  {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
    for (const auto& [number, listener] : listeners_) {
      listener.ears->put(std::nullopt);
    }
  }
  streams_.close();
}

}  // namespace mooring::pipeline
