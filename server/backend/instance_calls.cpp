// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "server/backend/instance.hpp"

#include <algorithm>

// Clients' calls, and what is said around them.
namespace mooring::backend {
namespace {

// A server that heeds a cancellation says nothing more of the call after a moment. One that does
// not could be at it for any time; others' questions and log messages cannot wait for that whenever
// somebody gives up.
constexpr std::chrono::milliseconds until_cancelled{250};

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_in_flight = 1024;
constexpr std::size_t most_held_bytes = 64 << 20;
// People are asked, not programs.
constexpr auto longest_thought = 10min;
constexpr std::size_t most_open_questions = 32;
// Calls that wait for their clients, who may never come back.
constexpr std::size_t most_asking = 128;
constexpr auto relisten_after = 20ms;

Event answered(Result<Answer> answer) {
  return answer;
}

}  // namespace

void Instance::accept(std::uint64_t id, std::string tail, Waiting waiting) {
  const bool is_open = is_up_ && link_;
  if (!is_open && !supervisor_.may_hold()) {
    waiting.sink->on_event(answered(tl::unexpected(down())));
    return;
  }
  const bool has_room =
      is_open ? link_->has_room(tail.size()) : held_bytes_ + tail.size() <= most_held_bytes;
  if (waiters_.calls() >= most_in_flight || !has_room) {
    waiting.sink->on_event(answered(fail(
        Errc::too_many,
        title_ + " is busy: " + std::to_string(waiters_.calls()) +
            " calls are under way; try again later"
    )));
    return;
  }
  last_used_ = Clock::now();
  waiters_.add(id, last_used_ + options_.timeout, std::move(waiting));
  watch_deadlines();
  if (is_open) {
    send(id, tail);
    return;
  }
  held_bytes_ += tail.size();
  held_.emplace(id, std::move(tail));
  perform(Supervisor::Wanted{});
}

void Instance::send(std::uint64_t id, std::string_view tail) {
  const Waiting* waiting = waiters_.find(id);
  if (waiting->log_level && waiting->has_chosen_level) {
    set_log_level(*waiting->log_level);
  }
  write_request(id, tail);
}

void Instance::send_held() {
  held_bytes_ = 0;
  for (const auto& [id, tail] : std::exchange(held_, {})) {
    send(id, tail);
  }
}

void Instance::fail_held() {
  held_bytes_ = 0;
  for (const auto& [id, tail] : std::exchange(held_, {})) {
    waiters_.take(id)->on_event(answered(tl::unexpected(down())));
  }
}

bool Instance::drop_held(std::uint64_t id) {
  const auto found = held_.find(id);
  if (found == held_.end()) {
    return false;
  }
  held_bytes_ -= found->second.size();
  held_.erase(found);
  return true;
}

void Instance::cancel(std::uint64_t id, std::string_view reason) {
  if (drop_held(id)) {
    waiters_.take(id);
  } else if (waiters_.give_up(id, Clock::now() + until_cancelled)) {
    tell_cancelled(id, reason);
  }
}

void Instance::reply(std::uint64_t id, const std::string& question_id, const Answer& answer) {
  if (!waiters_.answer(id, question_id, Clock::now() + options_.timeout)) {
    return;
  }
  watch_deadlines();
  std::string line = answer.is_error ? rpc::error_body(question_id, answer.raw)
                                     : rpc::result_body(question_id, answer.raw);
  // Line breaks stand between tokens only, where blanks may.
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  write_line(line);
}

// The message does not say which call it is about. So there must be no doubt, or the wrong person
// would be asked.
void Instance::ask_client(const rpc::Message& message) {
  const auto id = waiters_.speaker(Clock::now());
  Waiting* waiting = id ? waiters_.find(*id) : nullptr;
  if (waiting == nullptr || !waiting->can_be_asked ||
      waiting->questions.size() >= most_open_questions) {
    write_line(rpc::error_body(
        message.id.raw,
        waiting == nullptr
            ? R"({"code":-32603,"message":"it cannot be told which call this is about: none or several are under way"})"
            : R"({"code":-32601,"message":"the client of this call cannot be asked"})"
    ));
    return;
  }
  const auto now = Clock::now();
  waiters_.ask(*id, std::string(message.id.raw), now, now + longest_thought);
  waiting->sink->on_event(Question{
      std::string(message.id.raw),
      rpc::text_of(message.method.raw),
      std::string(message.params.raw)});
  if (waiters_.asking().size() > most_asking) {
    give_up_oldest();
  }
}

void Instance::give_up_oldest() {
  const std::uint64_t id = *waiters_.asking().begin();
  const auto sink = waiters_.take(id);
  tell_cancelled(id, "its client has not come back");
  sink->on_event(answered(
      fail(Errc::timeout, title_ + " waited for what it asked, until others were to be waited for")
  ));
}

void Instance::hear_progress(const rpc::Message& message) {
  rpc::Value token;
  rpc::pick(message.params, {{"progressToken", &token}});
  const auto id = token.is(rpc::Kind::number) ? rpc::integer_of(token) : std::nullopt;
  const Waiting* waiting = waiters_.find(static_cast<std::uint64_t>(id.value_or(0)));
  if (waiting == nullptr || !waiting->wants_progress) {
    return ignore(Ignored::unrelated, message.method.raw);
  }
  waiting->sink->on_event(Notice{Notice::Kind::progress, std::string(message.params.raw)});
}

// Like a question, a log message does not say which call it is about: where that is not sure,
// nobody but ourselves may read it.
void Instance::hear_log(const rpc::Message& message) {
  rpc::Value level_value;
  rpc::pick(message.params, {{"level", &level_value}});
  const auto level = level_value.is(rpc::Kind::string)
                         ? era::parse_log_level(rpc::text_of(level_value.raw))
                         : std::nullopt;
  // What it says before it is up is of no call.
  const auto id = is_up_ ? waiters_.speaker(Clock::now()) : std::nullopt;
  const Waiting* waiting = id ? waiters_.find(*id) : nullptr;
  if (!level || waiting == nullptr) {
    log::debug("backend message", {{"backend", options_.name}, {"message", message.params.raw}});
    return ignore(Ignored::unrelated, message.method.raw);
  }
  if (waiting->log_level && *level >= *waiting->log_level) {
    waiting->sink->on_event(Notice{Notice::Kind::message, std::string(message.params.raw)});
  }
}

// One level holds for all calls of a legacy server: it is only ever made to say more, and each
// client is told what it wants of that.
void Instance::set_log_level(LogLevel level) {
  if (generation_ == era::Generation::modern || !lists_.known().capabilities.logging ||
      (log_level_ && *log_level_ <= level)) {
    return;
  }
  log_level_ = level;
  ask("logging/setLevel",
      R"({"level":")" + std::string(era::name(level)) + "\"}",
      &Instance::pass_over);
}

