// SPDX-License-Identifier: Apache-2.0
#include "server/events/board.hpp"

#include <algorithm>

namespace mooring::events {

EventId Board::open(std::string owner, Time now) {
  const std::uint64_t id = next_stream_++;
  going_.push_back({Log(id, limits_.stream), std::move(owner), now});
  streams_.emplace(id, std::prev(going_.end()));
  make_room(now);
  return {id, 0};
}

Frame Board::append(std::uint64_t stream, std::string_view data, Time now) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second->is_done) {
    return std::make_shared<const std::string>(frame("", data));
  }
  Log& log = found->second->log;
  bytes_ -= log.bytes();
  Frame made = log.append(data);
  bytes_ += log.bytes();
  use(found->second, now);
  make_room(now);
  return made;
}

void Board::finish(std::uint64_t stream, Time now) {
  const auto found = streams_.find(stream);
  if (found == streams_.end() || found->second->is_done) {
    return;
  }
  done_.splice(done_.end(), going_, found->second);
  found->second->is_done = true;
  found->second->used = now;
  make_room(now);
}

void Board::forget(std::string_view owner) {
  for (Order* order : {&going_, &done_}) {
    for (auto stream = order->begin(); stream != order->end();) {
      const auto next = std::next(stream);
      if (stream->owner == owner) {
        drop(stream);
      }
      stream = next;
    }
  }
}

Result<Board::Replay> Board::replay(EventId after, std::string_view owner, Time now) {
  make_room(now);
  const auto found = streams_.find(after.stream);
  if (found == streams_.end() || found->second->owner != owner) {
    return fail(
        Errc::not_found,
        "this session has no stream with the event " + print(after) +
            " that can be resumed (any more); without Last-Event-ID a new stream begins"
    );
  }
  use(found->second, now);
  MOORING_TRY(auto frames, found->second->log.after(after.number));
  return Replay{std::move(frames), found->second->is_done};
}

void Board::use(Order::iterator stream, Time now) {
  stream->used = now;
  Order& order = order_of(*stream);
  order.splice(order.end(), order, stream);
}

void Board::drop(Order::iterator stream) {
  bytes_ -= stream->log.bytes();
  streams_.erase(stream->log.origin().stream);
  order_of(*stream).erase(stream);
}

void Board::make_room(Time now) {
  while (!done_.empty() && now - done_.front().used > limits_.keep) {
    drop(done_.begin());
  }
  while (streams_.size() > limits_.streams) {
    drop(done_.empty() ? going_.begin() : done_.begin());
  }
  while (bytes_ > limits_.bytes) {
    drop_largest();
  }
}

// The walk is paid by what it frees: at least the mean of all, so the fewer bytes a log has, the
// more has to be said until the next walk.
void Board::drop_largest() {
  const auto is_smaller = [](const Stream& one, const Stream& other) {
    return one.log.bytes() < other.log.bytes();
  };
  const auto going = std::max_element(going_.begin(), going_.end(), is_smaller);
  const auto done = std::max_element(done_.begin(), done_.end(), is_smaller);
  if (done != done_.end() && (going == going_.end() || !is_smaller(*done, *going))) {
    drop(done);
    return;
  }
  bytes_ -= going->log.bytes();
  going->log.clear();
}

}  // namespace mooring::events
