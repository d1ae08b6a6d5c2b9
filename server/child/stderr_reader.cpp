// SPDX-License-Identifier: Apache-2.0
#include "server/child/stderr_reader.hpp"

#include "core/text/ascii.hpp"

namespace mooring::child {
namespace {

constexpr std::size_t longest_line = 8 << 10;

}  // namespace

StderrReader::StderrReader(asio::io_context& context, Fd pipe, OnLine on_line)
    : pipe_(context, pipe.release()),
      on_line_(std::move(on_line)),
      lines_(longest_line, Lines::TooLong::cut),
      done_(context) {}

std::shared_ptr<StderrReader> StderrReader::start(
    asio::io_context& context, Fd pipe, OnLine on_line
) {
  std::shared_ptr<StderrReader> reader(
      new StderrReader(context, std::move(pipe), std::move(on_line))
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
  is_done_ = true;
  done_.cancel();
}

asio::awaitable<void> StderrReader::finish(std::chrono::milliseconds patience) {
  if (!is_done_) {
    done_.expires_after(patience);
    error_code ignored;
    co_await done_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  error_code ignored;
  pipe_.close(ignored);
}

void StderrReader::take(std::string_view line) {
  if (!text::trim(line).empty()) {
    last_words_.add(line);
    on_line_(line);
  }
}

}  // namespace mooring::child
