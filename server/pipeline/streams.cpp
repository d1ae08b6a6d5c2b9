// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/streams.hpp"

#include "server/pipeline/moment.hpp"

#include <algorithm>

namespace mooring::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// Once is enough until it looks.
template <class Waker>
void ring(const std::weak_ptr<Waker>& follower) {
  if (const auto waker = follower.lock(); waker && waker->size() == 0) {
    waker->put({});
  }
}

}  // namespace

events::EventId Streams::open(const std::string& session) {
  const std::lock_guard lock(mutex_);
  return board_.open(session, Clock::now());
}

events::Frame Streams::append(std::uint64_t stream, std::string_view message) {
  const std::lock_guard lock(mutex_);
  auto frame = board_.append(stream, message, Clock::now());
  wake(stream);
  return frame;
}

void Streams::finish(std::uint64_t stream) {
  const std::lock_guard lock(mutex_);
  board_.finish(stream, Clock::now());
  wake(stream);
}

void Streams::forget(const std::string& session) {
  const std::lock_guard lock(mutex_);
  board_.forget(session);
  wake_all();
}

void Streams::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  wake_all();
}

void Streams::wake(std::uint64_t stream) {
  if (const auto found = followers_.find(stream); found != followers_.end()) {
    ring(found->second);
  }
}

void Streams::wake_all() {
  for (const auto& [stream, follower] : followers_) {
    ring(follower);
  }
}

Result<events::Board::Replay> Streams::replay(events::EventId after, const std::string& session) {
  const std::lock_guard lock(mutex_);
  auto missed = board_.replay(after, session, Clock::now());
  if (missed && is_closed_) {
    missed->is_done = true;
  }
  return missed;
}

bool Streams::has(std::uint64_t stream, const std::string& session) {
  const auto found = replay({stream, 0}, session);
  return found || found.error().code != Errc::not_found;
}

std::shared_ptr<Streams::Waker> Streams::enter(
    std::uint64_t stream, const asio::any_io_executor& executor
) {
  auto waker = std::make_shared<Waker>(executor);
  const std::lock_guard lock(mutex_);
  wake(stream);  // who followed until now finds that somebody else does
  followers_.insert_or_assign(stream, waker);
  return waker;
}

bool Streams::is_followed_by(std::uint64_t stream, const std::shared_ptr<Waker>& waker) const {
  const std::lock_guard lock(mutex_);
  const auto found = followers_.find(stream);
  return found != followers_.end() && found->second.lock() == waker;
}

void Streams::leave(std::uint64_t stream, const std::shared_ptr<Waker>& waker) {
  const std::lock_guard lock(mutex_);
  const auto found = followers_.find(stream);
  if (found != followers_.end() && found->second.lock() == waker) {
    followers_.erase(found);
  }
}

asio::awaitable<Result<void>> Streams::follow(
    events::EventId after, std::string session, Time until, net::Client& client, http::Reply head
) {
  auto missed = replay(after, session);
  if (!missed) {
    co_return tl::unexpected(missed.error());
  }
  const auto waker = enter(after.stream, client.executor());
  client.on_gone([waker] { waker->put({}); });
  bool goes_on = co_await client.begin(head);
  // What came between the first look and the entry is seen now.
  while (goes_on && is_followed_by(after.stream, waker) && (missed = replay(after, session))) {
    for (const events::Frame& frame : missed->frames) {
      goes_on = goes_on && co_await client.write(*frame);
    }
    after.number += missed->frames.size();
    const auto left = until - Clock::now();
    if (missed->is_done || !goes_on || left <= Clock::duration::zero()) {
      break;
    }
    if (!co_await waker->next(std::min<Clock::duration>(between_signs_of_life, left))) {
      goes_on = co_await client.write(events::keep_alive);
    }
    goes_on = goes_on && !client.is_gone();
  }
  leave(after.stream, waker);
  co_return Result<void>();
}

}  // namespace mooring::pipeline
