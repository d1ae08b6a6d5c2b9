// SPDX-License-Identifier: Apache-2.0
#include "server/input/question_id.hpp"
#include "server/pipeline/handle_request.hpp"
#include "server/pipeline/moment.hpp"
#include "server/session/opened.hpp"

// What goes on beside requests and their replies: sessions, their streams, and who listens.
namespace mooring::pipeline {
namespace {

http::Reply refused(const rpc::Refusal& refusal, Exchange& exchange, Fault fault) {
  exchange.fault = fault;
  return rpc::refusal_reply(refusal);
}

http::Reply too_many_watched(const std::string& id, Exchange& exchange) {
  return refused(
      {429,
       rpc::code::internal_error,
       "too many resources are watched: at most " + std::to_string(Hub::most_resources) +
           " a session, " + std::to_string(Hub::most_watched) +
           " and 16 MiB of URIs in all; try again later",
       id,
       ""},
      exchange,
      Fault::refused
  );
}

// The event after which the client wants to read on, if it has read before.
Result<std::optional<events::EventId>> last_event(const http::Request& request) {
  const std::string_view last = request.header("Last-Event-ID");
  if (last.empty()) {
    return std::optional<events::EventId>();
  }
  MOORING_TRY(const events::EventId parsed, events::parse_event_id(last));
  return std::optional(parsed);
}

// With 200 and an end it would come back at once, for ever.
http::Reply too_many_streams(Exchange& exchange) {
  http::Reply reply = refused(
      {503,
       rpc::code::internal_error,
       "all streams that there is room for are read, " + std::to_string(Hub::most_sessions) +
           "; try again later",
       "",
       ""},
      exchange,
      Fault::refused
  );
  reply.headers.emplace_back("Retry-After", "10");
  return reply;
}

http::Reply empty(int status) {
  http::Reply reply;
  reply.status = status;
  return reply;
}

}  // namespace

tl::expected<Pipeline::Visit, rpc::Refusal> Pipeline::enter(const http::Request& request) const {
  const std::string_view token = request.header("Mcp-Session-Id");
  thread_local session::Opened opened;
  auto session = opened.resume(token, parts_.keys.ring(), now());
  if (!session) {
    return tl::unexpected(std::move(session.error()));
  }
  std::string key = session::key_of(token);
  const session::Table::Known known = sessions_.known(key);
  if (known.has_ended) {
    return tl::unexpected(session::unknown_session());
  }
  return Visit{std::move(*session), std::move(key), known.log_level};
}

// A notification, or the answer to what we asked.
asio::awaitable<http::Reply> Pipeline::take_word(
    const Post& post, const Caller& caller, const session::Session& session, Exchange& exchange
) {
  const rpc::Message& message = post.message;
  if (message.kind != rpc::Message::Kind::notification) {
    co_return co_await take_answer(post, caller, session, exchange);
  }
  rpc::Value request_id;
  rpc::pick(message.params, {{"requestId", &request_id}});
  if (rpc::says(message.method.raw, "notifications/cancelled") && request_id &&
      !switchboard_.cancel(caller.session, request_id.raw)) {
    co_await tell(post.letter(), session.home, exchange);
  }
  co_return empty(202);
}

asio::awaitable<http::Reply> Pipeline::take_answer(
    const Post& post, const Caller& caller, const session::Session& session, Exchange& exchange
) {
  const rpc::Message& message = post.message;
  const auto question = message.id.is(rpc::Kind::string)
                            ? input::open_question(rpc::text_of(message.id.raw), parts_.keys.ring())
                            : std::nullopt;
  if (!question) {
    co_return empty(202);  // to what was not asked here, or long ago
  }
  if (const auto owner = other_owner(question->owner, exchange)) {
    rpc::Refusal if_gone = session::unknown_session();
    if_gone.id = message.id.raw;
    http::Reply reply = co_await pass_on(*owner, post.letter(), std::move(if_gone), exchange);
    // Only what it has asked is gone with a replica that is not the session's home.
    co_return reply.status == 404 && question->owner != session.home ? empty(202)
                                                                     : std::move(reply);
  }
  const bool is_error = static_cast<bool>(message.error);
  switchboard_.reply(
      caller.session,
      question->number,
      {is_error, std::string(is_error ? message.error.raw : message.result.raw)}
  );
  co_return empty(202);
}

http::Reply Pipeline::subscribe(
    mcp::Subscribe& step, const std::string& session, Exchange& exchange
) {
  if (!step.is_on) {
    hub_.unsubscribe(session, step.backend, step.uri);
  } else if (!hub_.subscribe(session, step.backend, step.uri)) {
    return too_many_watched("", exchange);
  }
  return http::json_reply(step.reply.status, std::move(step.reply.body));
}

asio::awaitable<http::Reply> Pipeline::listen(
    const mcp::Listen& filter, const Snapshot& snapshot, const Caller& caller, Exchange& exchange
) {
  if (!caller.takes_streams) {
    co_return refused(
        {406,
         rpc::code::invalid_request,
         "subscriptions/listen is answered with an event stream: Accept must list "
         "text/event-stream",
         filter.id,
         ""},
        exchange,
        Fault::refused
    );
  }
  net::Client& client = *caller.client;
  const auto ears = std::make_shared<Hub::Ears>(client.executor());
  client.on_gone([ears] { ears->put(std::nullopt); });
  const auto listening = hub_.listen(filter, ears);
  if (!listening) {
    co_return too_many_watched(filter.id, exchange);
  }
  http::Reply head = stream_head();
  head.body = events::frame("", mcp::acknowledged_body(filter));
  client.release_body();
  bool goes_on = co_await client.begin(head);
  const bool is_to_hear =
      filter.tools || filter.prompts || filter.resources || !filter.updates.empty();
  while (goes_on && is_to_hear) {
    const auto heard = co_await ears->next(between_signs_of_life);
    if (!heard) {
      goes_on = co_await client.write(events::keep_alive);
    } else if (*heard) {
      const Hub::News& news = **heard;
      goes_on =
          co_await client.write(events::frame("", mcp::heard_body(filter, news.method, news.params))
          );
    } else {
      break;
    }
  }
  if (goes_on && !client.is_gone()) {
    co_await client.write(events::frame("", mcp::listened_body(filter, snapshot.profile())));
  }
  co_return empty(200);
}

asio::awaitable<Result<void>> Pipeline::follow(
    const Visit& visit, events::EventId after, net::Client& client, http::Reply head
) {
  const session::Time expires = visit.session.expires;
  const auto until =
      std::chrono::steady_clock::now() + (expires - std::chrono::system_clock::now());
  const Hub::Following following(hub_, visit.key, after.stream);
  auto followed = co_await streams_.follow(after, visit.key, until, client, std::move(head));
  if (now() >= expires) {
    hub_.forget(visit.key);  // its subscriptions
  }
  co_return followed;
}

asio::awaitable<http::Reply> Pipeline::open_stream(
    const http::Request& request, net::Client& client, Exchange& exchange
) {
  if (!gate::accepts(request, "text/event-stream")) {
    co_return refused(
        {406, rpc::code::no_session, "Accept must list text/event-stream", "", ""},
        exchange,
        Fault::refused
    );
  }
  const auto visit = enter(request);
  if (!visit) {
    co_return refused(visit.error(), exchange, Fault::session);
  }
  const auto last = last_event(request);
  if (!last) {
    co_return refused(
        {400, rpc::code::invalid_request, "Last-Event-ID: " + last.error().message, "", ""},
        exchange,
        Fault::malformed
    );
  }
  const Letter letter{request, &client};
  auto elsewhere = co_await open_elsewhere(letter, *visit, *last, exchange);
  if (elsewhere) {
    co_return *std::move(elsewhere);
  }
  http::Reply head = stream_head();
  events::EventId after;
  if (*last) {
    after = **last;
    hub_.return_to_stream(visit->key, after.stream);
  } else {
    const auto opened = hub_.open_stream(visit->key);
    if (!opened) {
      co_return too_many_streams(exchange);
    }
    after = *opened;
    if (visit->session.version == era::legacy_versions.front()) {
      head.body = events::priming(after);
    }
  }
  const auto followed = co_await follow(*visit, after, client, std::move(head));
  if (!followed) {
    const bool is_passed_on = exchange.arrival != hop::Arrival::from_client;
    const bool is_not_here = followed.error().code == Errc::not_found;
    co_return refused(
        {is_passed_on && is_not_here ? hop::misdirected : 400,
         rpc::code::invalid_request,
         "Last-Event-ID: " + followed.error().message + "; open a stream without it",
         "",
         ""},
        exchange,
        Fault::session
    );
  }
  co_return empty(200);
}

asio::awaitable<http::Reply> Pipeline::end_session(
    const http::Request& request, net::Client& client, Exchange& exchange
) {
  const auto visit = enter(request);
  if (!visit) {
    co_return refused(visit.error(), exchange, Fault::session);
  }
  sessions_.end(visit->key, visit->session.expires, now());
  switchboard_.end_session(visit->key);
  hub_.forget(visit->key);
  streams_.forget(visit->key);
  for (backend::Backend* backend : parts_.backends) {
    backend->end_session(visit->key);
  }
  const Letter letter{request, &client};
  co_await tell(letter, visit->session.home, exchange);
  co_return empty(204);
}

}  // namespace mooring::pipeline