void Instance::watch(const std::string& uri, bool wanted) {
  const bool has_changed = wanted ? watched_.insert(uri).second : watched_.erase(uri) > 0;
  if (!has_changed) {
    return;
  }
  if (!is_up_ || !link_) {
    if (wanted && supervisor_.may_hold()) {
      perform(Supervisor::Wanted{});
    }
    return;
  }
  if (generation_ == era::Generation::modern) {
    listen_soon();
  } else {
    subscribe(uri, wanted);
  }
}

void Instance::subscribe(const std::string& uri, bool wanted) {
  if (lists_.known().capabilities.subscriptions) {
    ask(wanted ? "resources/subscribe" : "resources/unsubscribe",
        R"({"uri":)" + rpc::quoted(uri) + "}",
        &Instance::pass_over);
  }
}

// At once; but one filter for all further changes of a moment, as each names all that is watched.
void Instance::listen_soon() {
  if (is_listen_due_) {
    return;
  }
  if (Clock::now() - listened_ >= relisten_after) {
    listen();
    return;
  }
  is_listen_due_ = true;
  relisten_.expires_after(relisten_after);
  wait(relisten_, &Instance::listen_due);
}

void Instance::listen_due() {
  is_listen_due_ = false;
  if (is_up_ && link_) {
    listen();
  }
}

// A filter cannot be changed: the new one is asked for before the old one ends, so that no change
// falls between them.
void Instance::listen() {
  listened_ = Clock::now();
  const std::uint64_t before = std::exchange(listen_id_, owner_.new_id());
  write_request(
      listen_id_,
      request_tail("subscriptions/listen", listen_params(lists_.known().capabilities, watched_))
  );
  if (before != 0) {
    tell_cancelled(before, "filter changed");
  }
}

void Instance::pass_over(const Answer& answer) {
  if (answer.is_error) {
    log::warn(
        "backend refused", {{"backend", options_.name}, {"error", error_message(answer.raw)}}
    );
  }
}

}  // namespace mooring::backend
