// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/handle_request.hpp"
#include "server/pipeline/moment.hpp"

#include <algorithm>

// What belongs to another replica, and what concerns them all.
namespace mooring::pipeline {

// A call that waits for this retry, or the calls of a session to a backend that knows sessions.
std::optional<hop::Replica> Pipeline::owner_of(const mcp::Ask& ask, const Exchange& exchange)
    const {
  if (ask.session != nullptr) {
    const auto keeps = [this](std::size_t backend) {
      return parts_.backends[backend]->keeps_sessions();
    };
    const bool is_of_session =
        keeps(ask.backend) || std::any_of(ask.others.begin(), ask.others.end(), keeps);
    return is_of_session ? other_owner(ask.session->home, exchange) : std::nullopt;
  }
  if (!ask.request_state) {
    return std::nullopt;
  }
  const auto state = input::open(
      rpc::text_of(ask.request_state.raw), parts_.keys.ring(), now(), target_of(ask), ""
  );
  return state && state->number != 0 ? other_owner(state->owner, exchange) : std::nullopt;
}

asio::awaitable<http::Reply> Pipeline::pass_on(
    hop::Replica owner, Letter letter, rpc::Refusal if_gone, Exchange& exchange
) {
  auto reply = co_await parts_.hops.pass_on(std::move(owner), letter);
  if (reply) {
    exchange.counted = false;  // the owner does
    co_return *std::move(reply);
  }
  exchange.fault = if_gone.code == rpc::code::unknown_session ? Fault::session : Fault::malformed;
  co_return rpc::refusal_reply(if_gone);
}

// A session's stream is at its home. One that broke may be of a call that any replica answered.
asio::awaitable<std::optional<http::Reply>> Pipeline::open_elsewhere(
    Letter letter, const Visit& visit, std::optional<events::EventId> after, Exchange& exchange
) {
  std::optional<http::Reply> reply;
  if (!after) {
    if (const auto home = other_owner(visit.session.home, exchange)) {
      reply = co_await pass_on(*home, letter, session::unknown_session(), exchange);
    }
  } else if (hop::is_to_be_told(parts_.hops.self(), exchange.arrival) &&
             !streams_.has(after->stream, visit.key)) {
    reply = co_await parts_.hops.search(letter, visit.session.home);
    exchange.counted = !reply;
  }
  co_return reply;
}

asio::awaitable<void> Pipeline::tell(Letter letter, std::string home, const Exchange& exchange) {
  if (hop::is_to_be_told(parts_.hops.self(), exchange.arrival)) {
    co_await parts_.hops.tell(letter, std::move(home));
  }
}

}  // namespace mooring::pipeline
