// SPDX-License-Identifier: Apache-2.0
#include "server/backend/stdio.hpp"

#include "core/log/log.hpp"
#include "core/time/duration.hpp"

#include <csignal>

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using catalogue::Kind;
using Clock = std::chrono::steady_clock;

// How long server/discover may stay unanswered before initialize is sent too.
constexpr auto longest_patience = 3s;
// What changes more often is listed once for all changes of that time.
constexpr auto between_lists = 1s;

std::int64_t ticks() {
  return Clock::now().time_since_epoch().count();
}

}  // namespace

StdioBackend::StdioBackend(StdioOptions options, metrics::Registry& registry)
    : options_(std::move(options)),
      title_("backend \"" + options_.name + "\""),
      up_gauge_(registry.gauge(
          "mcp_backend_up", "Whether the backend answers: 1 or 0.", {{"backend", options_.name}}
      )),
      restarts_counter_(registry.counter(
          "mcp_backend_restarts_total",
          "Starts of the backend after the first.",
          {{"backend", options_.name}}
      )),
      stale_since_(std::make_shared<std::atomic<std::int64_t>>(ticks())),
      offers_(std::make_shared<const catalogue::Offers>()),
      work_(context_.get_executor()),
      supervisor_(options_.start_timeout) {
  constexpr std::array reasons{"invalid", "unknown_id", "notification", "unrelated", "flood"};
  for (std::size_t i = 0; i < reasons.size(); ++i) {
    ignored_counters_[i] = registry.counter(
        "mcp_backend_lines_ignored_total",
        "Lines of a backend that were of no use.",
        {{"backend", options_.name}, {"reason", reasons[i]}}
    );
  }
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
  asio::post(context_, [this] { perform(Supervisor::Begin{}); });
  thread_ = std::thread([this] { context_.run(); });
}

void StdioBackend::begin_stop() {
  asio::post(context_, [this] { perform(Supervisor::Stop{}); });
}

void StdioBackend::stop() {
  if (thread_.joinable()) {
    begin_stop();
    thread_.join();
  }
}

void StdioBackend::perform(const Supervisor::Event& event) {
  const unsigned restarts = supervisor_.restarts();
  const Supervisor::Action action = supervisor_.step(event, Clock::now());
  publish();
  set_clock();
  switch (action) {
    case Supervisor::Action::none:
      break;
    case Supervisor::Action::open:
      if (supervisor_.restarts() > restarts) {
        restarts_counter_.increment();
      }
      open_link();
      break;
    case Supervisor::Action::close:
      link_->close(supervisor_.status().message);
      break;
  }
  if (supervisor_.is_done()) {
    waiters_.fail_all(down());
    deadlines_.cancel();
    relisten_.cancel();
    work_.reset();
  }
}

void StdioBackend::open_link() {
  auto opened = std::visit(
      [this](const auto& source) { return Link::open(context_, source, *this); }, options_.source
  );
  if (!opened) {
    perform(Supervisor::Ended{opened.error().message});
    return;
  }
  link_ = std::move(*opened);
  bridge_why_.clear();
  introduction_ = {};
  take_turn(introduction_.begin(ask_discover_));
}

void StdioBackend::set_clock() {
  clock_.cancel();
  if (const auto wake = supervisor_.wake()) {
    clock_.expires_at(*wake);
    clock_.async_wait([this](error_code error) {
      if (!error) {
        perform(Supervisor::Tick{});
      }
    });
  }
}

void StdioBackend::publish() {
  const Status now = supervisor_.status();
  {
    const std::lock_guard lock(mutex_);
    if (now == status_) {
      return;
    }
    status_ = now;
  }
  is_up_ = now.state == State::up;
  up_gauge_.set(is_up_ ? 1 : 0);
  if (now.state == State::failed) {
    const auto known = offers();
    log::warn(
        "backend failed",
        {{"backend", name()}, {"error", now.message}, {"tools_still_listed", known->tools.size()}}
    );
  }
  note_age();
  events_.changed();
}

void StdioBackend::on_end(const std::string& why) {
  link_.reset();
  listing_.reset();
  to_list_.reset();
  changed_while_starting_.reset();
  list_clock_.cancel();
  patience_.cancel();
  // Some servers end on the first request that is not initialize.
  ask_discover_ = !(introduction_.awaits_discover() && status().state == State::starting);
  const std::string reason = bridge_why_.empty() ? why : bridge_why_;
  // First the state, then the calls: who hears of the end must find it true.
  perform(Supervisor::Ended{reason});
  waiters_.fail_all({Errc::unavailable, title_ + " ended during the call: " + reason});
}

void StdioBackend::on_stderr(std::string_view line) {
  log::info("backend stderr", {{"backend", name()}, {"line", line}});
}

void StdioBackend::on_stderr_left_out(std::size_t lines) {
  ignored_counters_[static_cast<std::size_t>(Ignored::flood)].increment(static_cast<double>(lines));
  log::warn("backend stderr: lines left out", {{"backend", name()}, {"count", lines}});
}

