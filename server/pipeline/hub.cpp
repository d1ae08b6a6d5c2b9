// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/hub.hpp"

#include "server/rpc/message.hpp"

#include <algorithm>

namespace mooring::pipeline {
namespace {

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
constexpr std::size_t most_news = 256 << 10;

void put(Hub::Ears& ears, Hub::News news) {
  const std::size_t bytes = sizeof news + news.params.size();
  if (ears.bytes() + bytes <= most_news) {
    ears.put(std::move(news), bytes);
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

// With what the containers take.
std::size_t bytes_of(const std::string& text) {
  return text.size() + 128;
}

std::size_t bytes_of(const mcp::Listen& filter) {
  std::size_t bytes = bytes_of(filter.id);
  for (const auto& resource : filter.updates) {
    bytes += bytes_of(resource.uri);
  }
  return bytes;
}

}  // namespace

std::unique_ptr<Hub::Listening> Hub::listen(const mcp::Listen& filter, std::shared_ptr<Ears> ears) {
  const std::lock_guard lock(mutex_);
  if (watched_.size() + filter.updates.size() > most_watched ||
      bytes_ + bytes_of(filter) > most_bytes) {
    return nullptr;
  }
  bytes_ += bytes_of(filter);
  if (is_closed_) {
    ears->put(std::nullopt);
  }
  for (const auto& resource : filter.updates) {
    watch("", {resource.backend, resource.uri});
  }
  listeners_.emplace(++last_number_, Listener{filter, std::move(ears)});
  return std::make_unique<Listening>(*this, last_number_);
}

void Hub::unlisten(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  const auto found = listeners_.find(number);
  for (const auto& resource : found->second.filter.updates) {
    unwatch("", {resource.backend, resource.uri});
  }
  bytes_ -= bytes_of(found->second.filter);
  listeners_.erase(found);
}

// Whose process it is that a session watches: its own, or that of all.
std::string Hub::owner_of(std::size_t backend, const std::string& session) const {
  return backends_[backend]->keeps_sessions() ? session : "";
}

void Hub::watch(const std::string& owner, const Resource& resource) {
  if (++watched_[{owner, resource}] == 1) {
    backends_[resource.first]->watch(owner, resource.second, true);
  }
}

void Hub::unwatch(const std::string& owner, const Resource& resource) {
  const auto found = watched_.find({owner, resource});
  if (found != watched_.end() && --found->second == 0) {
    watched_.erase(found);
    backends_[resource.first]->watch(owner, resource.second, false);
  }
}

// Where there is no room, what is idle for longest makes it.
Hub::Session* Hub::enter(const std::string& session) {
  if (const auto found = sessions_.find(session); found != sessions_.end()) {
    return &found->second;
  }
  if (sessions_.size() >= most_sessions) {
    if (quiet_.empty()) {
      return nullptr;
    }
    drop(sessions_.find(quiet_.front()));
  }
  Session& entry = sessions_[session];
  entry.used = Clock::now();
  entry.place = quiet_.insert(quiet_.end(), session);
  size_ = sessions_.size();
  return &entry;
}

void Hub::drop(Sessions::iterator session) {
  for (const Resource& resource : session->second.resources) {
    bytes_ -= bytes_of(resource.second);
    unwatch(owner_of(resource.first, session->first), resource);
  }
  if (session->second.stream) {
    streams_.finish(*session->second.stream);
  }
  if (session->second.followers == 0) {
    quiet_.erase(session->second.place);
  }
  sessions_.erase(session);
  size_ = sessions_.size();
}

void Hub::use(const std::string& session) {
  if (sessions() == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.followers == 0) {
    found->second.used = Clock::now();
    quiet_.splice(quiet_.end(), quiet_, found->second.place);
  }
}

void Hub::tend(Clock::time_point now) {
  if (sessions() == 0) {
    return;
  }
  const std::lock_guard lock(mutex_);
  while (!quiet_.empty()) {
    const auto oldest = sessions_.find(quiet_.front());
    if (now - oldest->second.used < idle_timeout_) {
      return;
    }
    drop(oldest);
  }
}

std::optional<events::EventId> Hub::open_stream(const std::string& session) {
  const std::lock_guard lock(mutex_);
  Session* entry = enter(session);
  if (entry == nullptr) {
    return std::nullopt;
  }
  const events::EventId id = streams_.open(session);
  if (entry->stream) {
    streams_.finish(*entry->stream);
  }
  if (entry->followers == 0) {
    quiet_.erase(entry->place);
  }
  entry->stream = id.stream;
  entry->followers = 1;
  if (is_closed_) {
    streams_.finish(id.stream);
  }
  return id;
}

void Hub::leave_stream(const std::string& session, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found == sessions_.end() || found->second.stream != stream || found->second.followers == 0) {
    return;
  }
  if (--found->second.followers == 0) {
    found->second.used = Clock::now();
    found->second.place = quiet_.insert(quiet_.end(), session);
  }
}

void Hub::return_to_stream(const std::string& session, std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.stream == stream &&
      ++found->second.followers == 1) {
    quiet_.erase(found->second.place);
  }
}

bool Hub::subscribe(const std::string& session, std::size_t backend, const std::string& uri) {
  const std::lock_guard lock(mutex_);
  // First of all, for entering may cost another session its place.
  const auto known = sessions_.find(session);
  const std::size_t has = known == sessions_.end() ? 0 : known->second.resources.size();
  if (has >= most_resources || watched_.size() >= most_watched ||
      bytes_ + bytes_of(uri) > most_bytes) {
    return false;
  }
  Session* entry = enter(session);
  if (entry == nullptr) {
    return false;
  }
  if (entry->resources.emplace(backend, uri).second) {
    bytes_ += bytes_of(uri);
    watch(owner_of(backend, session), {backend, uri});
  }
  return true;
}

void Hub::unsubscribe(const std::string& session, std::size_t backend, const std::string& uri) {
  const std::lock_guard lock(mutex_);
  const auto found = sessions_.find(session);
  if (found != sessions_.end() && found->second.resources.erase({backend, uri}) > 0) {
    bytes_ -= bytes_of(uri);
    unwatch(owner_of(backend, session), {backend, uri});
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
  const std::string message = rpc::notification_body(method_of(kind), "");
  for (const auto& [name, session] : sessions_) {
    tell(session, message);
  }
}

void Hub::updated(std::size_t backend, const std::string& session, const std::string& uri) {
  constexpr std::string_view method = "notifications/resources/updated";
  const std::string params = R"({"uri":)" + rpc::quoted(uri) + "}";
  const std::string message = rpc::notification_body(method, params);
  const std::lock_guard lock(mutex_);
  if (!session.empty()) {
    const auto found = sessions_.find(session);
    if (found != sessions_.end() && found->second.resources.contains({backend, uri})) {
      tell(found->second, message);
    }
    return;
  }
  for (const auto& [number, listener] : listeners_) {
    const auto& wanted = listener.filter.updates;
    if (std::any_of(wanted.begin(), wanted.end(), [&](const auto& resource) {
          return resource.backend == backend && resource.uri == uri;
        })) {
      put(*listener.ears, News{method, params});
    }
  }
  if (backends_[backend]->keeps_sessions()) {
    return;  // each hears its own process
  }
  for (const auto& [name, entry] : sessions_) {
    if (entry.resources.contains({backend, uri})) {
      tell(entry, message);
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
