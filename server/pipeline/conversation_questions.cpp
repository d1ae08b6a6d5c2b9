// SPDX-License-Identifier: Apache-2.0
#include "core/log/log.hpp"
#include "server/input/question.hpp"
#include "server/input/question_id.hpp"
#include "server/pipeline/conversation.hpp"
#include "server/pipeline/moment.hpp"

#include <algorithm>

// What a backend asks in the middle of a call, in all pairs of generations.
namespace mooring::pipeline {
namespace {

// A backend that asks and asks gets no further.
constexpr unsigned most_rounds = 32;
// What a backend asks at once comes one after the other.
constexpr std::chrono::milliseconds breath{20};

std::string with_state(rpc::Value result, std::string_view sealed) {
  std::string out = "{";
  rpc::append_members(out, result, {"requestState"});
  out += out.size() > 1 ? "," : "";
  out += R"("requestState":)";
  rpc::append_quoted(out, sealed);
  return out + "}";
}

// What is asked, and has to come back, belongs to this call and ends with its time.
input::RequestState state_of(const mcp::Ask& ask) {
  input::RequestState state;
  state.target = target_of(ask);
  state.expires = now() + input::longest_absence;
  return state;
}

Result<std::string> seal_state(const input::RequestState& state, const seal::Ring& ring) {
  MOORING_TRY(const seal::Nonce nonce, fresh_nonce());
  return input::seal(state, ring, nonce);
}

Result<std::string> seal_question(const input::QuestionId& question, const seal::Ring& ring) {
  MOORING_TRY(const seal::Nonce nonce, fresh_nonce());
  return input::seal_question(question, ring, nonce);
}

}  // namespace

Conversation::Ending Conversation::answer_questions(Ongoing ongoing) {
  ongoing_ = std::move(ongoing);
  backend_ = ongoing_.backend;
  std::vector<Ongoing::Asked> still_open;
  for (Ongoing::Asked& asked : ongoing_.asked) {
    if (const auto answer = input::answer_of(ask_.input_responses, asked.question.key)) {
      ongoing_.call->reply(asked.backend_id, {false, *answer});
    } else {
      still_open.push_back(std::move(asked));
    }
  }
  ongoing_.asked = std::move(still_open);
  if (!ongoing_.asked.empty()) {
    return park();
  }
  ongoing_.relay->attach(words_);
  return std::nullopt;
}

asio::awaitable<Conversation::Ending> Conversation::require(std::string raw) {
  const rpc::Value result = rpc::first_value(raw);
  const auto required = input::read_required(result);
  if (!required) {
    co_return fail(required.error().message);
  }
  if (is_modern()) {
    co_return pass_on(result, *required);
  }
  if (++rounds_ > most_rounds) {
    co_return fail("its backend asks for input again and again");
  }
  be_reachable();
  request_state_ = required->state ? rpc::quoted(*required->state) : "";
  collected_.clear();
  for (const input::Question& question : required->questions) {
    if (!teller_.can_tell() || input::lacking(question, caller_.askable)) {
      co_return fail("its backend asks for more input, which this client cannot be asked for");
    }
  }
  for (const input::Question& question : required->questions) {
    co_await ask_legacy(question, "");
  }
  if (required->questions.empty()) {
    ask_.request_state = {rpc::Kind::string, request_state_};
    begin();
  }
  co_return std::nullopt;
}

// To a modern client, which comes back by itself. What the backend wants back from it is sealed.
Conversation::Ending Conversation::pass_on(rpc::Value result, const input::Required& required) {
  std::string raw(result.raw);
  if (required.state) {
    input::RequestState state = state_of(ask_);
    state.backend_state = *required.state;
    state.has_backend_state = true;
    const auto sealed = seal_state(state, shared_.keys.ring());
    if (!sealed) {
      return fail(sealed.error().message);
    }
    raw = with_state(result, *sealed);
  }
  return mcp::reply_of(ask_, {backend_generation_, false, raw}, snapshot_.profile());
}

asio::awaitable<Conversation::Ending> Conversation::on(backend::Question& asked) {
  input::Question question{"", asked.method, asked.params};
  const auto lacking = input::is_question(asked.method) ? input::lacking(question, caller_.askable)
                                                        : std::optional(std::string());
  if (lacking && !lacking->empty() && is_modern()) {
    co_return lacks(*lacking);
  }
  const bool is_one_too_many = ongoing_.asked.size() + put_.size() >= input::max_questions;
  if (is_one_too_many || lacking) {
    ongoing_.call->reply(
        asked.id,
        {true, R"({"code":-32601,"message":"the client of this call does not support it"})"}
    );
    co_return std::nullopt;
  }
  if (!is_modern()) {
    co_await ask_legacy(std::move(question), asked.id);
    co_return std::nullopt;
  }
  if (ongoing_.asked.empty()) {
    gather_until_ = std::chrono::steady_clock::now() + breath;
  }
  question.key = "q" + std::to_string(++rounds_);
  ongoing_.asked.push_back({std::move(question), asked.id});
  co_return std::nullopt;
}

// The backend cannot go on without an answer that this client cannot give.
Conversation::Ending Conversation::lacks(const std::string& capabilities) {
  ongoing_.call->cancel();
  exchange_.fault = Fault::malformed;
  const rpc::Refusal refusal = era::missing_capability(*ask_.call, capabilities);
  mcp::Reply reply;
  reply.status = refusal.status;
  reply.code = refusal.code;
  reply.body = rpc::refusal_body(refusal);
  return reply;
}

std::chrono::steady_clock::duration Conversation::patience() const {
  if (ongoing_.asked.empty()) {
    return between_signs_of_life;
  }
  return std::max(
      gather_until_ - std::chrono::steady_clock::now(), std::chrono::steady_clock::duration::zero()
  );
}

// What its backend has said already is told, or asked, with the question.
Conversation::Ending Conversation::park_if_quiet() {
  if (words_->size() > 0) {
    return std::nullopt;
  }
  ongoing_.relay->attach(nullptr);
  if (words_->size() > 0) {
    ongoing_.relay->attach(words_);
    return std::nullopt;
  }
  return park();
}

asio::awaitable<void> Conversation::ask_legacy(input::Question question, std::string backend_id) {
  put_.push_back(
      {shared_.switchboard.ask(caller_.session, words_), question.key, std::move(backend_id)}
  );
  const std::uint64_t number = put_.back().open.number();
  const auto id = seal_question({number, shared_.self}, shared_.keys.ring());
  if (!id) {
    log::error("question not sealed", {{"error", id.error().message}});
    words_->put(ClientReplied{number, {true, R"({"code":-32603,"message":"internal error"})"}});
    co_return;
  }
  std::string message = R"({"jsonrpc":"2.0","id":)";
  rpc::append_quoted(message, *id);
  message.append(R"(,"method":")").append(question.method).append("\"");
  if (const std::string params = input::for_legacy(question, *id); !params.empty()) {
    message.append(R"(,"params":)").append(params);
  }
  co_await teller_.tell(message + "}");
}

