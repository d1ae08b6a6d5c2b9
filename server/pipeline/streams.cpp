// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/streams.hpp"

#include "server/pipeline/moment.hpp"

namespace mooring::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

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
  for (const auto& [stream, follower] : followers_) {
    if (const auto waker = follower.lock()) {
      waker->put({});
    }
  }
}

void Streams::close() {
  const std::lock_guard lock(mutex_);
  is_closed_ = true;
  for (const auto& [stream, follower] : followers_) {
    if (const auto waker = follower.lock()) {
      waker->put({});
    }
  }
}

void Streams::wake(std::uint64_t stream) {
  if (const auto found = followers_.find(stream); found != followers_.end()) {
    if (const auto waker = found->second.lock()) {
      waker->put({});
    }
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

asio::awaitable<Result<void>> Streams::follow(
    events::EventId after, std::string session, net::Client& client, http::Reply head
) {
  auto missed = replay(after, session);
  if (!missed) {
    co_return tl::unexpected(missed.error());
  }
  const auto waker = std::make_shared<Waker>(client.executor());
  {
    const std::lock_guard lock(mutex_);
    followers_.insert_or_assign(after.stream, waker);
  }
  client.on_gone([waker] { waker->put({}); });
  bool goes_on = co_await client.begin(head);
  // What came between the first look and the entry is seen now.
  while (goes_on && (missed = replay(after, session))) {
    for (const events::Frame& frame : missed->frames) {
      goes_on = goes_on && co_await client.write(*frame);
    }
    after.number += missed->frames.size();
    if (missed->is_done || !goes_on) {
      break;
    }
    if (!co_await waker->next(between_signs_of_life)) {
      goes_on = co_await client.write(events::keep_alive);
    }
    goes_on = goes_on && !client.is_gone();
  }
  const std::lock_guard lock(mutex_);
  const auto mine = followers_.find(after.stream);
  if (mine != followers_.end() && mine->second.lock() == waker) {
    followers_.erase(mine);
  }
  co_return Result<void>();
}

}  // namespace mooring::pipeline
