// SPDX-License-Identifier: Apache-2.0
#include "core/net/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace mooring::net {

using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

// What is read ahead of a request under way, so that the end behind it is seen. The rest waits in
// the kernel, and with it the news that the client is gone.
constexpr std::size_t most_ahead = 16 << 10;

// A peer that is no more there takes nothing and says nothing: what the kernel holds for it would
// look sent for a quarter of an hour.
void give_up_after(tcp::socket& socket, std::chrono::milliseconds timeout) {
  const auto limit = static_cast<unsigned>(timeout.count());
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
}

}  // namespace

asio::awaitable<bool> write_whole(
    Connection& connection, const http::Reply& reply, bool keep_alive, bool head_only
) {
  connection.enter(Phase::writing);
  std::string head;
  head.reserve(512);
  write_head(head, reply, connection.date.now(), keep_alive);
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(head),
      asio::buffer(head_only ? std::string_view() : std::string_view(reply.body))};
  error_code error;
  co_await asio::async_write(connection.socket, parts, redirect_error(use_awaitable, error));
  co_return !error;
}

Exchange::Exchange(Connection& connection, Parser& parser, Share& share, Rules rules)
    : connection_(connection),
      parser_(parser),
      share_(share),
      rules_(rules),
      head_only_(parser.method() == "HEAD"),
      wants_more_(parser.keep_alive()),
      is_chunked_(parser.is_http_1_1()) {
  connection_.phase = Phase::working;
}

Exchange::~Exchange() {
  if (connection_.watch) {
    connection_.watch->exchange = nullptr;
  }
}

bool Exchange::is_kept() const {
  return wants_more_ && (is_chunked_ || !is_stream_) &&
         !rules_.draining.load(std::memory_order_relaxed);
}

void Exchange::on_gone(std::function<void()> gone) {
  gone_ = std::move(gone);
  watch();
}

void Exchange::release_body() {
  std::string().swap(parser_.body());
  share_.release();
}

void Exchange::watch() {
  if (!connection_.watch) {
    connection_.watch = std::make_shared<Watch>();
  }
  connection_.watch->exchange = this;
  if (connection_.watch->is_waiting) {
    return;
  }
  connection_.watch->is_waiting = true;
  connection_.socket.async_wait(
      tcp::socket::wait_read,
      [watch = connection_.watch](const error_code&) {
        watch->is_waiting = false;
        if (watch->exchange != nullptr) {
          watch->exchange->look();
        }
      }
  );
}

void Exchange::look() {
  auto& buffer = connection_.buffer;
  const std::size_t room = most_ahead - std::min(buffer.size(), most_ahead);
  if (connection_.socket.is_open() && !is_gone_) {
    if (room == 0) {
      return;
    }
    const auto size =
        recv(connection_.socket.native_handle(), buffer.prepare(room).data(), room, MSG_DONTWAIT);
    if (size > 0 || (size < 0 && (errno == EAGAIN || errno == EINTR))) {
      buffer.commit(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
      watch();
      return;
    }
  }
  is_gone_ = true;
  if (const auto gone = std::exchange(gone_, nullptr)) {
    gone();
  }
}

asio::awaitable<bool> Exchange::begin(const http::Reply& head) {
  is_stream_ = true;
  stays_open_ = is_kept();
  give_up_after(connection_.socket, rules_.write_timeout);
  std::string text;
  text.reserve(512);
  write_stream_head(text, head, connection_.date.now(), {is_chunked_, stays_open_});
  if (!head.body.empty() && is_chunked_ && !head_only_) {
    write_chunk_size(text, head.body.size());
  }
  co_return co_await send(text, head.body);
}

asio::awaitable<bool> Exchange::write(std::string_view piece) {
  // An empty chunk would be the end.
  if (piece.empty() || head_only_) {
    co_return !is_gone_;
  }
  std::string size;
  if (is_chunked_) {
    write_chunk_size(size, piece.size());
  }
  co_return co_await send(size, piece);
}

asio::awaitable<bool> Exchange::send(std::string_view before, std::string_view piece) {
  if (is_gone_) {
    co_return false;
  }
  const bool has_piece = !piece.empty() && !head_only_;
  const std::array<asio::const_buffer, 3> parts{
      asio::buffer(before),
      asio::buffer(has_piece ? piece : std::string_view()),
      asio::buffer(has_piece && is_chunked_ ? std::string_view("\r\n") : std::string_view())};
  connection_.enter(Phase::writing);
  error_code error;
  co_await asio::async_write(connection_.socket, parts, redirect_error(use_awaitable, error));
  connection_.phase = Phase::working;
  is_gone_ = is_gone_ || error;
  co_return !is_gone_;
}

asio::awaitable<bool> Exchange::finish(const http::Reply& reply) {
  // It may refer to the handler's frame.
  gone_ = nullptr;
  // A client that has only finished sending looks like one that has left, until something is
  // written to it. As in other servers (Go's cancels the request's context, nginx closes its
  // upstream) the end of the request's stream is taken for leaving, so that work for nobody ends;
  // a handler that goes on all the same is heard. But the empty reply of one that has been cut
  // short would look like 202, the answer to a notification: nothing is said instead.
  const bool is_cut_short = is_gone_ && reply.body.empty();
  return is_stream_ || is_cut_short ? finish_stream() : finish_whole(reply);
}

asio::awaitable<bool> Exchange::finish_whole(const http::Reply& reply) {
  const bool is_kept_open = is_kept();
  const bool is_written = co_await write_whole(connection_, reply, is_kept_open, head_only_);
  if (!is_written && lost_) {
    lost_();
  }
  co_return is_written&& is_kept_open;
}

asio::awaitable<bool> Exchange::finish_stream() {
  // Without its last chunk it does not look complete (RFC 9112 section 8).
  if (is_stream_ && is_broken_off_) {
    co_return false;
  }
  if (is_chunked_ && !head_only_) {
    co_await send("0\r\n\r\n", {});
  }
  co_return !is_gone_ && stays_open_;
}

}  // namespace mooring::net
