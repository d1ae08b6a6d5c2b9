// SPDX-License-Identifier: Apache-2.0
#include "server/child/stderr_reader.hpp"

#include "core/text/ascii.hpp"

#include <utility>

namespace mooring::child {
namespace {

constexpr std::size_t longest_line = 8 << 10;
constexpr std::size_t longest_last_words = 512;

}  // namespace

StderrReader::StderrReader(asio::io_context& context, Fd pipe, Mask mask, Ears ears)
    : pipe_(context, pipe.release()),
      mask_(std::move(mask)),
      ears_(std::move(ears)),
      lines_(longest_line, Lines::TooLong::cut),
      until_told_(context),
      done_(context) {}

std::shared_ptr<StderrReader> StderrReader::start(
    asio::io_context& context, Fd pipe, Mask mask, Ears ears
) {
  std::shared_ptr<StderrReader> reader(
      new StderrReader(context, std::move(pipe), std::move(mask), std::move(ears))
  );
  asio::co_spawn(context, reader->read(reader), asio::detached);
  return reader;
}

asio::awaitable<void> StderrReader::read(std::shared_ptr<StderrReader> /*self*/) {
  error_code error;
  while (!error) {
    const Lines::Space space = lines_.space();
    lines_.added(co_await pipe_.async_read_some(
        asio::buffer(space.data, space.size), asio::redirect_error(asio::use_awaitable, error)
    ));
    while (const auto line = lines_.next()) {
      take(*line);
    }
  }
  take(lines_.rest());
  until_told_.cancel();
  tell_left_out();
  is_done_ = true;
  done_.cancel();
}

asio::awaitable<void> StderrReader::finish(std::chrono::milliseconds patience) {
  if (!is_done_) {
    done_.expires_after(patience);
    error_code ignored;
    co_await done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  // Who listened may be gone before the last read has ended.
  ears_ = {[](std::string_view /*line*/) {}, [](std::size_t /*lines*/) {}};
  until_told_.cancel();
  error_code ignored;
  pipe_.close(ignored);
}

std::string StderrReader::last() const {
  // First the mask: half a secret would not be known as one.
  return std::string(text::utf8_cut(mask_.apply(last_words_.most_telling()), longest_last_words));
}

void StderrReader::take(std::string_view line) {
  if (text::trim(line).empty()) {
    return;
  }
  last_words_.add(line);
  if (ration_.take(Ration::Clock::now())) {
    ears_.line(line);
  } else {
    leave_out();
  }
}

void StderrReader::leave_out() {
  if (++left_out_ > 1) {
    return;
  }
  until_told_.expires_after(std::chrono::seconds(1));
  until_told_.async_wait([self = shared_from_this()](error_code error) {
    if (!error) {
      self->tell_left_out();
    }
  });
}

void StderrReader::tell_left_out() {
  if (left_out_ > 0) {
    ears_.left_out(std::exchange(left_out_, 0));
  }
}

}  // namespace mooring::child
