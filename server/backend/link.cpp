// SPDX-License-Identifier: Apache-2.0
#include "server/backend/link.hpp"

#include "core/text/ascii.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace mooring::backend {
namespace {

using asio::redirect_error;
using asio::use_awaitable;
using asio::local::stream_protocol;

constexpr std::size_t longest_line = 64 << 20;
constexpr std::size_t most_unwritten = 64 << 20;
constexpr std::chrono::seconds grace{5};
// A server that has closed its output is about to end, or is of no use.
constexpr std::chrono::seconds end_after_close{1};
constexpr std::chrono::hours forever{24};

Result<child::Fd> connect_to(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  child::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket ||
      connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return fail(
        Errc::unavailable,
        "socket " + text::quoted(path, 120) + ": " + std::strerror(errno) +
            "; its bridge is not running (yet)"
    );
  }
  return socket;
}

}  // namespace

Link::Link(asio::io_context& context, child::Fd socket, Listener& listener)
    : context_(context),
      socket_(context, stream_protocol(), socket.release()),
      listener_(listener),
      lines_(longest_line, child::Lines::TooLong::refuse),
      changed_(context) {}

Result<std::shared_ptr<Link>> Link::open(
    asio::io_context& context, const settings::StdioCommand& command, Listener& listener
) {
  MOORING_TRY(auto pair, child::stdio_pair());
  MOORING_TRY(
      auto spawned, child::spawn({command.argv, command.directory, command.env}, pair.second)
  );
  pair.second.reset();
  std::shared_ptr<Link> link(new Link(context, std::move(pair.first), listener));
  link->process_ = child::Process::watch(context, spawned);
  link->errors_ = child::StderrReader::start(
      context,
      std::move(spawned.stderr_pipe),
      child::Mask::of(command.env),
      {[&listener](std::string_view line) { listener.on_stderr(line); },
       [&listener](std::size_t lines) { listener.on_stderr_left_out(lines); }}
  );
  link->start();
  return link;
}

Result<std::shared_ptr<Link>> Link::open(
    asio::io_context& context, const settings::StdioSocket& socket, Listener& listener
) {
  MOORING_TRY(child::Fd connected, connect_to(socket.path));
  std::shared_ptr<Link> link(new Link(context, std::move(connected), listener));
  link->start();
  return link;
}

void Link::start() {
  asio::co_spawn(context_, read(shared_from_this()), asio::detached);
  asio::co_spawn(context_, attend(shared_from_this()), asio::detached);
}

bool Link::has_room(std::size_t bytes) const {
  return outbox_.size() + bytes <= most_unwritten;
}

// What comes while a write is under way goes out with the next one.
void Link::flush() {
  if (!is_writing_ && !has_closed_ && !outbox_.empty()) {
    is_writing_ = true;
    write();
  }
}

void Link::close(std::string why) {
  if (!has_closed_) {
    has_closed_ = true;
    why_ = std::move(why);
    wake();
  }
}

void Link::wake() {
  changed_.cancel();
  if (process_) {
    process_->wake();
  }
}

void Link::write() {
  writing_.clear();
  writing_.swap(outbox_);
  asio::async_write(
      socket_,
      asio::buffer(writing_),
      [self = shared_from_this()](error_code error, std::size_t /*written*/) {
        self->is_writing_ = false;
        // A broken pipe is left to the reader: there may still be something to read that says why.
        if (!error) {
          self->flush();
        }
      }
  );
}

asio::awaitable<void> Link::read(std::shared_ptr<Link> /*self*/) {
  error_code error;
  while (!error && !has_closed_) {
    const child::Lines::Space space = lines_.space();
    lines_.added(co_await socket_.async_read_some(
        asio::buffer(space.data, space.size), redirect_error(use_awaitable, error)
    ));
    if (!take_lines()) {
      close("wrote a line of more than 64 MiB");
    }
  }
  has_read_all_ = true;
  wake();
}

bool Link::take_lines() {
  while (const auto line = has_closed_ ? std::nullopt : lines_.next()) {
    listener_.on_line(*line);
  }
  return !lines_.overflowed();
}

asio::awaitable<void> Link::attend(std::shared_ptr<Link> /*self*/) {
  co_await wait_for_end();
  if (process_) {
    co_await end_process();
  } else if (!has_closed_) {
    why_ = "the bridge closed the connection";
  }
  has_closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  listener_.on_end(why_);
}

asio::awaitable<void> Link::wait_for_end() {
  while (!has_closed_ && !has_read_all_ && !(process_ && process_->status())) {
    if (process_) {
      co_await process_->changed_within(forever);
    } else {
      changed_.expires_after(forever);
      error_code woken;
      co_await changed_.async_wait(redirect_error(use_awaitable, woken));
    }
  }
}

asio::awaitable<void> Link::end_process() {
  if (has_read_all_ && !has_closed_) {
    co_await process_->changed_within(end_after_close);
  }
  const bool ended_itself = process_->status().has_value();
  const int status = co_await process_->end(grace);
  // What it wrote before its end is still to be read. It may have handed the other end to somebody
  // who is none of its descendants.
  const auto deadline = std::chrono::steady_clock::now() + end_after_close;
  while (!has_read_all_ && !has_closed_ && std::chrono::steady_clock::now() < deadline) {
    changed_.expires_at(deadline);
    error_code woken;
    co_await changed_.async_wait(redirect_error(use_awaitable, woken));
  }
  co_await errors_->finish(end_after_close);
  if (!has_closed_) {
    why_ = ended_itself ? "command " + child::describe_exit(status)
                        : "command closed its standard output";
    const std::string last = errors_->last();
    why_ += last.empty() ? "" : ": " + last;
  }
}

}  // namespace mooring::backend
