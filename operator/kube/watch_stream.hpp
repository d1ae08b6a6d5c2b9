// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/failure.hpp"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace mooring::kube {

/// The lines of a watch on their way from the transport's threads to the one that takes them. Holds
/// a bounded amount: beyond it the transport is told to wait, so that a slow taker slows the
/// connection and not fills the memory.
class WatchStream {
 public:
  struct Limits {
    std::size_t line = 16U << 20U;
    std::size_t buffered = 8U << 20U;
  };

  struct Line {
    std::string text;
  };

  /// Without a failure: the server ended it as asked.
  struct Ended {
    std::optional<Failure> failure;
  };

  struct Nothing {};

  using Next = std::variant<Line, Ended, Nothing>;

  /// `what` names the request in messages.
  explicit WatchStream(std::string what) : WatchStream(std::move(what), Limits{}) {}

  WatchStream(std::string what, Limits limits) : what_(std::move(what)), limits_(limits) {}

  // For the taker.
  Next next(std::chrono::milliseconds at_most);
  /// From any thread: the connection is closed, `next` tells the end at once.
  void cancel();

  // For the transport.
  enum class Push { more, full, refused };
  /// How to close the connection.
  void on_cancel(std::function<void()> close);
  /// Called once, with the status of the answer, or 0 where none came; not after `cancel`.
  void on_answer(std::function<void(int)> told);
  /// The head of the answer. Only then lines are handed out: those of an error's body are none.
  void head(int status, std::string retry_after);
  Push push(std::string_view bytes);
  /// Calls back once there is room (at once if there is).
  void when_room(std::function<void()> resume);
  void end(std::optional<Failure> failure);

 private:
  void close(std::unique_lock<std::mutex>& lock, std::optional<Failure> failure);
  std::function<void()> room_made();

  std::string what_;
  Limits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  std::size_t buffered_ = 0;
  std::string partial_;
  int status_ = 0;
  std::string retry_after_;
  std::optional<Ended> ended_;
  std::function<void()> close_;
  std::function<void(int)> answered_;
  std::function<void()> resume_;
};

}  // namespace mooring::kube
