// SPDX-License-Identifier: Apache-2.0
#include "operator/kube/watch_stream.hpp"

#include <utility>

namespace mooring::kube {
namespace {

constexpr std::size_t error_body_limit = 64U << 10U;

}  // namespace

WatchStream::Next WatchStream::next(std::chrono::milliseconds at_most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, at_most, [this] {
    return ended_ || (status_ == 200 && !lines_.empty());
  });
  if (status_ == 200 && !lines_.empty()) {
    Line line{std::move(lines_.front())};
    lines_.pop_front();
    buffered_ -= line.text.size();
    if (const auto resume = room_made()) {
      lock.unlock();
      resume();
    }
    return line;
  }
  if (ended_) {
    return *ended_;
  }
  return Nothing{};
}

void WatchStream::cancel() {
  std::unique_lock lock(mutex_);
  lines_.clear();
  buffered_ = 0;
  const auto close_connection = std::move(close_);
  close_ = nullptr;
  answered_ = nullptr;
  close(lock, Failure{{Errc::unavailable, what_ + ": cancelled"}, 0, {}, {}, {}, false});
  if (close_connection) {
    close_connection();
  }
}

void WatchStream::on_cancel(std::function<void()> close) {
  std::unique_lock lock(mutex_);
  if (!ended_) {
    close_ = std::move(close);
    return;
  }
  lock.unlock();
  close();
}

void WatchStream::on_answer(std::function<void(int)> told) {
  std::unique_lock lock(mutex_);
  if (status_ == 0 && !ended_) {
    answered_ = std::move(told);
    return;
  }
  const int status = status_;
  lock.unlock();
  told(status);
}

void WatchStream::head(int status, std::string retry_after) {
  std::unique_lock lock(mutex_);
  status_ = status;
  retry_after_ = std::move(retry_after);
  changed_.notify_all();
  const auto told = std::exchange(answered_, nullptr);
  lock.unlock();
  if (told) {
    told(status);
  }
}

WatchStream::Push WatchStream::push(std::string_view bytes) {
  std::unique_lock lock(mutex_);
  if (ended_) {
    return Push::refused;
  }
  for (;;) {
    const std::size_t end = bytes.find('\n');
    partial_.append(bytes.substr(0, end));
    if (partial_.size() > limits_.line) {
      close(
          lock,
          Failure{
              {Errc::internal,
               what_ + ": a line is longer than " + std::to_string(limits_.line) + " bytes"},
              0,
              {},
              {},
              {},
              false}
      );
      return Push::refused;
    }
    if (end == std::string_view::npos) {
      break;
    }
    bytes.remove_prefix(end + 1);
    buffered_ += partial_.size();
    lines_.push_back(std::move(partial_));
    partial_.clear();
  }
  changed_.notify_all();
  return buffered_ > limits_.buffered ? Push::full : Push::more;
}

void WatchStream::when_room(std::function<void()> resume) {
  {
    const std::lock_guard lock(mutex_);
    if (!ended_ && buffered_ > limits_.buffered) {
      resume_ = std::move(resume);
      return;
    }
  }
  resume();
}

std::function<void()> WatchStream::room_made() {
  if (!resume_ || (!ended_ && buffered_ > limits_.buffered / 2)) {
    return nullptr;
  }
  auto resume = std::move(resume_);
  resume_ = nullptr;
  return resume;
}

void WatchStream::end(std::optional<Failure> failure) {
  std::unique_lock lock(mutex_);
  if (status_ != 200 && status_ != 0) {
    // What came is the body of the error.
    std::string body;
    for (const std::string& line : lines_) {
      body += line;
    }
    body += partial_;
    body.resize(std::min(body.size(), error_body_limit));
    failure = failure_of(status_, body, retry_after_, what_);
    lines_.clear();
  }
  close_ = nullptr;
  close(lock, std::move(failure));
}

/// Ends the stream unless it has ended before; lines already there can still be taken. Leaves
/// unlocked.
void WatchStream::close(std::unique_lock<std::mutex>& lock, std::optional<Failure> failure) {
  if (!ended_) {
    ended_ = Ended{std::move(failure)};
  }
  changed_.notify_all();
  const auto resume = room_made();
  const auto told = std::exchange(answered_, nullptr);
  lock.unlock();
  if (told) {
    told(0);
  }
  if (resume) {
    resume();
  }
}

}  // namespace mooring::kube
