// SPDX-License-Identifier: Apache-2.0
#include "operator/watch/watcher.hpp"

#include "core/log/log.hpp"
#include "operator/api/kinds.hpp"

#include <functional>
#include <random>

namespace mooring::watch {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

constexpr const char* initial_events_end = "k8s.io/initial-events-end";

Instant now() {
  return std::chrono::steady_clock::now();
}

Frame::Type type_of(std::string_view word) {
  if (word == "ADDED") {
    return Frame::Type::added;
  }
  if (word == "MODIFIED") {
    return Frame::Type::modified;
  }
  if (word == "DELETED") {
    return Frame::Type::deleted;
  }
  if (word == "BOOKMARK") {
    return Frame::Type::bookmark;
  }
  return word == "ERROR" ? Frame::Type::error : Frame::Type::unknown;
}

}  // namespace

Watcher::Watcher(kube::RestClient& client, Store& store, WatcherHooks hooks)
    : client_(client),
      store_(store),
      hooks_(std::move(hooks)),
      fsm_(true, api::find_kind(store.scope().kind)->is_optional),
      seed_(std::random_device{}()) {}

Watcher::~Watcher() {
  stop();
}

void Watcher::start() {
  thread_ = std::thread([this] { run(); });
}

void Watcher::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (stream_) {
      stream_->cancel();
    }
    stopped_.notify_all();
  }
  if (thread_.joinable()) {
    thread_.join();
  }
}

bool Watcher::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

double Watcher::random() {
  std::minstd_rand engine(seed_++);
  return std::uniform_real_distribution<>()(engine);
}

void Watcher::run() {
  Action action = fsm_.start(now());
  while (!stopping()) {
    const Step step = obey(action);
    if (step.replace) {
      replace(step.missing);
    }
    action = step.next;
  }
}

Step Watcher::obey(const Action& action) {
  Event event = Waited{};
  if (const auto* list = std::get_if<List>(&action)) {
    event = obey_list(*list);
  } else if (const auto* watch = std::get_if<Watch>(&action)) {
    event = obey_watch(*watch);
  } else {
    event = obey_wait(std::get<Wait>(action));
  }
  return fsm_.step(event, now(), random());
}

Event Watcher::failed(kube::Failure failure) {
  if (!stopping() && hooks_.failed) {
    hooks_.failed(store_.scope(), failure);
  }
  return Failed{std::move(failure)};
}

Event Watcher::obey_list(const List& list) {
  if (list.continue_token.empty()) {
    collected_.clear();
  }
  auto page =
      client_.list(store_.scope(), {list.resource_version, list.continue_token, list.limit});
  if (!page) {
    return failed(std::move(page.error()));
  }
  for (json& item : page->items) {
    collect(Frame::Type::added, api::Object(std::move(item)));
  }
  return Paged{page->resource_version, page->continue_token};
}

Event Watcher::obey_watch(const Watch& watch) {
  if (watch.initial_events) {
    collected_.clear();
  }
  // Spread, so that the streams do not all end in one moment.
  const std::chrono::seconds timeout(240 + static_cast<int>(random() * 50));
  auto stream =
      client_.watch(store_.scope(), {watch.resource_version, watch.initial_events, timeout});
  {
    const std::lock_guard lock(mutex_);
    stream_ = stream;
    if (stopping_) {
      stream_->cancel();
    }
  }
  for (;;) {
    auto next = stream->next(1h);
    if (auto* line = std::get_if<kube::WatchStream::Line>(&next)) {
      if (auto failure = take_line(line->text)) {
        stream->cancel();
        return failed(std::move(*failure));
      }
    } else if (auto* ended = std::get_if<kube::WatchStream::Ended>(&next)) {
      if (ended->failure) {
        return failed(std::move(*ended->failure));
      }
      return Closed{};
    }
  }
}

Event Watcher::obey_wait(const Wait& wait) {
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, wait.time, [this] { return stopping_; });
  return Waited{};
}

std::optional<kube::Failure> Watcher::take_line(const std::string& line) {
  json parsed = json::parse(line, nullptr, false);
  const auto body = parsed.is_object() ? parsed.find("object") : parsed.end();
  if (!parsed.is_object() || body == parsed.end() || !body->is_object()) {
    log::warn("skipped a line of a watch that is no event", {{"kind", store_.scope().kind}});
    return std::nullopt;
  }
  api::Object object(std::move(*body));
  const std::string version = object.resource_version();
  Frame frame;
  frame.type = type_of(api::text_at(parsed, {"type"}));
  frame.resource_version = version;
  frame.initial_events_end = object.annotation(initial_events_end) == "true";
  switch (fsm_.frame(frame)) {
    case FrameAction::collect:
      collect(frame.type, std::move(object));
      break;
    case FrameAction::deliver:
      deliver(frame.type, std::move(object));
      break;
    case FrameAction::replace:
      replace(false);
      break;
    case FrameAction::skip:
      if (fsm_.synced()) {
        store_.advance(fsm_.resource_version());
      }
      break;
    case FrameAction::end:
      return kube::failure_of_status(object.body().dump(), kube::describe("watch", store_.scope()));
  }
  return std::nullopt;
}

void Watcher::collect(Frame::Type type, api::Object object) {
  const api::ObjectKey key = object.key();
  if (type == Frame::Type::deleted) {
    collected_.erase(key);
    return;
  }
  make_lean(object);
  collected_.insert_or_assign(key, std::move(object));
}

void Watcher::deliver(Frame::Type type, api::Object object) {
  const api::ObjectKey key = object.key();
  const auto change =
      type == Frame::Type::deleted ? store_.erase(key) : store_.put(std::move(object));
  // Before anybody is told: whoever acts on it asks how new the store is.
  store_.advance(fsm_.resource_version());
  if (change && hooks_.changed) {
    hooks_.changed(*change);
  }
}

void Watcher::replace(bool is_missing) {
  std::vector<api::Object> objects;
  objects.reserve(collected_.size());
  for (auto& [key, object] : collected_) {
    objects.push_back(std::move(object));
  }
  collected_.clear();
  const bool has_turned = store_.missing() != is_missing;
  const std::vector<Change> changes =
      is_missing ? store_.miss() : store_.replace(std::move(objects));
  store_.advance(fsm_.resource_version());
  for (const Change& change : changes) {
    if (hooks_.changed) {
      hooks_.changed(change);
    }
  }
  if (has_turned && hooks_.came_or_went) {
    hooks_.came_or_went(store_.scope());
  }
}

}  // namespace mooring::watch
