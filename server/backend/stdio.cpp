// SPDX-License-Identifier: Apache-2.0
#include "server/backend/stdio.hpp"

#include <algorithm>

namespace mooring::backend {
namespace {

using Clock = std::chrono::steady_clock;

std::int64_t ticks() {
  return Clock::now().time_since_epoch().count();
}

InstanceCounters make_counters(const std::string& name, metrics::Registry& registry) {
  InstanceCounters counters;
  counters.running = registry.gauge(
      "mooring_backend_instances",
      "Processes of a stdio backend, or connections to its bridge, that are there.",
      {{"backend", name}}
  );
  counters.starts = registry.counter(
      "mooring_backend_starts_total", "Processes of the backend started.", {{"backend", name}}
  );
  counters.restarts = registry.counter(
      "mcp_backend_restarts_total", "Starts of the backend after the first.", {{"backend", name}}
  );
  constexpr std::array reasons{"invalid", "unknown_id", "notification", "unrelated", "flood"};
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    counters.ignored[i] = registry.counter(
        "mcp_backend_lines_ignored_total",
        "Lines of a backend that were of no use.",
        {{"backend", name}, {"reason", reasons[i]}}
    );
  }
  return counters;
}

}  // namespace

/// A call as its client's thread has it: all is done on the backend's own thread, which outlives
/// the call.
class StdioBackend::UnderWay final : public Call {
 public:
  UnderWay(StdioBackend& backend, std::uint64_t id, std::string session)
      : backend_(backend), id_(id), session_(std::move(session)) {}

  void reply(const std::string& question_id, const Answer& answer) override {
    post([id = id_, question_id, answer](Instance& instance) {
      instance.reply(id, question_id, answer);
    });
  }

  void cancel() override {
    post([id = id_](Instance& instance) { instance.cancel(id, "cancelled by the client"); });
  }

 private:
  template <class Do>
  void post(Do what) {
    asio::post(
        backend_.context_,
        [&backend = backend_, session = session_, what = std::move(what)] {
          if (const InstancePtr instance = backend.find(session)) {
            what(*instance);
          }
        }
    );
  }

  StdioBackend& backend_;
  const std::uint64_t id_;
  const std::string session_;
};

StdioBackend::StdioBackend(StdioOptions options, metrics::Registry& registry)
    : options_(std::move(options)),
      counters_(make_counters(options_.name, registry)),
      up_gauge_(registry.gauge(
          "mcp_backend_up",
          "Whether the backend answers: 1 or 0. One that sleeps until it is called does.",
          {{"backend", options_.name}}
      )),
      stale_since_(std::make_shared<std::atomic<std::int64_t>>(ticks())),
      offers_(std::make_shared<const catalogue::Offers>()),
      work_(context_.get_executor()),
      shared_(make_instance(Instance::Role::shared)) {
  registry.read_gauge(
      "mcp_backend_list_age_seconds",
      "Time since what is listed of the backend may be out of date, as it is down or did not "
      "answer: "
      "0 while it is not.",
      {{"backend", options_.name}},
      [since = stale_since_] {
        const std::int64_t began = *since;
        return began == 0 ? 0
                          : std::chrono::duration<double>(Clock::duration(ticks() - began)).count();
      }
  );
}

StdioBackend::~StdioBackend() {
  stop();
}

Status StdioBackend::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::shared_ptr<const catalogue::Offers> StdioBackend::offers() const {
  const std::lock_guard lock(mutex_);
  return offers_;
}

void StdioBackend::start(Events events) {
  events_ = std::move(events);
  asio::post(context_, [this] { shared_->start(); });
  thread_ = std::thread([this] { context_.run(); });
}

void StdioBackend::begin_stop() {
  is_stopping_ = true;
  asio::post(context_, [this] { stop_all(); });
}

void StdioBackend::stop() {
  if (thread_.joinable()) {
    begin_stop();
    thread_.join();
  }
}

void StdioBackend::stop_all() {
  while (!sessions_.empty()) {
    end(sessions_.begin());
  }
  shared_->stop();
}

std::shared_ptr<Call> StdioBackend::begin(CallRequest request, std::shared_ptr<Sink> sink) {
  // What the client's token stands for is our id: so one number finds the call for both.
  const std::uint64_t id = request.progress_token != 0 ? request.progress_token : next_token();
  std::string session(keeps_sessions() ? request.session : std::string_view());
  auto under_way = std::make_shared<UnderWay>(*this, id, session);
  if (is_stopping_) {
    sink->on_event(Event(
        Result<Answer>(fail(Errc::unavailable, "backend \"" + options_.name + "\" is stopping"))
    ));
    return under_way;
  }
  Waiting waiting;
  waiting.sink = std::move(sink);
  waiting.log_level = request.log_level;
  waiting.has_chosen_level = request.has_chosen_level;
  waiting.can_be_asked = request.can_be_asked;
  waiting.wants_progress = request.progress_token != 0;
  waiting.session = request.session;
  asio::post(
      context_,
      [this,
       id,
       session = std::move(session),
       tail = Instance::request_tail(request.method, request.params),
       waiting = std::move(waiting)]() mutable {
        if (auto instance = find_or_make(session)) {
          (*instance)->accept(id, std::move(tail), std::move(waiting));
        } else {
          waiting.sink->on_event(Event(Result<Answer>(tl::unexpected(instance.error()))));
        }
      }
  );
  return under_way;
}

