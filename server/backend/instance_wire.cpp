// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "core/text/ascii.hpp"
#include "core/time/duration.hpp"
#include "server/backend/instance.hpp"

#include <algorithm>

namespace mooring::backend {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto between_complaints = 10s;

// Goes on in the backend itself.
class Continue final : public Sink {
 public:
  explicit Continue(std::function<void(Result<Answer>)> then) : then_(std::move(then)) {}

  void on_event(Event event) override {
    if (auto* answer = std::get_if<Result<Answer>>(&event)) {
      then_(std::move(*answer));
    }
  }

 private:
  std::function<void(Result<Answer>)> then_;
};

}  // namespace

// All of a request but its id, on one line: a client may have put line breaks between the tokens,
// the only place where JSON allows them.
std::string Instance::request_tail(std::string_view method, std::string_view params) {
  std::string tail;
  tail.reserve(method.size() + params.size() + 32);
  tail.append(R"(,"method":")").append(method).append(R"(","params":)").append(params);
  std::replace(tail.begin(), tail.end(), '\n', ' ');
  std::replace(tail.begin(), tail.end(), '\r', ' ');
  return tail += "}\n";
}

std::uint64_t Instance::ask(std::string_view method, const std::string& params, OnAnswer then) {
  const std::uint64_t id = owner_.new_id();
  Waiting waiting;
  waiting.is_ours = true;
  waiting.sink = std::make_shared<Continue>([this, then](Result<Answer> answer) {
    if (answer) {
      (this->*then)(*answer);
    } else if (answer.error().code == Errc::invalid) {
      // No reply at all is not what it is: whoever asked decides as on a refusal.
      (this->*then)(Answer{true, R"({"message":)" + rpc::quoted(answer.error().message) + "}"});
    } else if (answer.error().code == Errc::timeout) {
      hear_silence(then, answer.error().message);
    }
  });
  waiters_.add(id, Clock::now() + patience_with(then), std::move(waiting));
  write_request(id, request_tail(method, params));
  watch_deadlines();
  return id;
}

// While it starts, the supervisor's own clock ends the link. But that is no reason to do without
// its tools because another list does not come.
std::chrono::milliseconds Instance::patience_with(OnAnswer then) const {
  if (is_up_) {
    return options_.timeout;
  }
  const bool is_other_list =
      then == &Instance::take_page && lists_.is_asking() && lists_.kind() != catalogue::Kind::tools;
  return is_other_list ? options_.start_timeout / 3 : options_.start_timeout;
}

void Instance::hear_silence(OnAnswer then, const std::string& why) {
  const State state = status().state;
  if (then == &Instance::take_page && lists_.is_asking() && link_ &&
      (state == State::up || (state == State::starting && lists_.kind() != catalogue::Kind::tools)
      )) {
    list_failed(why, true);
  }
}

void Instance::write_request(std::uint64_t id, std::string_view tail) {
  link_->outbox().append(R"({"jsonrpc":"2.0","id":)").append(std::to_string(id)).append(tail);
  link_->flush();
}

void Instance::write_line(std::string_view line) {
  link_->outbox().append(line).append(1, '\n');
  link_->flush();
}

// The timer is not set anew for each call, as later ones end later: it fires for the oldest one,
// and looks what is left.
void Instance::watch_deadlines() {
  const auto next = waiters_.next_deadline();
  if (!next || (watched_deadline_ && *watched_deadline_ <= *next)) {
    return;
  }
  watched_deadline_ = next;
  deadlines_.expires_at(*next);
  wait(deadlines_, &Instance::look_deadlines);
}

void Instance::look_deadlines() {
  watched_deadline_.reset();
  expire();
  watch_deadlines();
}

void Instance::expire() {
  const auto now = Clock::now();
  while (auto overdue = waiters_.take_overdue(now, now + options_.timeout)) {
    if (drop_held(overdue->id)) {
      waiters_.take(overdue->id);  // it was never sent: nothing of it can come late
    } else {
      tell_cancelled(overdue->id, "timeout");
    }
    overdue->sink->on_event(Result<Answer>(fail(
        Errc::timeout, title_ + " did not answer within " + time::print_duration(options_.timeout)
    )));
  }
}

