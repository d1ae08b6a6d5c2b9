// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/client.hpp"
#include "server/events/board.hpp"
#include "server/pipeline/inbox.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace mooring::pipeline {

/// The event streams of legacy sessions: what was said on them can be read again after a connection
/// broke (2025-11-25, basic/transports, "Resumability"). Safe to use from every thread.
class Streams {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Streams(std::uint64_t first_stream) : board_({}, first_stream) {}

  events::EventId open(const std::string& session);
  /// The bytes to be sent. Whoever follows the stream is woken.
  events::Frame append(std::uint64_t stream, std::string_view message);
  void finish(std::uint64_t stream);
  void forget(const std::string& session);
  /// Wakes all who follow, for the last time.
  void close();

  /// Whether there is, or was, such a stream of this session.
  bool has(std::uint64_t stream, const std::string& session);

  /// Sends what the session has missed after this event, and what comes, until the stream is done,
  /// the client gone, the session over (at `until`), or another one follows: a client that comes
  /// back before we see that its old connection is dead. Errors before anything is sent: not_found,
  /// gone, invalid.
  asio::awaitable<Result<void>> follow(
      events::EventId after, std::string session, Time until, net::Client& client, http::Reply head
  );

 private:
  struct Wake {};

  using Waker = Inbox<Wake>;

  using Followers = std::unordered_map<std::uint64_t, std::weak_ptr<Waker>>;

  void wake(std::uint64_t stream);
  void wake_all();
  Result<events::Board::Replay> replay(events::EventId after, const std::string& session);
  std::shared_ptr<Waker> enter(std::uint64_t stream, const asio::any_io_executor& executor);
  bool is_followed_by(std::uint64_t stream, const std::shared_ptr<Waker>& waker) const;
  void leave(std::uint64_t stream, const std::shared_ptr<Waker>& waker);

  mutable std::mutex mutex_;
  events::Board board_;
  Followers followers_;
  bool is_closed_ = false;
};

}  // namespace mooring::pipeline