void StdioBackend::take_turn(Introduction::Turn turn) {
  switch (turn) {
    case Introduction::Turn::wait:
      break;
    case Introduction::Turn::ask_discover:
      discover_id_ = ask("server/discover", discover_params(), &StdioBackend::take_discover);
      patience_.expires_after(
          std::min<std::chrono::milliseconds>(options_.start_timeout / 3, longest_patience)
      );
      patience_.async_wait([this](error_code error) {
        if (!error && link_) {
          take_turn(introduction_.impatient());
        }
      });
      break;
    case Introduction::Turn::ask_initialize:
      ask("initialize", initialize_params(), &StdioBackend::take_initialize);
      break;
    case Introduction::Turn::modern:
      generation_ = era::Generation::modern;
      list_all();
      break;
    case Introduction::Turn::legacy:
      generation_ = era::Generation::legacy;
      patience_.cancel();
      waiters_.take(discover_id_);  // may never be answered
      write_line(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
      list_all();
      break;
    case Introduction::Turn::failed:
      link_->close(introduction_.why());
      break;
  }
}

void StdioBackend::take_discover(const Answer& answer) {
  patience_.cancel();
  take_turn(introduction_.discovered(answer));
}

void StdioBackend::take_initialize(const Answer& answer) {
  take_turn(introduction_.initialized(answer));
}

void StdioBackend::list_all() {
  learnt_ = introduction_.offers();
  learnt_.checks_arguments = !options_.check_arguments;
  not_renewed_.reset();
  const catalogue::Capabilities& has = learnt_.capabilities;
  // Tools in any case: there are servers that have some and do not say so.
  to_list_.set(index_of(Kind::tools));
  to_list_.set(index_of(Kind::resources), has.resources);
  to_list_.set(index_of(Kind::templates), has.resources);
  to_list_.set(index_of(Kind::prompts), has.prompts);
  list_next();
}

void StdioBackend::list_again(Kind kind) {
  if (!is_up_) {
    changed_while_starting_.set(index_of(kind));
    return;
  }
  auto& next = next_list_[index_of(kind)];
  next = std::min(next, Clock::now() + between_lists);
  to_list_.set(index_of(kind));
  list_next();
}

void StdioBackend::list_next() {
  if (listing_) {
    return;
  }
  const auto now = Clock::now();
  auto next = Clock::time_point::max();
  for (const Kind kind : catalogue::kinds) {
    if (!to_list_.test(index_of(kind))) {
      continue;
    }
    auto& earliest = next_list_[index_of(kind)];
    if (!is_up_ || now >= earliest) {
      earliest = now + between_lists;
      to_list_.reset(index_of(kind));
      listing_.emplace(generation_, kind);
      ask(listing_->method(), listing_->params(), &StdioBackend::take_page);
      return;
    }
    next = std::min(next, earliest);
  }
  if (!is_up_) {
    introduced();
  } else if (to_list_.any()) {
    list_at(next);
  }
}

void StdioBackend::list_at(Waiters::Time time) {
  list_clock_.expires_at(time);
  list_clock_.async_wait([this](error_code error) {
    if (!error && is_up_) {
      list_next();
    }
  });
}

void StdioBackend::take_page(const Answer& answer) {
  if (!listing_) {
    return;
  }
  const Result<bool> is_last = listing_->take(answer);
  if (!is_last) {
    listing_failed(is_last.error().message);
  } else if (*is_last) {
    finish_listing();
  } else {
    ask(listing_->method(), listing_->params(), &StdioBackend::take_page);
  }
}

// Without its tools a server has not started; another list that it cannot give stays as it was
// last known.
void StdioBackend::listing_failed(const std::string& why) {
  const Kind kind = listing_->kind();
  listing_.reset();
  if (!is_up_ && kind == Kind::tools) {
    link_->close(why);
    return;
  }
  learnt_.of(kind) = offers()->of(kind);
  next_list_[index_of(kind)] = Clock::now() + options_.list_retry;
  (is_up_ ? to_list_ : changed_while_starting_).set(index_of(kind));
  if (!not_renewed_.test(index_of(kind))) {
    log::warn(
        "list not renewed, the last known one stays",
        {{"backend", name()},
         {"list", catalogue::name(kind)},
         {"known", learnt_.of(kind).size()},
         {"error", why}}
    );
  }
  not_renewed_.set(index_of(kind));
  note_age();
  list_next();
}

void StdioBackend::finish_listing() {
  const Kind kind = listing_->kind();
  learnt_.of(kind) = std::move(listing_->items);
  listing_.reset();
  not_renewed_.reset(index_of(kind));
  note_age();
  if (is_up_) {
    log::info(
        "listed anew",
        {{"backend", name()}, {"list", catalogue::name(kind)}, {"count", learnt_.of(kind).size()}}
    );
    publish_offers();
    events_.changed();
  }
  list_next();
}

void StdioBackend::note_age() {
  const bool is_fresh = is_up_ && not_renewed_.none();
  if (is_fresh != (*stale_since_ == 0)) {
    *stale_since_ = is_fresh ? 0 : ticks();
  }
}

void StdioBackend::publish_offers() {
  auto made = std::make_shared<const catalogue::Offers>(learnt_);
  const std::lock_guard lock(mutex_);
  offers_ = std::move(made);
}

void StdioBackend::introduced() {
  const bool is_modern = generation_ == era::Generation::modern;
  learnt_.capabilities.tools = learnt_.capabilities.tools || !learnt_.tools.empty();
  publish_offers();
  log::info(
      "backend up",
      {{"backend", name()},
       {"generation", is_modern ? "modern" : "legacy"},
       {"tools", learnt_.tools.size()},
       {"resources", learnt_.resources.size()},
       {"prompts", learnt_.prompts.size()}}
  );
  log_level_.reset();
  if (is_modern) {
    listen_id_ = 0;
    listen();
  } else {
    for (const std::string& uri : watched_) {
      subscribe(uri, true);
    }
  }
  perform(Supervisor::Answered{});
  if (is_up_) {
    to_list_ |= std::exchange(changed_while_starting_, {});
    list_next();
  }
}

}  // namespace mooring::backend
