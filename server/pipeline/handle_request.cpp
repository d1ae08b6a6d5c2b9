// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/handle_request.hpp"

#include "core/log/log.hpp"
#include "server/pipeline/relay.hpp"

#include <openssl/rand.h>

namespace mooring::pipeline {
namespace {

std::chrono::sys_seconds now() {
  return std::chrono::time_point_cast<std::chrono::seconds>(std::chrono::system_clock::now());
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
  seal::Nonce nonce;
  if (RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) != 1) {
    return fail(Errc::internal, "the system gives no randomness");
  }
  return session::seal(session, ring, nonce);
}

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

asio::awaitable<Result<backend::Answer>> answer_of(
    backend::Backend& backend, backend::CallRequest call
) {
  const auto words = std::make_shared<Words>(co_await asio::this_coro::executor);
  const auto relay = std::make_shared<Relay>();
  relay->attach(words);
  const auto under_way = backend.begin(std::move(call), relay);
  for (;;) {
    auto word = co_await words->next(std::chrono::hours(24));
    if (!word) {
      continue;
    }
    auto* event = std::get_if<backend::Event>(&*word);
    if (auto* answer = event ? std::get_if<Result<backend::Answer>>(event) : nullptr) {
      co_return std::move(*answer);
    }
  }
}

http::Reply to_http(mcp::Reply reply, const seal::Ring& ring, Exchange& exchange) {
  http::Reply made = http::json_reply(reply.status, std::move(reply.body));
  exchange.fault = reply.is_tool_error ? Fault::tool : fault_of(reply.code);
  if (!reply.begun) {
    return made;
  }
  auto token = seal_session(*reply.begun, ring);
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

asio::awaitable<http::Reply> Pipeline::handle(const http::Request& request, net::Client&) {
  const auto began = std::chrono::steady_clock::now();
  Exchange exchange;
  http::Reply reply;
  try {
    reply = co_await answer(request, exchange);
  } catch (const std::exception& defect) {
    log::error("request ended by a defect", {{"error", defect.what()}});
    exchange.fault = Fault::internal;
    reply = rpc::refusal_reply({500, rpc::code::internal_error, "internal error", "", ""});
  }
  for (const http::HeaderView& header : gate::security_headers()) {
    reply.headers.emplace_back(header.name, header.value);
  }
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
  parts_.recorder.record({true, era::Method::none, status, Fault::refused, {}});
  return rpc::refusal_reply({status, rpc::code::invalid_request, why, "", ""});
}

asio::awaitable<http::Reply> Pipeline::answer(const http::Request& request, Exchange& exchange) {
  auto endpoint = gate::enter(request, parts_.rules);
  if (!endpoint) {
    exchange.fault = Fault::refused;
    co_return std::move(endpoint).error();
  }
  switch (*endpoint) {
    case gate::Endpoint::health:
      exchange.counted = false;
      co_return http::text_reply(200, "ok\n");
    case gate::Endpoint::ready:
      exchange.counted = false;
      co_return parts_.ready();
    case gate::Endpoint::mcp:
      break;
  }
  co_return co_await answer_mcp(request, exchange);
}

asio::awaitable<http::Reply> Pipeline::answer_mcp(
    const http::Request& request, Exchange& exchange
) {
  const auto body = rpc::parse(request.body);
  if (!body) {
    co_return refused(body.error(), exchange);
  }
  if (body->is_batch) {
    co_return co_await answer_batch(*body, request, exchange);
  }
  co_return co_await answer_message(body->message, request, exchange);
}

asio::awaitable<http::Reply> Pipeline::answer_batch(
    const rpc::Body& body, const http::Request& request, Exchange& exchange
) {
  const auto session = session::resume(request.header("Mcp-Session-Id"), parts_.ring, now());
  if (!session) {
    co_return refused(session.error(), exchange);
  }
  if (const auto refusal = era::refuse_batch(body, session->version)) {
    co_return refused(*refusal, exchange);
  }
  std::string bodies;
  for (const rpc::Message& message : body.batch) {
    const http::Reply reply = co_await answer_message(message, request, exchange);
    if (!reply.body.empty()) {
      bodies += bodies.empty() ? "[" : ",";
      bodies += reply.body;
    }
  }
  co_return bodies.empty() ? accepted() : http::json_reply(200, bodies + "]");
}

asio::awaitable<http::Reply> Pipeline::answer_message(
    const rpc::Message& message, const http::Request& request, Exchange& exchange
) {
  const auto call = era::classify(message, request);
  if (!call) {
    co_return refused(call.error(), exchange);
  }
  exchange.method = call->method;
  std::optional<session::Session> session;
  if (call->generation == era::Generation::legacy && call->method != era::Method::initialize) {
    auto resumed = session::resume(request.header("Mcp-Session-Id"), parts_.ring, now());
    if (!resumed) {
      resumed.error().id = call->id.raw;
      co_return refused(resumed.error(), exchange);
    }
    session = std::move(*resumed);
  }
  const auto snapshot = parts_.shelf.load();
  const mcp::Context context{
      snapshot->profile(), snapshot->catalogue(), parts_.ring, now(), parts_.session_ttl};
  mcp::Step step = mcp::decide(*call, session ? &*session : nullptr, request, context);
  if (auto* reply = std::get_if<mcp::Reply>(&step)) {
    co_return to_http(std::move(*reply), parts_.ring, exchange);
  }
  if (const auto* asked = std::get_if<mcp::Ask>(&step)) {
    mcp::Reply reply = co_await ask(*asked, *snapshot, exchange);
    co_return http::json_reply(reply.status, std::move(reply.body));
  }
  if (auto* level = std::get_if<mcp::SetLevel>(&step)) {
    co_return to_http(std::move(level->reply), parts_.ring, exchange);
  }
  if (auto* subscribe = std::get_if<mcp::Subscribe>(&step)) {
    co_return to_http(std::move(subscribe->reply), parts_.ring, exchange);
  }
  if (const auto* listen = std::get_if<mcp::Listen>(&step)) {
    co_return refused(
        {404, rpc::code::method_not_found, "the method is not served", listen->id, ""}, exchange
    );
  }
  co_return accepted();
}

asio::awaitable<mcp::Reply> Pipeline::ask(
    const mcp::Ask& step, const Snapshot& snapshot, Exchange& exchange
) {
  if (step.tool != nullptr) {
    snapshot.executed(*step.tool).increment();
  }
  std::size_t index = step.backend;
  for (std::size_t next = 0;; index = step.others[next++]) {
    backend::Backend& backend = *parts_.backends[index];
    const auto generation = backend.generation();
    mcp::Hop hop;
    hop.generation = generation;
    backend::CallRequest call{step.method(), mcp::params_of(step, hop)};
    const Result<backend::Answer> answer = co_await answer_of(backend, std::move(call));
    const bool is_last = next == step.others.size();
    if (!answer && is_last) {
      exchange.fault = answer.error().code == Errc::timeout ? Fault::timeout : Fault::backend;
      log::debug(
          "call failed",
          {{"method", step.method()},
           {"backend", backend.name()},
           {"error", answer.error().message}}
      );
      co_return mcp::failure(step, told(answer.error(), backend));
    }
    if (!answer) {
      continue;
    }
    const mcp::Answer said{generation, answer->is_error, answer->raw};
    if (is_last || !mcp::says_not_found(step, said)) {
      if (answer->is_error || is_tool_error(answer->raw)) {
        exchange.fault = Fault::tool;
      }
      co_return mcp::reply_of(step, said, snapshot.profile());
    }
  }
}

}  // namespace mooring::pipeline
