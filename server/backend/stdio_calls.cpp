// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "server/backend/stdio.hpp"

#include <algorithm>

// Clients' calls, and what is said around them.
namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_in_flight = 1024;
// People are asked, not programs.
constexpr auto longest_thought = 10min;
constexpr std::size_t most_open_questions = 32;
constexpr auto relisten_after = 20ms;

Event answered(Result<Answer> answer) {
  return answer;
}

}  // namespace

/// A call as its client's thread has it: all is done on the backend's own thread, which outlives
/// the call.
class StdioBackend::UnderWay final : public Call {
 public:
  UnderWay(StdioBackend& backend, std::uint64_t id) : backend_(backend), id_(id) {}

  void reply(const std::string& question_id, const Answer& answer) override {
    asio::post(backend_.context_, [&backend = backend_, id = id_, question_id, answer] {
      backend.reply(id, question_id, answer);
    });
  }

  void cancel() override {
    asio::post(backend_.context_, [&backend = backend_, id = id_] {
      backend.cancel(id, "cancelled by the client");
    });
  }

 private:
  StdioBackend& backend_;
  const std::uint64_t id_;
};

std::shared_ptr<Call> StdioBackend::begin(CallRequest request, std::shared_ptr<Sink> sink) {
  // What the client's token stands for is our id: so one number finds the call for both.
  const std::uint64_t id = request.progress_token != 0 ? request.progress_token : next_token();
  auto under_way = std::make_shared<UnderWay>(*this, id);
  if (!is_up_) {
    sink->on_event(answered(tl::unexpected(down())));
    return under_way;
  }
  Waiting waiting;
  waiting.sink = std::move(sink);
  waiting.log_level = request.log_level;
  waiting.can_be_asked = request.can_be_asked;
  waiting.wants_progress = request.progress_token != 0;
  asio::post(
      context_,
      [this, id, tail = request_tail(request.method, request.params), waiting = std::move(waiting)](
      ) mutable { accept(id, std::move(tail), std::move(waiting)); }
  );
  return under_way;
}

void StdioBackend::accept(std::uint64_t id, std::string tail, Waiting waiting) {
  if (!is_up_ || !link_) {
    waiting.sink->on_event(answered(tl::unexpected(down())));
    return;
  }
  if (waiters_.size() >= most_in_flight || !link_->has_room(tail.size())) {
    waiting.sink->on_event(answered(fail(
        Errc::too_many,
        title_ + " is busy: " + std::to_string(waiters_.size()) +
            " calls are under way; try again later"
    )));
    return;
  }
  if (waiting.log_level) {
    set_log_level(*waiting.log_level);
  }
  waiters_.add(id, Clock::now() + options_.timeout, std::move(waiting));
  write_request(id, tail);
  watch_deadlines();
}

void StdioBackend::cancel(std::uint64_t id, std::string_view reason) {
  if (waiters_.take(id) != nullptr) {
    tell_cancelled(id, reason);
  }
}

void StdioBackend::reply(std::uint64_t id, const std::string& question_id, const Answer& answer) {
  Waiting* waiting = waiters_.find(id);
  if (waiting == nullptr || std::erase(waiting->questions, question_id) == 0) {
    return;
  }
  if (waiting->questions.empty()) {
    waiters_.postpone(id, Clock::now() + options_.timeout);
    watch_deadlines();
  }
  std::string line = answer.is_error ? rpc::error_body(question_id, answer.raw)
                                     : rpc::result_body(question_id, answer.raw);
  // Line breaks stand between tokens only, where blanks may.
  std::replace(line.begin(), line.end(), '\n', ' ');
  std::replace(line.begin(), line.end(), '\r', ' ');
  write_line(line);
}

// The message does not say which call it is about. So there must be one only, or the wrong person
// would be asked.
void StdioBackend::ask_client(const rpc::Message& message) {
  const auto id = waiters_.only_call();
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
  waiting->questions.emplace_back(message.id.raw);
  waiters_.postpone(*id, Clock::now() + longest_thought);
  waiting->sink->on_event(Question{
      std::string(message.id.raw),
      rpc::text_of(message.method.raw),
      std::string(message.params.raw)});
}

void StdioBackend::hear_progress(const rpc::Message& message) {
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
// nobody but ourselves may read it. A modern server logs only for calls that want it, a legacy one
// for all.
void StdioBackend::hear_log(const rpc::Message& message) {
  rpc::Value level_value;
  rpc::pick(message.params, {{"level", &level_value}});
  const auto level = level_value.is(rpc::Kind::string)
                         ? era::parse_log_level(rpc::text_of(level_value.raw))
                         : std::nullopt;
  const auto id =
      generation_ == era::Generation::modern ? waiters_.only_curious_call() : waiters_.only_call();
  const Waiting* waiting = id ? waiters_.find(*id) : nullptr;
  if (!level || waiting == nullptr) {
    log::debug("backend message", {{"backend", name()}, {"message", message.params.raw}});
    return ignore(Ignored::unrelated, message.method.raw);
  }
  if (waiting->log_level && *level >= *waiting->log_level) {
    waiting->sink->on_event(Notice{Notice::Kind::message, std::string(message.params.raw)});
  }
}

// One level holds for all calls of a legacy server: it is only ever made to say more, and each
// client is told what it wants of that.
void StdioBackend::set_log_level(LogLevel level) {
  if (generation_ == era::Generation::modern || !learnt_.capabilities.logging ||
      (log_level_ && *log_level_ <= level)) {
    return;
  }
  log_level_ = level;
  ask("logging/setLevel",
      R"({"level":")" + std::string(era::name(level)) + "\"}",
      &StdioBackend::pass_over);
}

void StdioBackend::watch(const std::string& uri, bool wanted) {
  asio::post(context_, [this, uri, wanted] {
    const bool has_changed = wanted ? watched_.insert(uri).second : watched_.erase(uri) > 0;
    if (!has_changed || !is_up_ || !link_) {
      return;
    }
    if (generation_ == era::Generation::modern) {
      listen_soon();
    } else {
      subscribe(uri, wanted);
    }
  });
}

void StdioBackend::subscribe(const std::string& uri, bool wanted) {
  if (learnt_.capabilities.subscriptions) {
    ask(wanted ? "resources/subscribe" : "resources/unsubscribe",
        R"({"uri":)" + rpc::quoted(uri) + "}",
        &StdioBackend::pass_over);
  }
}

// At once; but one filter for all further changes of a moment, as each names all that is watched.
void StdioBackend::listen_soon() {
  if (is_listen_due_) {
    return;
  }
  if (Clock::now() - listened_ >= relisten_after) {
    listen();
    return;
  }
  is_listen_due_ = true;
  relisten_.expires_after(relisten_after);
  relisten_.async_wait([this](error_code error) {
    is_listen_due_ = false;
    if (!error && is_up_ && link_) {
      listen();
    }
  });
}

// A filter cannot be changed: the new one is asked for before the old one ends, so that no change
// falls between them.
void StdioBackend::listen() {
  listened_ = Clock::now();
  const std::uint64_t before = std::exchange(listen_id_, next_token());
  write_request(
      listen_id_,
      request_tail("subscriptions/listen", listen_params(learnt_.capabilities, watched_))
  );
  if (before != 0) {
    tell_cancelled(before, "filter changed");
  }
}

void StdioBackend::pass_over(const Answer& answer) {
  if (answer.is_error) {
    log::warn("backend refused", {{"backend", name()}, {"error", error_message(answer.raw)}});
  }
}

}  // namespace mooring::backend