StdioBackend::InstancePtr StdioBackend::find(const std::string& session) const {
  if (session.empty()) {
    return shared_;
  }
  const auto found = sessions_.find(session);
  return found == sessions_.end() ? nullptr : found->second;
}

// Before the shared one has been up nobody knows what the server speaks.
Result<StdioBackend::InstancePtr> StdioBackend::find_or_make(const std::string& session) {
  if (InstancePtr found = find(session)) {
    return found;
  }
  if (is_stopping_ || !shared_->status().was_up) {
    return tl::unexpected(shared_->down());
  }
  if (sessions_.size() >= options_.instances.max) {
    return fail(
        Errc::too_many,
        "backend \"" + options_.name + "\" has " + std::to_string(sessions_.size()) +
            " sessions at a time, as many as stdio.instances.max allows; try again later"
    );
  }
  InstancePtr made = make_instance(Instance::Role::session);
  sessions_.emplace(session, made);
  made->start();
  if (const auto watched = watched_.find(session); watched != watched_.end()) {
    for (const std::string& uri : watched->second) {
      made->watch(uri, true);
    }
  }
  return made;
}

StdioBackend::InstancePtr StdioBackend::make_instance(Instance::Role role) {
  Instance::Owner& owner = *this;
  return std::make_shared<Instance>(context_, options_, counters_, role, generation_.load(), owner);
}

void StdioBackend::watch(const std::string& session, const std::string& uri, bool wanted) {
  asio::post(context_, [this, session, uri, wanted] {
    if (session.empty()) {
      shared_->watch(uri, wanted);
      return;
    }
    note_watched(session, uri, wanted);
    // One that cannot be made now is told when a call makes it.
    if (const auto instance = wanted ? find_or_make(session) : find(session);
        instance && *instance) {
      (*instance)->watch(uri, wanted);
    }
  });
}

void StdioBackend::note_watched(const std::string& session, const std::string& uri, bool wanted) {
  if (wanted) {
    watched_[session].insert(uri);
  } else if (const auto found = watched_.find(session);
             found != watched_.end() && found->second.erase(uri) > 0 && found->second.empty()) {
    watched_.erase(found);
  }
}

void StdioBackend::end_session(const std::string& key) {
  asio::post(context_, [this, key] {
    if (const auto found = sessions_.find(key); found != sessions_.end()) {
      end(found);
    }
  });
}

void StdioBackend::end(Sessions::iterator session) {
  const InstancePtr instance = session->second;
  sessions_.erase(session);
  ending_.insert(instance);
  instance->stop();
}

StdioBackend::Sessions::iterator StdioBackend::place_of(const Instance& instance) {
  return std::find_if(sessions_.begin(), sessions_.end(), [&](const auto& session) {
    return session.second.get() == &instance;
  });
}

void StdioBackend::on_unused(Instance& instance) {
  const auto found = place_of(instance);
  if (found != sessions_.end()) {
    end(found);
  }
}

void StdioBackend::on_stopped(Instance& instance) {
  asio::post(context_, [this, gone = instance.weak_from_this()] {
    ending_.erase(gone.lock());
    if (is_stopping_ && ending_.empty() && shared_->has_stopped()) {
      work_.reset();
    }
  });
}

void StdioBackend::on_change(const Instance& instance) {
  if (&instance != shared_.get()) {
    return;
  }
  const Status now = instance.status();
  generation_ = instance.generation();
  bool has_changed = false;
  {
    const std::lock_guard lock(mutex_);
    has_changed = now != status_ || instance.offers() != offers_;
    status_ = now;
    offers_ = instance.offers();
  }
  up_gauge_.set(now.state == State::up || now.state == State::idle ? 1 : 0);
  note_age(instance.are_offers_fresh());
  if (has_changed) {
    events_.changed();
  }
}

void StdioBackend::on_updated(const Instance& instance, const std::string& uri) {
  if (&instance == shared_.get()) {
    events_.updated("", uri);
  } else if (const auto session = place_of(instance); session != sessions_.end()) {
    events_.updated(session->first, uri);
  }
}

void StdioBackend::note_age(bool is_fresh) {
  if (is_fresh != (*stale_since_ == 0)) {
    *stale_since_ = is_fresh ? 0 : ticks();
  }
}

}  // namespace mooring::backend