asio::awaitable<Conversation::Ending> Conversation::on(ClientReplied& replied) {
  const auto put = std::find_if(put_.begin(), put_.end(), [&replied](const Put& each) {
    return each.open.number() == replied.question;
  });
  if (put == put_.end()) {
    co_return std::nullopt;
  }
  const Put found = std::move(*put);
  put_.erase(put);
  if (!found.backend_id.empty()) {
    if (ongoing_.call) {
      ongoing_.call->reply(found.backend_id, replied.answer);
    }
    co_return std::nullopt;
  }
  if (replied.answer.is_error) {
    rpc::Value message;
    rpc::pick(rpc::first_value(replied.answer.raw), {{"message", &message}});
    co_return fail(
        "the client answered what its backend asked with an error: " +
        (message.is(rpc::Kind::string) ? rpc::text_of(message.raw) : "it does not say which")
    );
  }
  collected_.push_back({found.key, std::move(replied.answer.raw)});
  if (put_.empty()) {
    input_responses_ = input::input_responses(collected_);
    ask_.input_responses = {rpc::Kind::object, input_responses_};
    ask_.request_state =
        request_state_.empty() ? rpc::Value() : rpc::Value{rpc::Kind::string, request_state_};
    begin();
  }
  co_return std::nullopt;
}

// The backend waits; the client is told what for, and that it is to come back.
Conversation::Ending Conversation::park() {
  if (caller_.client != nullptr && caller_.client->is_gone()) {
    is_over_ = true;  // it will not hear that it is to come back
    return std::nullopt;
  }
  std::vector<input::Question> questions;
  for (const Ongoing::Asked& asked : ongoing_.asked) {
    questions.push_back(asked.question);
  }
  const auto call = ongoing_.call;
  const auto here = std::chrono::steady_clock::now();
  const auto number =
      shared_.switchboard.park(std::move(ongoing_), here, here + input::longest_absence);
  if (!number) {
    call->cancel();
    return fail("too many calls wait for their clients; try again later");
  }
  input::RequestState state = state_of(ask_);
  if (caller_.client != nullptr) {
    shared_.switchboard.watch(caller_.client->executor());
    caller_.client->on_lost([&board = shared_.switchboard, n = *number] { board.give_up(n); });
  }
  parked_ = number;
  state.number = *number;
  state.owner = shared_.self;
  const auto sealed = seal_state(state, shared_.keys.ring());
  if (!sealed) {
    shared_.switchboard.give_up(*number);
    return fail(sealed.error().message);
  }
  const std::string raw =
      input::input_required(questions, *sealed, snapshot_.profile().server_info());
  return mcp::reply_of(ask_, {era::Generation::modern, false, raw}, snapshot_.profile());
}

}  // namespace mooring::pipeline
