// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/hops.hpp"

#include "core/log/log.hpp"
#include "core/text/ascii.hpp"
#include "server/gate/gate.hpp"
#include "server/pipeline/moment.hpp"
#include "server/pipeline/teller.hpp"

#include <algorithm>
#include <array>

namespace mooring::pipeline {
namespace {

using asio::redirect_error;
using asio::use_awaitable;

constexpr std::chrono::milliseconds patience_with_peers{2'000};
// What is longer, or of no length, goes to the client piece by piece.
constexpr std::uint64_t longest_whole = 64U << 10;
constexpr std::string_view event_stream = "text/event-stream";
constexpr std::string_view text_plain = "text/plain; charset=utf-8";

std::string_view media_type(std::string_view said) {
  for (const std::string_view one : {event_stream, text_plain}) {
    if (said == one) {
      return one;
    }
  }
  return "application/json";
}

bool is_ours_to_add(std::string_view name) {
  constexpr std::array<std::string_view, 6> of_the_connection = {
      "content-type", "content-length", "connection", "transfer-encoding", "date", "keep-alive"};
  const auto security = gate::security_headers();
  const auto is_it = [name](std::string_view other) { return text::iequals(name, other); };
  return std::any_of(of_the_connection.begin(), of_the_connection.end(), is_it) ||
         std::any_of(security.begin(), security.end(), [&is_it](const http::HeaderView& header) {
           return is_it(header.name);
         });
}

http::Reply reply_of(const net::Fetch::Head& head) {
  http::Reply reply;
  reply.status = head.status;
  reply.content_type = media_type(head.header("content-type"));
  for (const auto& [name, value] : head.headers) {
    if (!is_ours_to_add(name)) {
      reply.headers.emplace_back(name, value);
    }
  }
  return reply;
}

http::Reply refusal(int status, std::string why) {
  return rpc::refusal_reply({status, rpc::code::invalid_request, std::move(why), "", ""});
}

http::Reply busy() {
  http::Reply reply = rpc::refusal_reply(
      {503,
       rpc::code::internal_error,
       "too many requests are with other replicas; try again later",
       "",
       ""}
  );
  reply.headers.emplace_back("Retry-After", "1");
  return reply;
}

// That the session is over there (404) is what telling of its end is for.
bool has_heard(int status) {
  return (status >= 200 && status < 300) || status == 404;
}

// A client takes the end of a stream for a reason to open another one soon, and finds a replica
// that stays; a refusal it may take for the last word.
asio::awaitable<http::Reply> begin_and_end(net::Client& client) {
  http::Reply head = stream_head();
  co_await client.begin(head);
  co_return head;
}

}  // namespace

// One of those under way, until it goes out of scope.
class Hops::Way {
 public:
  explicit Way(Hops& hops) : hops_(hops), is_free_(++hops.under_way_ <= most_under_way) {
    hops_.under_way_gauge_.add(1);
  }

  ~Way() {
    if (stream_) {
      const std::lock_guard lock(hops_.mutex_);
      hops_.streams_.erase(*stream_);
    }
    --hops_.under_way_;
    hops_.under_way_gauge_.add(-1);
  }

  Way(const Way&) = delete;
  Way& operator=(const Way&) = delete;

  bool is_free() const { return is_free_; }

  /// From now on end_streams() ends it; false if it has ended the others already.
  bool follow(const asio::any_io_executor& executor, const std::shared_ptr<net::Fetch>& fetch) {
    const std::lock_guard lock(hops_.mutex_);
    if (hops_.is_ending_) {
      return false;
    }
    stream_ = hops_.streams_.insert(hops_.streams_.end(), {executor, fetch});
    return true;
  }

 private:
  Hops& hops_;
  const bool is_free_;
  std::optional<std::list<Stream>::iterator> stream_;
};

// Those that are being told one thing.
struct Hops::Round {
  explicit Round(const asio::any_io_executor& executor)
      : done(executor, std::chrono::steady_clock::time_point::max()) {}

