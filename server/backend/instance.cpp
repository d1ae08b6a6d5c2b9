// SPDX-License-Identifier: Apache-2.0
#include "server/backend/instance.hpp"

#include "core/log/log.hpp"

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

// How long server/discover may stay unanswered before initialize is sent too.
constexpr auto longest_patience = 3s;

std::string title_of(const std::string& name, Instance::Role role) {
  return (role == Instance::Role::shared ? "" : "this session's process of ") +
         ("backend \"" + name) + "\"";
}

}  // namespace

Instance::Instance(
    asio::io_context& context,
    const StdioOptions& options,
    const InstanceCounters& counters,
    Role role,
    era::Generation generation,
    Owner& owner
)
    : context_(context),
      options_(options),
      counters_(counters),
      role_(role),
      owner_(owner),
      title_(title_of(options.name, role)),
      // In front of the processes of sessions the shared one is that which knows the lists.
      idle_timeout_(
          role == Role::shared && options.instances.mode == settings::Instances::Mode::per_session
              ? std::nullopt
              : options.instances.idle_timeout
      ),
      supervisor_(
          options.start_timeout,
          role == Role::shared ? Supervisor::Start::always : Supervisor::Start::on_demand
      ),
      clock_(context),
      patience_(context),
      // A process of a legacy server is a legacy one.
      ask_discover_(role == Role::shared || generation == era::Generation::modern),
      generation_(generation),
      lists_(options.list_retry),
      list_clock_(context),
      offers_(std::make_shared<const catalogue::Offers>()),
      deadlines_(context),
      idle_clock_(context),
      last_used_(Clock::now()),
      relisten_(context) {
  waiters_.expect(generation);
}

void Instance::start() {
  perform(Supervisor::Begin{});
  watch_idle();
}

void Instance::stop() {
  perform(Supervisor::Stop{});
}

void Instance::perform(const Supervisor::Event& event) {
  const unsigned restarts = supervisor_.restarts();
  const Supervisor::Action action = supervisor_.step(event, Clock::now());
  publish();
  set_clock();
  if (!is_up_ && !supervisor_.may_hold()) {
    fail_held();
  }
  switch (action) {
    case Supervisor::Action::none:
      break;
    case Supervisor::Action::open:
      if (supervisor_.restarts() > restarts) {
        counters_.restarts.increment();
      }
      open_link();
      break;
    case Supervisor::Action::close:
      link_->close(supervisor_.status().message);
      break;
  }
  if (supervisor_.is_done() && !std::exchange(is_done_, true)) {
    close_all();
  }
}

void Instance::close_all() {
  waiters_.fail_all(down());
  deadlines_.cancel();
  idle_clock_.cancel();
  relisten_.cancel();
  owner_.on_stopped(*this);
}

void Instance::open_link() {
  auto opened = std::visit(
      [this](const auto& source) { return Link::open(context_, source, *this); }, options_.source
  );
  if (!opened) {
    perform(Supervisor::Ended{opened.error().message});
    return;
  }
  counters_.starts.increment();
  counters_.running.add(1);
  link_ = std::move(*opened);
  bridge_why_.clear();
  introduction_ = {};
  take_turn(introduction_.begin(ask_discover_));
}

// A handler may be on its way already when its timer is cancelled, and we are gone.
void Instance::wait(asio::steady_timer& timer, void (Instance::*then)()) {
  timer.async_wait([weak = weak_from_this(), then](error_code error) {
    const auto self = error ? nullptr : weak.lock();
    if (self && !self->is_done_) {
      (*self.*then)();
    }
  });
}

void Instance::set_clock() {
  clock_.cancel();
  if (const auto wake = supervisor_.wake()) {
    clock_.expires_at(*wake);
    wait(clock_, &Instance::tick);
  }
}

void Instance::tick() {
  perform(Supervisor::Tick{});
  if (!watched_.empty()) {
    perform(Supervisor::Wanted{});
  }
}

void Instance::publish() {
  const Status now = supervisor_.status();
  if (now == told_) {
    return;
  }
  told_ = now;
  is_up_ = now.state == State::up;
  if (now.state == State::failed) {
    log::warn(
        is_shared() ? "backend failed" : "a session's process failed",
        {{"backend", options_.name},
         {"error", now.message},
         {"tools_still_listed", offers_->tools.size()}}
    );
  }
  owner_.on_change(*this);
}

void Instance::watch_idle() {
  if (idle_timeout_) {
    idle_clock_.expires_at(last_used_ + *idle_timeout_);
    wait(idle_clock_, &Instance::look_idle);
  }
}

// Who watches its resources uses it too.
void Instance::look_idle() {
  const auto now = Clock::now();
  if (waiters_.size() > 0 || !watched_.empty()) {
    last_used_ = now;
  }
  if (now - last_used_ < *idle_timeout_) {
    return watch_idle();
  }
  log::info("backend idle", {{"backend", options_.name}, {"of_session", !is_shared()}});
  if (!is_shared()) {
    return owner_.on_unused(*this);
  }
  last_used_ = now;
  watch_idle();
  perform(Supervisor::Idle{});
}

