// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/conversation.hpp"

#include "core/log/log.hpp"
#include "server/pipeline/moment.hpp"

#include <utility>

namespace mooring::pipeline {
namespace {

// Why a backend is down may hold what its program said last: that is for the log and the status.
std::string told(const Error& error, const backend::Backend& backend) {
  return error.code == Errc::unavailable
             ? "backend \"" + backend.name() +
                   "\" is not available now; the server's log and status say why"
             : error.message;
}

bool is_tool_error(std::string_view raw_result) {
  rpc::Value flag;
  rpc::pick(rpc::first_value(raw_result), {{"isError", &flag}});
  return flag.raw == "true";
}

Teller::History history_of(const Exchanges& shared, const mcp::Ask& ask, const Caller& caller) {
  return {
      shared.streams,
      caller.session,
      ask.session != nullptr && ask.session->version == era::legacy_versions.front()};
}

}  // namespace

std::string target_of(const mcp::Ask& ask) {
  return input::target_of(ask.method(), ask.call->name ? rpc::text_of(ask.call->name.raw) : "");
}

Conversation::Conversation(
    const Exchanges& shared,
    const mcp::Ask& ask,
    const Snapshot& snapshot,
    Caller caller,
    Exchange& exchange
)
    : shared_(shared),
      ask_(ask),
      snapshot_(snapshot),
      caller_(std::move(caller)),
      exchange_(exchange),
      teller_(
          caller_.takes_streams ? caller_.client : nullptr,
          is_modern() ? std::nullopt : std::optional(history_of(shared, ask, caller_))
      ),
      backend_(ask.backend) {
  shared_.in_flight.add(1);
}

Conversation::~Conversation() {
  shared_.in_flight.add(-1);
  if (ongoing_.call) {
    ongoing_.call->cancel();
  }
}

asio::awaitable<http::Reply> Conversation::run() {
  words_ = std::make_shared<Words>(co_await asio::this_coro::executor);
  Ending ending = resume();
  while (!ending && !is_over_) {
    if (words_->size() == 0) {
      be_reachable();
    }
    auto word = co_await words_->next(patience());
    if (word) {
      ending = co_await hear(std::move(*word));
    } else if (!ongoing_.asked.empty()) {
      ending = park_if_quiet();
    } else {
      co_await teller_.keep_alive();
    }
  }
  if (!ending) {
    exchange_.fault = Fault::cancelled;
    http::Reply nothing;
    nothing.status = teller_.has_begun() ? 200 : 202;
    co_return nothing;
  }
  if (teller_.has_begun()) {
    co_await teller_.tell(ending->body);
    if (parked_ && caller_.client->is_gone()) {
      shared_.switchboard.give_up(*parked_);  // it has not heard that it is to come back
    }
    ending->status = 200;  // it went out with the head of the stream
  }
  co_return http::json_reply(ending->status, std::move(ending->body));
}

// For a client that leaves or gives up. It may do so as soon as it is told anything, so this comes
// before; an answer that is there at once needs none of it.
void Conversation::be_reachable() {
  if (std::exchange(is_reachable_, true)) {
    return;
  }
  if (caller_.client != nullptr) {
    caller_.client->on_gone([words = words_] { words->put(ClientGone{}); });
  }
  if (!is_modern()) {
    line_ = shared_.switchboard.connect(caller_.session, ask_.call->id.raw, words_);
  }
}

// A new call, or one whose client comes back with what it was asked.
Conversation::Ending Conversation::resume() {
  if (!is_modern() || !ask_.request_state) {
    begin();
    return std::nullopt;
  }
  auto state = input::open(
      rpc::text_of(ask_.request_state.raw), shared_.keys.ring(), now(), target_of(ask_), ""
  );
  if (!state) {
    return refuse_state(state.error().message);
  }
  ask_.request_state = {};
  if (state->has_backend_state) {
    request_state_ = rpc::quoted(state->backend_state);
    ask_.request_state = {rpc::Kind::string, request_state_};
  }
  if (state->number == 0) {
    begin();
    return std::nullopt;
  }
  auto parked =
      state->owner == shared_.self ? shared_.switchboard.take_parked(state->number) : std::nullopt;
  if (!parked) {
    return refuse_state(call_is_over);
  }
  return answer_questions(std::move(*parked));
}

void Conversation::begin() {
  if (ask_.tool != nullptr && rounds_ == 0) {
    snapshot_.executed(*ask_.tool).increment();
  }
  backend_generation_ = backend().generation();
  mcp::Hop hop;
  hop.generation = backend_generation_;
  hop.progress_token = ask_.call->progress_token && teller_.can_tell() ? backend().next_token() : 0;
  hop.log_level = teller_.can_tell() ? caller_.log_level : std::nullopt;
  hop.can_be_asked = caller_.askable != 0 && (is_modern() || teller_.can_tell());
  backend::CallRequest request{ask_.method(), mcp::params_of(ask_, hop)};
  request.progress_token = hop.progress_token;
  request.log_level = hop.log_level;
  // Who cannot be asked is told what it lacks (-32021), if its generation knows that.
  request.can_be_asked = hop.can_be_asked || is_modern();
  request.has_chosen_level = caller_.has_chosen_level;
  request.session = caller_.session;
  ongoing_.relay = std::make_shared<Relay>(shared_.dropped);
  ongoing_.relay->attach(words_);
  ongoing_.backend = backend_;
  ongoing_.call = backend().begin(std::move(request), ongoing_.relay);
}

asio::awaitable<Conversation::Ending> Conversation::hear(Word word) {
  if (auto* event = std::get_if<backend::Event>(&word)) {
    if (std::holds_alternative<Result<backend::Answer>>(*event)) {
      ongoing_.call.reset();
    } else {
      be_reachable();
    }
    co_return co_await std::visit([this](auto& what) { return on(what); }, *event);
  }
  if (auto* replied = std::get_if<ClientReplied>(&word)) {
    co_return co_await on(*replied);
  }
  // Until 2025-11-25 a lost connection is no cancellation: the client may come back for the rest.
  if (std::holds_alternative<ClientCancelled>(word) || is_modern()) {
    is_over_ = true;
  }
  co_return std::nullopt;
}

asio::awaitable<Conversation::Ending> Conversation::on(backend::Notice& notice) {
  const bool is_progress = notice.kind == backend::Notice::Kind::progress;
  const std::string message = mcp::notice_body(
      ask_, is_progress ? "notifications/progress" : "notifications/message", notice.params
  );
  if (!message.empty()) {
    co_await teller_.tell(message);
  }
  co_return std::nullopt;
}

asio::awaitable<Conversation::Ending> Conversation::on(Result<backend::Answer>& answer) {
  const bool has_others = next_other_ < ask_.others.size();
  // That one of them does not answer must not look as if there were nothing.
  if (!has_others && answer && failed_before_ &&
      mcp::says_not_found(ask_, {backend_generation_, answer->is_error, answer->raw})) {
    answer = tl::unexpected(*failed_before_);
  }
  if (!answer && !has_others) {
    exchange_.fault = answer.error().code == Errc::timeout ? Fault::timeout : Fault::backend;
    log::debug(
        "call failed",
        {{"method", ask_.method()},
         {"backend", backend().name()},
         {"error", answer.error().message}}
    );
    co_return mcp::failure(ask_, told(answer.error(), backend()));
  }
  if (answer && is_input_required(*answer)) {
    co_return co_await require(std::move(answer->raw));
  }
  if (has_others &&
      (!answer || mcp::says_not_found(ask_, {backend_generation_, answer->is_error, answer->raw})
      )) {
    if (!answer) {
      failed_before_ = answer.error();
    }
    backend_ = ask_.others[next_other_++];
    begin();
    co_return std::nullopt;
  }
  if (answer->is_error || is_tool_error(answer->raw)) {
    exchange_.fault = Fault::tool;
  }
  co_return mcp::reply_of(
      ask_, {backend_generation_, answer->is_error, answer->raw}, snapshot_.profile()
  );
}

bool Conversation::is_input_required(const backend::Answer& answer) const {
  if (answer.is_error || backend_generation_ != era::Generation::modern) {
    return false;
  }
  rpc::Value type;
  rpc::pick(rpc::first_value(answer.raw), {{"resultType", &type}});
  return type.is(rpc::Kind::string) && rpc::says(type.raw, "input_required");
}

Conversation::Ending Conversation::fail(std::string_view why) {
  exchange_.fault = Fault::backend;
  return mcp::failure(ask_, why);
}

mcp::Reply Conversation::refuse_state(std::string message) const {
  exchange_.fault = Fault::malformed;
  mcp::Reply reply;
  reply.code = rpc::code::invalid_params;
  reply.body =
      rpc::refusal_body({200, reply.code, std::move(message), std::string(ask_.call->id.raw), ""});
  return reply;
}

}  // namespace mooring::pipeline
