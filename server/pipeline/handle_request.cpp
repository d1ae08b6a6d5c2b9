// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/handle_request.hpp"

#include "core/log/log.hpp"
#include "server/pipeline/moment.hpp"
#include "server/pipeline/page_client.hpp"

#include <utility>

namespace mooring::pipeline {
namespace {

using namespace std::chrono_literals;

// Who names a tool that no list has yet, while a backend starts for the first time, is not refused
// at once. Seldom: a replica that is not ready is not called by a Service.
constexpr auto longest_first_start = 30s;
constexpr auto between_looks = 20ms;

bool may_be_known_soon(const mcp::Step& step, const Snapshot& snapshot) {
  const auto* reply = std::get_if<mcp::Reply>(&step);
  return reply != nullptr && reply->is_unknown_name && !snapshot.is_whole();
}

Fault fault_of(int code) {
  switch (code) {
    case 0:
      return Fault::none;
    case rpc::code::method_not_found:
      return Fault::unknown;
    case rpc::code::no_session:
    case rpc::code::unknown_session:
      return Fault::session;
    case rpc::code::internal_error:
      return Fault::internal;
    default:
      return Fault::malformed;
  }
}

http::Reply refused(const rpc::Refusal& refusal, Exchange& exchange) {
  exchange.fault = fault_of(refusal.code);
  return rpc::refusal_reply(refusal);
}

http::Reply accepted() {
  http::Reply reply;
  reply.status = 202;
  return reply;
}

Result<std::string> seal_session(const session::Session& session, const seal::Ring& ring) {
  MOORING_TRY(const seal::Nonce nonce, fresh_nonce());
  return session::seal(session, ring, nonce);
}

http::Reply to_http(mcp::Reply reply, const Parts& parts, Exchange& exchange) {
  http::Reply made = http::json_reply(reply.status, std::move(reply.body));
  exchange.fault = reply.is_tool_error ? Fault::tool : fault_of(reply.code);
  if (!reply.begun) {
    return made;
  }
  reply.begun->home = parts.hops.self();
  auto token = seal_session(*reply.begun, parts.keys.ring());
  if (!token) {
    exchange.fault = Fault::internal;
    log::error("session not sealed", {{"error", token.error().message}});
    return rpc::refusal_reply(
        {500, rpc::code::internal_error, "the session could not be made", "", ""}
    );
  }
  made.headers.emplace_back("Mcp-Session-Id", std::move(*token));
  return made;
}

}  // namespace

Pipeline::Pipeline(Parts parts)
    : parts_(std::move(parts)),
      switchboard_(parts_.first_number),
      streams_(parts_.first_number),
      hub_(streams_, parts_.backends, parts_.session_idle_timeout),
      exchanges_{
          parts_.backends,
          parts_.keys,
          switchboard_,
          streams_,
          parts_.hops.self(),
          parts_.recorder.dropped(),
          parts_.recorder.in_flight()} {}

asio::awaitable<http::Reply> Pipeline::handle(const http::Request& request, net::Client& client) {
  const auto began = std::chrono::steady_clock::now();
  Exchange exchange;
  http::Reply reply;
  hub_.tend(began);
  const std::vector<http::HeaderView> of_page = gate::page_headers(request, parts_.rules);
  PageClient page(client, of_page);
  try {
    net::Client& asking = of_page.empty() ? client : page;
    reply = co_await answer(request, asking, exchange);
  } catch (const std::exception& defect) {
    log::error("request ended by a defect", {{"error", defect.what()}});
    exchange.fault = Fault::internal;
    client.break_off();
    reply = rpc::refusal_reply({500, rpc::code::internal_error, "internal error", "", ""});
  }
  reply.fixed_headers = gate::security_headers();
  add_missing(reply, of_page);
  exchange.status = reply.status;
  exchange.took = std::chrono::steady_clock::now() - began;
  parts_.recorder.record(exchange);
  if (log::enabled(log::Level::debug)) {
    log::debug(
        "request",
        {{"http_method", request.method},
         {"path", request.path()},
         {"method", era::name(exchange.method)},
         {"status", exchange.status},
         {"fault", name(exchange.fault)},
         {"seconds", std::chrono::duration<double>(exchange.took).count()}}
    );
  }
  co_return reply;
}

http::Reply Pipeline::refuse(int status, const std::string& why) {
  Exchange exchange;
  exchange.status = status;
  exchange.fault = Fault::refused;
  parts_.recorder.record(exchange);
  return rpc::refusal_reply({status, rpc::code::invalid_request, why, "", ""});
}

asio::awaitable<http::Reply> Pipeline::answer(
    const http::Request& request, net::Client& client, Exchange& exchange
) {
  auto endpoint = gate::enter(request, parts_.rules);
  if (!endpoint) {
    exchange.fault = Fault::refused;
    co_return std::move(endpoint).error();
  }
  if (*endpoint == gate::Endpoint::health || *endpoint == gate::Endpoint::ready) {
    exchange.counted = false;
    co_return *endpoint == gate::Endpoint::ready ? parts_.ready() : http::text_reply(200, "ok\n");
  }
  if (*endpoint == gate::Endpoint::preflight) {
    co_return gate::preflight_reply(request);
  }
  auto arrival = parts_.hops.admit(request);
  if (!arrival) {
    exchange.fault = Fault::refused;
    co_return std::move(arrival).error();
  }
  exchange.arrival = *arrival;
  exchange.counted = *arrival != hop::Arrival::told;
  switch (*endpoint) {
    case gate::Endpoint::stream:
      co_return co_await open_stream(request, client, exchange);
    case gate::Endpoint::end:
      co_return co_await end_session(request, client, exchange);
    default:
      co_return co_await answer_mcp(request, client, exchange);
  }
}

asio::awaitable<http::Reply> Pipeline::answer_mcp(
    const http::Request& request, net::Client& client, Exchange& exchange
) {
  const auto body = rpc::parse(request.body);
  if (!body) {
    co_return refused(body.error(), exchange);
  }
  if (body->is_batch) {
    co_return co_await answer_batch(*body, request, exchange);
  }
  const bool is_whole = exchange.arrival == hop::Arrival::passed_on_whole;
  const Post post{body->message, request, is_whole ? nullptr : &client};
  co_return co_await answer_message(post, exchange);
}

asio::awaitable<http::Reply> Pipeline::answer_batch(
    const rpc::Body& body, const http::Request& request, Exchange& exchange
) {
  if (era::is_modern(body, request)) {
    co_return refused(
        {400,
         rpc::code::invalid_request,
         "protocol version 2026-07-28 knows no batches; send each message by itself",
         "",
         ""},
        exchange
    );
  }
  const auto visit = enter(request);
  if (!visit) {
    co_return refused(visit.error(), exchange);
  }
  if (const auto refusal = era::refuse_batch(body, visit->session.version)) {
    co_return refused(*refusal, exchange);
  }
  std::string bodies;
  for (const rpc::Message& message : body.batch) {
    const Post post{message, request, nullptr};
    const http::Reply reply = co_await answer_message(post, exchange);
    if (!reply.body.empty()) {
      bodies += bodies.empty() ? "[" : ",";
      bodies += reply.body;
    }
  }
  exchange.method = era::Method::other;
  co_return bodies.empty() ? accepted() : http::json_reply(200, bodies + "]");
}

mcp::Step Pipeline::decide(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Snapshot& snapshot
) const {
  return mcp::decide(
      call,
      session,
      request,
      {snapshot.profile(), snapshot.catalogue(), parts_.keys.ring(), now(), parts_.session_ttl}
  );
}

asio::awaitable<std::shared_ptr<const Snapshot>> Pipeline::whole_snapshot() {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const auto end = std::chrono::steady_clock::now() + longest_first_start;
  auto snapshot = parts_.shelf.load();
  while (!snapshot->is_whole() && !is_ending_ && std::chrono::steady_clock::now() < end) {
    timer.expires_after(between_looks);
    co_await timer.async_wait(asio::use_awaitable);
    snapshot = parts_.shelf.load();
  }
  co_return snapshot;
}

asio::awaitable<http::Reply> Pipeline::answer_message(const Post& post, Exchange& exchange) {
  const http::Request& request = post.request;
  const auto call = era::classify(post.message, request);
  if (!call) {
    co_return refused(call.error(), exchange);
  }
  exchange.method = call->method;
  Caller caller{post.client, "", post.client && gate::accepts(request, "text/event-stream"), {}, 0};
  std::optional<session::Session> session;
  if (call->generation == era::Generation::modern) {
    caller.log_level = call->log_level;
    caller.askable = session::read_capabilities(call->client_capabilities);
  } else if (call->method != era::Method::initialize) {
    auto visit = enter(request);
    if (!visit) {
      visit.error().id = call->id.raw;
      co_return refused(visit.error(), exchange);
    }
    caller.session = std::move(visit->key);
    hub_.use(caller.session);
    session = std::move(visit->session);
    // Who has said nothing is told what the server says by itself.
    caller.log_level = visit->log_level.value_or(era::LogLevel::debug);
    caller.has_chosen_level = visit->log_level.has_value();
    caller.askable = session->capabilities;
  }
  if (call->method == era::Method::none) {
    if (!session) {
      co_return accepted();
    }
    co_return co_await take_word(post, caller, *session, exchange);
  }
  auto snapshot = parts_.shelf.load();
  const session::Session* const known = session ? &*session : nullptr;
  mcp::Step step = decide(*call, known, request, *snapshot);
  if (may_be_known_soon(step, *snapshot) && !std::exchange(exchange.has_waited_for_start, true)) {
    snapshot = co_await whole_snapshot();
    step = decide(*call, known, request, *snapshot);
  }
  co_return co_await perform(step, known, *snapshot, std::move(caller), post, exchange);
}

asio::awaitable<http::Reply> Pipeline::perform(
    mcp::Step& step,
    const session::Session* session,
    const Snapshot& snapshot,
    Caller caller,
    const Post& post,
    Exchange& exchange
) {
  if (auto* reply = std::get_if<mcp::Reply>(&step)) {
    co_return to_http(std::move(*reply), parts_, exchange);
  }
  if (const auto* ask = std::get_if<mcp::Ask>(&step)) {
    if (const auto owner = owner_of(*ask, exchange)) {
      rpc::Refusal if_gone =
          session != nullptr ? session::unknown_session()
                             : rpc::Refusal{200, rpc::code::invalid_params, call_is_over, "", ""};
      if_gone.id = ask->call->id.raw;
      co_return co_await pass_on(*owner, post.letter(), std::move(if_gone), exchange);
    }
    Conversation conversation(exchanges_, *ask, snapshot, std::move(caller), exchange);
    co_return co_await conversation.run();
  }
  if (auto* level = std::get_if<mcp::SetLevel>(&step)) {
    co_return co_await set_level(*level, caller, *session, post, exchange);
  }
  if (auto* subscription = std::get_if<mcp::Subscribe>(&step)) {
    if (const auto home = other_owner(session->home, exchange)) {
      rpc::Refusal if_gone = session::unknown_session();
      if_gone.id = post.message.id.raw;
      co_return co_await pass_on(*home, post.letter(), std::move(if_gone), exchange);
    }
    co_return subscribe(*subscription, caller.session, exchange);
  }
  if (const auto* filter = std::get_if<mcp::Listen>(&step)) {
    co_return co_await listen(*filter, snapshot, caller, exchange);
  }
  co_return accepted();
}

asio::awaitable<http::Reply> Pipeline::set_level(
    mcp::SetLevel& step,
    const Caller& caller,
    const session::Session& session,
    const Post& post,
    Exchange& exchange
) {
  sessions_.set_log_level(caller.session, step.level);
  co_await tell(post.letter(), session.home, exchange);
  co_return to_http(std::move(step.reply), parts_, exchange);
}

}  // namespace mooring::pipeline
