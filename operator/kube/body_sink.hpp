// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/cpprest.hpp"
#include "operator/kube/watch_stream.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace mooring::kube {

/// The body of an answer, kept whole as far as it may go: in size, and in the time it takes.
class AnswerBody {
 public:
  using Clock = std::chrono::steady_clock;

  AnswerBody(std::size_t most, Clock::time_point until) : most_(most), until_(until) {}

  WatchStream::Push push(std::string_view bytes) {
    if (bytes.size() > most_ - text_.size() || Clock::now() > until_) {
      return WatchStream::Push::refused;
    }
    text_ += bytes;
    return WatchStream::Push::more;
  }

  static void when_room(const std::function<void()>& resume) { resume(); }

  std::string take() { return std::move(text_); }

 private:
  const std::size_t most_;
  const Clock::time_point until_;
  std::string text_;
};

/// The stream buffer into which the library writes a body, chunk by chunk, as it comes; a Taker is
/// a WatchStream or an AnswerBody. Only writing is of meaning; the rest is what the base class
/// demands.
template <class Taker>
class BodySink final : public Concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  explicit BodySink(std::shared_ptr<Taker> taker)
      : streambuf_state_manager(std::ios_base::out), taker_(std::move(taker)) {}

  bool can_seek() const override { return false; }

  bool has_size() const override { return false; }

  size_t buffer_size(std::ios_base::openmode) const override { return 0; }

  void set_buffer_size(size_t, std::ios_base::openmode) override {}

  size_t in_avail() const override { return 0; }

  pos_type getpos(std::ios_base::openmode) const override { return {}; }

  pos_type seekpos(pos_type, std::ios_base::openmode) override { return {}; }

  pos_type seekoff(off_type, std::ios_base::seekdir, std::ios_base::openmode) override {
    return {};
  }

  bool acquire(uint8_t*&, size_t&) override { return false; }

  void release(uint8_t*, size_t) override {}

 protected:
  pplx::task<size_t> _putn(const uint8_t* bytes, size_t count) override {
    // An exception thrown here would leave the library's thread: it goes into the task instead.
    try {
      const std::string_view text(reinterpret_cast<const char*>(bytes), count);
      switch (taker_->push(text)) {
        case WatchStream::Push::more:
          return pplx::task_from_result(count);
        case WatchStream::Push::refused:
          throw std::runtime_error("more came than is taken");
        case WatchStream::Push::full:
          break;
      }
      const pplx::task_completion_event<size_t> room;
      taker_->when_room([room, count] { room.set(count); });
      return pplx::create_task(room);
    } catch (...) {
      return pplx::task_from_exception<size_t>(std::current_exception());
    }
  }

  pplx::task<int_type> _putc(uint8_t byte) override {
    return _putn(&byte, 1).then([byte](size_t) { return static_cast<int_type>(byte); });
  }

  pplx::task<bool> _sync() override { return pplx::task_from_result(true); }

  uint8_t* _alloc(size_t) override { return nullptr; }

  void _commit(size_t) override {}

  pplx::task<int_type> _bumpc() override { return none(); }

  int_type _sbumpc() override { return traits::eof(); }

  pplx::task<int_type> _getc() override { return none(); }

  int_type _sgetc() override { return traits::eof(); }

  pplx::task<int_type> _nextc() override { return none(); }

  pplx::task<int_type> _ungetc() override { return none(); }

  pplx::task<size_t> _getn(uint8_t*, size_t) override { return pplx::task_from_result<size_t>(0); }

  size_t _scopy(uint8_t*, size_t) override { return 0; }

 private:
  static pplx::task<int_type> none() { return pplx::task_from_result<int_type>(traits::eof()); }

  std::shared_ptr<Taker> taker_;
};

}  // namespace mooring::kube
