// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

namespace mooring::pipeline {

/// What one coroutine waits for, put in from any thread. Nothing is lost and nothing overtakes.
/// The executor must be that of one thread.
template <class Item>
class Inbox : public std::enable_shared_from_this<Inbox<Item>> {
 public:
  explicit Inbox(const asio::any_io_executor& executor) : alarm_(executor) {}

  /// `bytes` is what it takes, as far as somebody has to know.
  void put(Item item, std::size_t bytes = 0) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back({std::move(item), bytes});
      bytes_ += bytes;
      if (!std::exchange(is_awaited_, false)) {
        return;
      }
    }
    // The alarm may only be touched on its own thread.
    asio::post(alarm_.get_executor(), [self = this->shared_from_this()] { self->alarm_.cancel(); });
  }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return items_.size();
  }

  /// Of all that waits to be taken.
  std::size_t bytes() const {
    const std::lock_guard lock(mutex_);
    return bytes_;
  }

  /// The next item, or nothing once `patience` is over. For one coroutine at a time, on the
  /// executor. What is there already is had without a suspension.
  asio::awaitable<std::optional<Item>> next(std::chrono::steady_clock::duration patience) {
    if (auto item = take(true)) {
      co_return item;
    }
    // An alarm rung for an item that was taken meanwhile may be heard only now: then it waits on.
    const auto until = std::chrono::steady_clock::now() + patience;
    for (;;) {
      alarm_.expires_at(until);
      error_code woken;
      co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      const bool waits_on = std::chrono::steady_clock::now() < until;
      if (auto item = take(waits_on); item || !waits_on) {
        co_return item;
      }
    }
  }

 private:
  std::optional<Item> take(bool is_awaited_then) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) {
      is_awaited_ = is_awaited_then;
      return std::nullopt;
    }
    is_awaited_ = false;
    std::optional<Item> item(std::move(items_.front().item));
    bytes_ -= items_.front().bytes;
    items_.pop_front();
    return item;
  }

  struct Entry {
    Item item;
    std::size_t bytes = 0;
  };

  mutable std::mutex mutex_;
  std::deque<Entry> items_;
  std::size_t bytes_ = 0;
  bool is_awaited_ = false;
  asio::steady_timer alarm_;
};

}  // namespace mooring::pipeline
