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

  void put(Item item) {
    {
      const std::lock_guard lock(mutex_);
      items_.push_back(std::move(item));
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

  /// The next item, or nothing once `patience` is over. For one coroutine at a time, on the
  /// executor. What is there already is had without a suspension.
  asio::awaitable<std::optional<Item>> next(std::chrono::steady_clock::duration patience) {
    auto item = take(true);
    if (!item) {
      alarm_.expires_after(patience);
      error_code woken;
      co_await alarm_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
      item = take(false);
    }
    co_return item;
  }

 private:
  std::optional<Item> take(bool is_awaited_then) {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) {
      is_awaited_ = is_awaited_then;
      return std::nullopt;
    }
    is_awaited_ = false;
    std::optional<Item> item(std::move(items_.front()));
    items_.pop_front();
    return item;
  }

  mutable std::mutex mutex_;
  std::deque<Item> items_;
  bool is_awaited_ = false;
  asio::steady_timer alarm_;
};

}  // namespace mooring::pipeline