void Instance::on_end(const std::string& why) {
  counters_.running.add(-1);
  link_.reset();
  lists_.end();
  list_clock_.cancel();
  patience_.cancel();
  // Some servers end on the first request that is not initialize.
  ask_discover_ = !introduction_.awaits_discover() || told_.state != State::starting;
  const std::string reason = bridge_why_.empty() ? why : bridge_why_;
  const auto fail_sent = [&] {
    waiters_.fail_all(
        {Errc::unavailable, title_ + " ended during the call: " + reason},
        [this](std::uint64_t id) { return held_.contains(id); }
    );
  };
  if (std::exchange(is_to_begin_again_, false)) {
    // What was sent are our own questions, which the new process is asked anew.
    fail_sent();
    log::info("backend is started again", {{"backend", options_.name}, {"why", reason}});
    return perform(Supervisor::Again{reason});
  }
  // First the state, then the calls: who hears of the end must find it true.
  perform(Supervisor::Ended{reason});
  fail_sent();
  if (!held_.empty() || !watched_.empty()) {
    perform(Supervisor::Wanted{});
  }
}

void Instance::on_stderr(std::string_view line) {
  log::info("backend stderr", {{"backend", options_.name}, {"line", line}});
}

void Instance::on_stderr_left_out(std::size_t lines) {
  counters_.ignored[static_cast<std::size_t>(Ignored::flood)].increment(static_cast<double>(lines));
  log::warn("backend stderr: lines left out", {{"backend", options_.name}, {"count", lines}});
}

Error Instance::down() const {
  const Status now = status();
  if (now.message.empty()) {
    return {Errc::unavailable, title_ + " is " + (now.was_up ? "stopping" : "starting")};
  }
  return {Errc::unavailable, title_ + " is down: " + now.message};
}

void Instance::take_turn(Introduction::Turn turn) {
  switch (turn) {
    case Introduction::Turn::wait:
      break;
    case Introduction::Turn::ask_discover:
      discover_id_ = ask("server/discover", discover_params(), &Instance::take_discover);
      patience_.expires_after(
          std::min<std::chrono::milliseconds>(options_.start_timeout / 3, longest_patience)
      );
      wait(patience_, &Instance::lose_patience);
      break;
    case Introduction::Turn::ask_initialize:
      ask("initialize", initialize_params(), &Instance::take_initialize);
      break;
    case Introduction::Turn::again:
      is_known_modern_ = true;
      is_to_begin_again_ = true;
      link_->close("was slow to start, and is started again with more patience");
      break;
    case Introduction::Turn::modern:
      is_known_modern_ = true;
      begin_lists(era::Generation::modern);
      break;
    case Introduction::Turn::legacy:
      patience_.cancel();
      waiters_.take(discover_id_);  // may never be answered
      write_line(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
      begin_lists(era::Generation::legacy);
      break;
    case Introduction::Turn::failed:
      link_->close(introduction_.why());
      break;
  }
}

void Instance::lose_patience() {
  // A modern server that is slow must not be taken for an older one: its start time-out is enough.
  if (link_ && !is_known_modern_) {
    take_turn(introduction_.impatient());
  }
}

void Instance::take_discover(const Answer& answer) {
  patience_.cancel();
  take_turn(introduction_.discovered(answer));
}

void Instance::take_initialize(const Answer& answer) {
  take_turn(introduction_.initialized(answer));
}

void Instance::begin_lists(era::Generation generation) {
  if (!is_shared() && generation != generation_) {
    link_->close("speaks another generation of MCP than its like did");
    return;
  }
  generation_ = generation;
  waiters_.expect(generation);
  catalogue::Offers said = introduction_.offers();
  said.checks_arguments = !options_.check_arguments;
  lists_.begin(generation, std::move(said), is_shared());
  list_next();
}

void Instance::introduced() {
  const bool is_modern = generation_ == era::Generation::modern;
  publish_offers();
  log::info(
      "backend up",
      {{"backend", options_.name},
       {"generation", is_modern ? "modern" : "legacy"},
       {"of_session", !is_shared()},
       {"tools", offers_->tools.size()},
       {"resources", offers_->resources.size()},
       {"prompts", offers_->prompts.size()}}
  );
  log_level_.reset();
  listen_id_ = 0;
  if (!is_modern) {
    for (const std::string& uri : watched_) {
      subscribe(uri, true);
    }
  } else if (is_shared() || !watched_.empty()) {
    listen();
  }
  perform(Supervisor::Answered{});
  if (is_up_) {
    last_used_ = Clock::now();
    lists_.came_up();
    send_held();
    list_next();
  }
}

}  // namespace mooring::backend
