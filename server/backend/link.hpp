// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "core/result/result.hpp"
#include "server/child/lines.hpp"
#include "server/child/process.hpp"
#include "server/child/stderr_reader.hpp"
#include "server/settings/settings.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace mooring::backend {

/// One run of a stdio server: a child process, or a connection to a bridge that has one. Lines in,
/// lines out, and one end. Lives on one io_context's thread.
class Link : public std::enable_shared_from_this<Link> {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void on_line(std::string_view line) = 0;
    virtual void on_stderr(std::string_view line) = 0;
    /// Of a flood, instead of so many lines.
    virtual void on_stderr_left_out(std::size_t lines) = 0;
    /// The last that is heard of this link. Nothing of its process group is left.
    virtual void on_end(const std::string& why) = 0;
  };

  /// The listener must outlive the link's end.
  static Result<std::shared_ptr<Link>> open(
      asio::io_context& context, const settings::StdioCommand& command, Listener& listener
  );
  static Result<std::shared_ptr<Link>> open(
      asio::io_context& context, const settings::StdioSocket& socket, Listener& listener
  );

  /// False if more than 64 MiB wait to be read by the server.
  [[nodiscard]] bool has_room(std::size_t bytes) const;

  /// What is written into this buffer goes out with the next write, together; call `flush` then.
  std::string& outbox() { return outbox_; }

  void flush();
  void close(std::string why);

 private:
  Link(asio::io_context& context, child::Fd socket, Listener& listener);
  void start();
  asio::awaitable<void> read(std::shared_ptr<Link> self);
  asio::awaitable<void> attend(std::shared_ptr<Link> self);
  asio::awaitable<void> wait_for_end();
  asio::awaitable<void> end_process();
  bool take_lines();
  void write();
  void wake();

  asio::io_context& context_;
  asio::local::stream_protocol::socket socket_;
  Listener& listener_;
  child::Lines lines_;
  std::string outbox_;
  std::string writing_;
  bool is_writing_ = false;
  bool has_closed_ = false;  // we: nothing is given to the listener any more but the end
  bool has_read_all_ = false;
  std::string why_;
  asio::steady_timer changed_;
  std::shared_ptr<child::Process> process_;
  std::shared_ptr<child::StderrReader> errors_;
};

}  // namespace mooring::backend
