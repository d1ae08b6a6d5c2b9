// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "core/text/ascii.hpp"
#include "core/time/duration.hpp"
#include "server/backend/stdio.hpp"

#include <algorithm>

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::size_t most_in_flight = 1024;
constexpr auto between_complaints = 10s;

// Resumes a call where it was made.
template <class Handler>
class Resume final : public Completion {
 public:
  explicit Resume(Handler handler)
      : work_(asio::make_work_guard(asio::get_associated_executor(handler))),
        handler_(std::move(handler)) {}

  void complete(Result<Answer> answer) override {
    asio::post(
        work_.get_executor(),
        [handler = std::move(handler_), answer = std::move(answer)]() mutable {
          handler(std::move(answer));
        }
    );
  }

 private:
  asio::executor_work_guard<asio::associated_executor_t<Handler>> work_;
  Handler handler_;
};

// Goes on in the backend itself.
class Continue final : public Completion {
 public:
  explicit Continue(std::function<void(Result<Answer>)> then) : then_(std::move(then)) {}

  void complete(Result<Answer> answer) override { then_(std::move(answer)); }

 private:
  std::function<void(Result<Answer>)> then_;
};

}  // namespace

// All of a request but its id, on one line: a client may have put line breaks between the tokens,
// the only place where JSON allows them.
std::string StdioBackend::request_tail(std::string_view method, std::string_view params) {
  std::string tail;
  tail.reserve(method.size() + params.size() + 32);
  tail.append(R"(,"method":")").append(method).append(R"(","params":)").append(params);
  std::replace(tail.begin(), tail.end(), '\n', ' ');
  std::replace(tail.begin(), tail.end(), '\r', ' ');
  return tail += "}\n";
}

asio::awaitable<Result<Answer>> StdioBackend::call(CallRequest request) {
  if (!is_up_) {
    co_return tl::unexpected(down());
  }
  co_return co_await submit(request_tail(request.method, request.params));
}

asio::awaitable<Result<Answer>> StdioBackend::submit(std::string tail) {
  asio::use_awaitable_t<> token;
  return asio::async_initiate<asio::use_awaitable_t<>, void(Result<Answer>)>(
      [this](auto handler, std::string line) {
        auto completion = std::make_unique<Resume<decltype(handler)>>(std::move(handler));
        asio::post(
            context_,
            [this, line = std::move(line), completion = std::move(completion)]() mutable {
              accept(std::move(line), std::move(completion));
            }
        );
      },
      token,
      std::move(tail)
  );
}

void StdioBackend::accept(std::string tail, std::unique_ptr<Completion> completion) {
  if (!is_up_ || !link_) {
    completion->complete(tl::unexpected(down()));
    return;
  }
  if (waiters_.size() >= most_in_flight || !link_->has_room(tail.size())) {
    completion->complete(fail(
        Errc::too_many,
        title_ + " is busy: " + std::to_string(waiters_.size()) +
            " calls are under way; try again later"
    ));
    return;
  }
  const std::uint64_t id = waiters_.add(Clock::now() + options_.timeout, std::move(completion));
  write_request(id, tail);
  watch_deadlines();
}

std::uint64_t StdioBackend::ask(std::string_view method, const std::string& params, OnAnswer then) {
  const auto patience = is_up_ ? options_.timeout : options_.start_timeout;
  const std::uint64_t id = waiters_.add(
      Clock::now() + patience, std::make_unique<Continue>([this, then](Result<Answer> answer) {
        if (answer) {
          (this->*then)(*answer);
        } else if (answer.error().code == Errc::invalid) {
          // No reply at all is not what it is: whoever asked decides as on a refusal.
          (this->*then)(Answer{true, R"({"message":)" + rpc::quoted(answer.error().message) + "}"});
        } else if (is_up_ && listing_) {
          // A list asked for anew. While starting, the supervisor's own clock ends the link.
          listing_failed(answer.error().message);
        }
      })
  );
  write_request(id, request_tail(method, params));
  watch_deadlines();
  return id;
}

void StdioBackend::write_request(std::uint64_t id, std::string_view tail) {
  link_->outbox().append(R"({"jsonrpc":"2.0","id":)").append(std::to_string(id)).append(tail);
  link_->flush();
}

Error StdioBackend::down() const {
  const Status now = status();
  if (now.message.empty()) {
    return {Errc::unavailable, title_ + " is " + (now.was_up ? "stopping" : "starting")};
  }
  return {Errc::unavailable, title_ + " is down: " + now.message};
}

// The timer is not set anew for each call, as later ones end later: it fires for the oldest one,
// and looks what is left.
void StdioBackend::watch_deadlines() {
  const auto next = waiters_.next_deadline();
  if (!next || (watched_deadline_ && *watched_deadline_ <= *next)) {
    return;
  }
  watched_deadline_ = next;
  deadlines_.expires_at(*next);
  deadlines_.async_wait([this](error_code error) {
    if (!error) {
      watched_deadline_.reset();
      expire();
      watch_deadlines();
    }
  });
}

