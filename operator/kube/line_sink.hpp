// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "operator/kube/cpprest.hpp"
#include "operator/kube/watch_stream.hpp"

#include <memory>
#include <stdexcept>

namespace mooring::kube {

/// The stream buffer into which the library writes a watch's body, chunk by chunk, as it comes.
/// Only writing is of meaning; the rest is what the base class demands.
class LineSink final : public Concurrency::streams::details::streambuf_state_manager<uint8_t> {
 public:
  explicit LineSink(std::shared_ptr<WatchStream> stream)
      : streambuf_state_manager(std::ios_base::out), stream_(std::move(stream)) {}

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
      switch (stream_->push(text)) {
        case WatchStream::Push::more:
          return pplx::task_from_result(count);
        case WatchStream::Push::refused:
          throw std::runtime_error("nobody takes this stream any more");
        case WatchStream::Push::full:
          break;
      }
      const pplx::task_completion_event<size_t> room;
      stream_->when_room([room, count] { room.set(count); });
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

  std::shared_ptr<WatchStream> stream_;
};

}  // namespace mooring::kube
