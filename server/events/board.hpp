// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/events/log.hpp"

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mooring::events {

struct BoardLimits {
  Log::Limits stream{256, 1 << 20};
  std::size_t streams = 10'000;
  std::size_t bytes = 64 << 20;
  /// For how long a stream that is done can be resumed.
  std::chrono::seconds keep{300};
};

/// The logs of all streams of a process, within limits. Too many streams cost those that were used
/// longest ago, done ones first: one that is dropped so goes on without ids. Too many bytes cost
/// the stream that holds the most its history, so nobody else's is lost by it; it goes on as before
/// for whoever has read all of it. Not for several threads at once.
class Board {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `first_stream` is drawn at random, so that the ids of an earlier process do not come again.
  Board(BoardLimits limits, std::uint64_t first_stream)
      : limits_(limits), next_stream_(first_stream) {}

  /// A stream of that owner (a session, say), who alone may resume it.
  EventId open(std::string owner, Time now);
  /// The event to be sent. Without an id if the stream's history has been given up.
  Frame append(std::uint64_t stream, std::string_view data, Time now);
  /// There will be no further event.
  void finish(std::uint64_t stream, Time now);
  /// Forgets all streams of an owner who is no more.
  void forget(std::string_view owner);

  struct Replay {
    std::vector<Frame> frames;
    bool is_done = false;  ///< nothing comes after them
  };

  /// What the owner has missed. Errc::not_found if there is no such stream of that owner (any
  /// more), else as Log::after.
  Result<Replay> replay(EventId after, std::string_view owner, Time now);

  std::size_t streams() const { return streams_.size(); }

  std::size_t bytes() const { return bytes_; }

 private:
  struct Stream {
    Log log;
    std::string owner;
    Time used;
    bool is_done = false;
  };

  using Order = std::list<Stream>;  // the one used longest ago first

  Order& order_of(const Stream& stream) { return stream.is_done ? done_ : going_; }

  void use(Order::iterator stream, Time now);
  void drop(Order::iterator stream);
  void make_room(Time now);
  void drop_largest();

  const BoardLimits limits_;
  std::uint64_t next_stream_;
  Order going_;
  Order done_;
  std::unordered_map<std::uint64_t, Order::iterator> streams_;
  std::size_t bytes_ = 0;
};

}  // namespace mooring::events
