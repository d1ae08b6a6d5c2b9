// SPDX-License-Identifier: Apache-2.0
#include "server/pipeline/peers.hpp"

#include "server/pipeline/inbox.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace mooring::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

struct Done {};

using Waiter = Inbox<Done>;

// Resolvers give up by themselves.
constexpr std::chrono::minutes longest_look_up{10};

}  // namespace

struct Peers::State {
  std::vector<hop::Peers> names;
  LookUp look_up;
  std::mutex mutex;
  bool is_looking = false;
  std::optional<Clock::time_point> looked;
  std::vector<hop::Replica> found;
  std::map<std::uint64_t, std::weak_ptr<Waiter>> waiting;
  std::uint64_t last_number = 0;
};

Peers::Peers(hop::Place place, PeerLimits limits, LookUp look_up)
    : self_(std::move(place.self)), limits_(limits), state_(std::make_shared<State>()) {
  state_->names = std::move(place.peers);
  state_->look_up = std::move(look_up);
}

asio::awaitable<std::vector<hop::Replica>> Peers::find(std::string also) const {
  std::vector<hop::Replica> all;
  const auto add = [&all, this](hop::Replica peer) {
    peer.instance = 0;
    const bool is_self = peer.address == self_.address && peer.port == self_.port;
    if (!is_self && std::find(all.begin(), all.end(), peer) == all.end()) {
      all.push_back(std::move(peer));
    }
  };
  if (auto owner = hop::decode(also)) {
    add(std::move(*owner));
  }
  for (hop::Replica& peer : co_await found()) {
    add(std::move(peer));
  }
  co_return all;
}

asio::awaitable<std::vector<hop::Replica>> Peers::found() const {
  const auto executor = co_await asio::this_coro::executor;
  const auto waiter = std::make_shared<Waiter>(executor);
  std::uint64_t number = 0;
  bool is_first = false;
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->looked && Clock::now() - *state_->looked < limits_.kept) {
      co_return state_->found;
    }
    number = ++state_->last_number;
    state_->waiting.emplace(number, waiter);
    is_first = !std::exchange(state_->is_looking, true);
  }
  if (is_first) {
    asio::co_spawn(executor, look(state_), asio::detached);
  }
  co_await waiter->next(limits_.patience);
  const std::lock_guard lock(state_->mutex);
  state_->waiting.erase(number);
  co_return state_->found;
}

asio::awaitable<void> Peers::look(std::shared_ptr<State> state) {
  const auto end = [](State* looking) {
    const std::lock_guard lock(looking->mutex);
    looking->is_looking = false;
  };
  std::unique_ptr<State, decltype(end)> looking(state.get(), end);
  std::vector<hop::Replica> found;
  for (const hop::Peers& peers : state->names) {
    for (const auto& endpoint : co_await state->look_up(peers.host, peers.port, longest_look_up)) {
      found.push_back({endpoint.address().to_string(), endpoint.port(), 0});
    }
  }
  const std::lock_guard lock(state->mutex);
  looking.release()->is_looking = false;
  state->found = std::move(found);
  state->looked = Clock::now();
  for (const auto& [number, waiting] : std::exchange(state->waiting, {})) {
    if (const auto waiter = waiting.lock()) {
      waiter->put({});
    }
  }
}

}  // namespace mooring::pipeline