void StdioBackend::expire() {
  while (auto overdue = waiters_.take_overdue(Clock::now())) {
    if (link_ && is_up_) {
      link_->outbox()
          .append(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":)")
          .append(std::to_string(overdue->id))
          .append(R"(,"reason":"timeout"}})"
                  "\n");
      link_->flush();
    }
    overdue->completion->complete(fail(
        Errc::timeout, title_ + " did not answer within " + time::print_duration(options_.timeout)
    ));
  }
}

void StdioBackend::on_line(std::string_view line) {
  if (text::trim(line).empty()) {
    return;
  }
  const auto body = rpc::parse(line);
  if (!body) {
    ignore(Ignored::invalid, line);
    fail_calls(line, body.error().message);
    return;
  }
  if (!body->is_batch) {
    dispatch(body->message);
    return;
  }
  for (const rpc::Message& message : body->batch) {
    dispatch(message);
  }
}

void StdioBackend::dispatch(const rpc::Message& message) {
  switch (message.kind) {
    case rpc::Message::Kind::response:
      return dispatch_response(message);
    case rpc::Message::Kind::request:
      return answer_request(message);
    case rpc::Message::Kind::notification:
      return dispatch_notification(message);
  }
}

void StdioBackend::dispatch_response(const rpc::Message& message) {
  const auto id = message.id.is(rpc::Kind::number) ? rpc::integer_of(message.id) : std::nullopt;
  const auto completion = waiters_.take(static_cast<std::uint64_t>(id.value_or(0)));
  if (completion == nullptr) {
    ignore(Ignored::unknown_id, message.id.raw);
    return;
  }
  const bool is_error = static_cast<bool>(message.error);
  completion->complete(Answer{
      is_error, std::string(is_error ? message.error.raw : message.result.raw)});
}

// What is no message of JSON-RPC may still tell by its id who waits for it. A batch fails as a
// whole.
void StdioBackend::fail_calls(std::string_view line, const std::string& why) {
  const auto value = rpc::check(line);
  if (!value) {
    return;
  }
  if (!value->is(rpc::Kind::array)) {
    fail_call(*value, why);
    return;
  }
  rpc::Elements elements(*value);
  while (elements.next()) {
    fail_call(elements.value, why);
  }
}

void StdioBackend::fail_call(rpc::Value reply, const std::string& why) {
  rpc::Value id;
  rpc::Value method;
  if (!reply.is(rpc::Kind::object) || !rpc::pick(reply, {{"id", &id}, {"method", &method}}) ||
      method || !id.is(rpc::Kind::number)) {
    return;
  }
  const auto number = rpc::integer_of(id);
  if (auto completion = waiters_.take(static_cast<std::uint64_t>(number.value_or(0)))) {
    completion->complete(
        fail(Errc::invalid, title_ + " answered with what is no JSON-RPC response: " + why)
    );
  }
}

void StdioBackend::answer_request(const rpc::Message& message) {
  if (!link_->has_room(message.id.raw.size())) {
    link_->close("it asks without reading the answers");
    return;
  }
  link_->outbox() +=
      rpc::says(message.method.raw, "ping")
          ? rpc::result_body(message.id.raw, "{}")
          : rpc::error_body(
                message.id.raw,
                R"({"code":-32601,"message":"this client declares no capabilities: it serves no requests"})"
            );
  link_->outbox() += '\n';
  link_->flush();
}

void StdioBackend::dispatch_notification(const rpc::Message& message) {
  if (rpc::says(message.method.raw, "notifications/tools/list_changed")) {
    return list_again(catalogue::Kind::tools);
  }
  if (rpc::says(message.method.raw, "notifications/prompts/list_changed")) {
    return list_again(catalogue::Kind::prompts);
  }
  if (rpc::says(message.method.raw, "notifications/resources/list_changed")) {
    list_again(catalogue::Kind::resources);
    return list_again(catalogue::Kind::templates);
  }
  if (rpc::says(message.method.raw, "notifications/mooring/exited")) {
    rpc::Value why;
    rpc::Value last;
    rpc::pick(message.params, {{"message", &why}, {"stderr", &last}});
    bridge_why_ = why.is(rpc::Kind::string) ? rpc::text_of(why.raw) : "command ended";
    if (last.is(rpc::Kind::string) && last.raw != "\"\"") {
      bridge_why_ += ": " + rpc::text_of(last.raw);
    }
    return;
  }
  ignore(Ignored::notification, message.method.raw);
}

void StdioBackend::ignore(Ignored reason, std::string_view line) {
  ignored_counters_[static_cast<std::size_t>(reason)].increment();
  const auto now = Clock::now();
  if (reason == Ignored::invalid && now - last_complaint_ >= between_complaints) {
    last_complaint_ = now;
    log::warn(
        "line ignored: not a JSON-RPC message; a stdio server must write nothing else to its "
        "standard output",
        {{"backend", name()}, {"line", line.substr(0, 200)}}
    );
  }
}

}  // namespace mooring::backend