void Instance::tell_cancelled(std::uint64_t id, std::string_view reason) {
  if (link_ && is_up_) {
    write_line(std::string(R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{)")
                   .append(R"("requestId":)")
                   .append(std::to_string(id))
                   .append(R"(,"reason":")")
                   .append(reason)
                   .append(R"("}})"));
  }
}

void Instance::on_line(std::string_view line) {
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

void Instance::dispatch(const rpc::Message& message) {
  switch (message.kind) {
    case rpc::Message::Kind::response:
      return dispatch_response(message);
    case rpc::Message::Kind::request:
      return answer_request(message);
    case rpc::Message::Kind::notification:
      return dispatch_notification(message);
  }
}

void Instance::dispatch_response(const rpc::Message& message) {
  const auto id = message.id.is(rpc::Kind::number) ? rpc::integer_of(message.id) : std::nullopt;
  const auto sink = waiters_.take(static_cast<std::uint64_t>(id.value_or(0)));
  if (sink == nullptr) {
    ignore(Ignored::unknown_id, message.id.raw);
    return;
  }
  last_used_ = Clock::now();
  const bool is_error = static_cast<bool>(message.error);
  sink->on_event(Result<Answer>(Answer{
      is_error, std::string(is_error ? message.error.raw : message.result.raw)}));
}

// What is no message of JSON-RPC may still tell by its id who waits for it. A batch fails as a
// whole.
void Instance::fail_calls(std::string_view line, const std::string& why) {
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

void Instance::fail_call(rpc::Value reply, const std::string& why) {
  rpc::Value id;
  rpc::Value method;
  if (!reply.is(rpc::Kind::object) || !rpc::pick(reply, {{"id", &id}, {"method", &method}}) ||
      method || !id.is(rpc::Kind::number)) {
    return;
  }
  const auto number = rpc::integer_of(id);
  if (const auto sink = waiters_.take(static_cast<std::uint64_t>(number.value_or(0)))) {
    sink->on_event(Result<Answer>(
        fail(Errc::invalid, title_ + " answered with what is no JSON-RPC response: " + why)
    ));
  }
}

void Instance::answer_request(const rpc::Message& message) {
  if (!link_->has_room(message.id.raw.size())) {
    link_->close("it asks without reading the answers");
    return;
  }
  // No server asks these of its client.
  if (rpc::says(message.method.raw, "server/discover") ||
      rpc::says(message.method.raw, "initialize")) {
    link_->close("sends back what it is sent: it is no MCP server");
    return;
  }
  if (rpc::says(message.method.raw, "ping")) {
    write_line(rpc::result_body(message.id.raw, "{}"));
  } else {
    ask_client(message);
  }
}

void Instance::dispatch_notification(const rpc::Message& message) {
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
    return hear_exited(message);
  }
  if (rpc::says(message.method.raw, "notifications/progress")) {
    return hear_progress(message);
  }
  if (rpc::says(message.method.raw, "notifications/message")) {
    return hear_log(message);
  }
  if (rpc::says(message.method.raw, "notifications/resources/updated")) {
    rpc::Value uri;
    rpc::pick(message.params, {{"uri", &uri}});
    if (uri.is(rpc::Kind::string)) {
      owner_.on_updated(*this, rpc::text_of(uri.raw));
    }
    return;
  }
  if (!rpc::says(message.method.raw, "notifications/subscriptions/acknowledged")) {
    ignore(Ignored::notification, message.method.raw);
  }
}

// What a bridge says of the command behind it.
void Instance::hear_exited(const rpc::Message& message) {
  rpc::Value why;
  rpc::Value last;
  rpc::pick(message.params, {{"message", &why}, {"stderr", &last}});
  bridge_why_ = why.is(rpc::Kind::string) ? rpc::text_of(why.raw) : "command ended";
  if (last.is(rpc::Kind::string) && last.raw != "\"\"") {
    bridge_why_ += ": " + rpc::text_of(last.raw);
  }
}

void Instance::ignore(Ignored reason, std::string_view line) {
  counters_.ignored[static_cast<std::size_t>(reason)].increment();
  const auto now = Clock::now();
  if (reason == Ignored::invalid && now - last_complaint_ >= between_complaints) {
    last_complaint_ = now;
    log::warn(
        "line ignored: not a JSON-RPC message; a stdio server must write nothing else to its "
        "standard output",
        {{"backend", options_.name}, {"line", line.substr(0, 200)}}
    );
  }
}

}  // namespace mooring::backend