  asio::steady_timer done;
  std::size_t open = 0;
};

// One of them, however it ends: the round waits for all.
class Hops::Told {
 public:
  explicit Told(std::shared_ptr<Round> round) : round_(std::move(round)) {}

  ~Told() {
    if (--round_->open == 0) {
      round_->done.cancel();
    }
  }

  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

 private:
  const std::shared_ptr<Round> round_;
};

Hops::Hops(std::optional<hop::Place> place, const seal::Holder& keys, metrics::Registry& registry)
    : place_(std::move(place)),
      self_(place_ ? hop::encode(place_->self) : ""),
      keys_(keys),
      under_way_gauge_(registry.gauge(
          "mooring_hops_under_way", "Requests that are with another replica, and what it is told."
      )) {
  if (place_) {
    peers_.emplace(*place_);
  }
  const auto counter = [&registry](const char* outcome) {
    return registry.counter(
        "mooring_hops_total",
        "Requests for another replica, by what became of them.",
        {{"outcome", outcome}}
    );
  };
  answered_ = counter("answered");
  gone_ = counter("gone");
  refused_ = counter("refused");
  forged_ = counter("forged");
  told_ = counter("told");
  not_told_ = counter("not_told");
}

tl::expected<hop::Arrival, http::Reply> Hops::admit(const http::Request& request) const {
  if (!request.has_header(hop::ticket_header)) {
    return hop::Arrival::from_client;
  }
  if (place_ && request.count(hop::ticket_header) == 1) {
    const auto arrival =
        hop::admit(request.header(hop::ticket_header), place_->self, now(), keys_.ring());
    if (arrival) {
      return *arrival;
    }
    if (arrival.error() == hop::Refused::elsewhere) {
      return tl::unexpected(refusal(hop::misdirected, "this is not the replica that is meant"));
    }
  }
  forged_.increment();
  log::debug("a false Mooring-Hop header", {{"remote", request.remote}});
  return tl::unexpected(refusal(
      403, "header Mooring-Hop is for the replicas of this server, and none of them made this one"
  ));
}

Result<net::Fetch::Request> Hops::prepare(
    const hop::Ticket& ticket, const Letter& letter, Written& written
) const {
  MOORING_TRY(const seal::Nonce nonce, fresh_nonce());
  MOORING_TRY(written.ticket, hop::seal(ticket, now(), keys_.ring(), nonce));
  error_code error;
  net::Fetch::Request request;
  request.to = {asio::ip::make_address(ticket.to.address, error), ticket.to.port};
  if (error) {
    return fail(Errc::unavailable, text::quoted(ticket.to.address) + " is no address");
  }
  request.method = letter.request.method;
  request.target = letter.request.target;
  request.body = letter.request.body;
  if (letter.message != nullptr) {
    written.body = rpc::message_body(*letter.message);
    request.body = written.body;
  }
  request.headers = letter.request.headers;
  request.headers.push_back({hop::ticket_header, written.ticket});
  return request;
}

asio::awaitable<std::optional<http::Reply>> Hops::pass_on(hop::Replica to, Letter letter) {
  Way way(*this);
  const bool is_stream = letter.request.method == "GET";
  if (!way.is_free()) {
    refused_.increment();
    co_return busy();
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto fetch = std::make_shared<net::Fetch>(executor);
  if (is_stream && !way.follow(executor, fetch)) {
    co_return co_await begin_and_end(*letter.client);
  }
  Written written;
  const bool is_whole = letter.client == nullptr;
  const hop::Ticket ticket{to, is_whole ? hop::Arrival::passed_on_whole : hop::Arrival::passed_on};
  const auto request = prepare(ticket, letter, written);
  if (!request) {
    gone_.increment();
    co_return std::nullopt;
  }
  if (letter.client != nullptr) {
    letter.client->on_gone([fetch] { fetch->close(); });
  }
  const auto head = co_await fetch->begin(*request);
  if (letter.client != nullptr && letter.client->is_gone()) {
    co_return refusal(503, "the client is gone");
  }
  if (!head && is_stream && is_ending_) {
    co_return co_await begin_and_end(*letter.client);
  }
  if (!head || head->status == hop::misdirected) {
    gone_.increment();
    log::info(
        "what is of another replica is not there",
        {{"address", to.address},
         {"why", head ? "what is there does not have it" : head.error().message.c_str()}}
    );
    co_return std::nullopt;
  }
  answered_.increment();
  co_return co_await bring(*fetch, *head, letter.client);
}

void Hops::end_streams() {
  const std::lock_guard lock(mutex_);
  is_ending_ = true;
  for (const Stream& stream : streams_) {
    asio::post(stream.executor, [fetch = stream.fetch] {
      if (const auto open = fetch.lock()) {
        open->close();
      }
    });
  }
}

asio::awaitable<std::optional<http::Reply>> Hops::search(Letter letter, std::string first) {
  const std::vector<hop::Replica> peers = co_await peers_->find(std::move(first));
  std::optional<http::Reply> reply;
  for (auto peer = peers.begin(); !reply && peer != peers.end(); ++peer) {
    reply = co_await pass_on(*peer, letter);
  }
  co_return reply;
}

asio::awaitable<http::Reply> Hops::bring(
    net::Fetch& fetch, const net::Fetch::Head& head, net::Client* client
) {
  http::Reply reply = reply_of(head);
  const bool is_whole =
      client == nullptr || (head.content_length && *head.content_length <= longest_whole);
  if (is_whole) {
    auto piece = co_await fetch.read();
    while (piece && !piece->empty()) {
      reply.body += *piece;
      piece = co_await fetch.read();
    }
    co_return piece ? std::move(reply) : refusal(502, "the replica that was asked has ended");
  }
  reply.fixed_headers = gate::security_headers();
  bool goes_on = co_await client->begin(reply);
  while (goes_on) {
    const auto piece = co_await fetch.read();
    if (!piece && reply.content_type != event_stream) {
      client->break_off();  // half a document is none; half a stream is read on
    }
    if (!piece || piece->empty()) {
      break;
    }
    goes_on = co_await client->write(*piece);
  }
  co_return reply;
}

asio::awaitable<void> Hops::tell(Letter letter, std::string also) {
  const auto executor = co_await asio::this_coro::executor;
  letter.client = nullptr;
  const std::vector<hop::Replica> peers = co_await peers_->find(std::move(also));
  const auto round = std::make_shared<Round>(executor);
  round->open = peers.size();
  for (const hop::Replica& peer : peers) {
    asio::co_spawn(executor, tell_one(round, peer, letter), asio::detached);
  }
  // They end by themselves: each has its time. So what the letter points to lives as long.
  while (round->open > 0) {
    error_code woken;
    co_await round->done.async_wait(redirect_error(use_awaitable, woken));
  }
}

asio::awaitable<void> Hops::tell_one(std::shared_ptr<Round> round, hop::Replica to, Letter letter) {
  const Told told(std::move(round));
  const Way way(*this);
  Written written;
  const hop::Ticket ticket{to, hop::Arrival::told};
  auto request = prepare(ticket, letter, written);
  bool is_told = false;
  if (way.is_free() && request) {
    request->timeout = patience_with_peers;
    net::Fetch fetch(co_await asio::this_coro::executor);
    const auto head = co_await fetch.begin(*request);
    is_told = head && has_heard(head->status);
    if (!is_told) {
      const std::string why =
          head ? "it answered " + std::to_string(head->status) : head.error().message;
      log::info("a replica was not told", {{"address", to.address}, {"why", why}});
    }
  }
  (is_told ? told_ : not_told_).increment();
}

}  // namespace mooring::pipeline
