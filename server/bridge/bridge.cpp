// SPDX-License-Identifier: Apache-2.0
#include "server/bridge/bridge.hpp"

#include "core/log/log.hpp"
#include "core/net/asio.hpp"
#include "server/bridge/socket.hpp"
#include "server/child/process.hpp"
#include "server/child/stderr_reader.hpp"

#include <nlohmann/json.hpp>

#include <csignal>
#include <cstring>
#include <iostream>
#include <set>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>

namespace mooring::bridge {
namespace {

using asio::redirect_error;
using asio::use_awaitable;
using asio::posix::stream_descriptor;
using child::Fd;

constexpr std::chrono::seconds grace{5};
constexpr std::chrono::hours forever{24};

struct Connection {
  Fd socket;
  std::shared_ptr<child::Process> process;
  std::shared_ptr<child::StderrReader> errors;
  bool hung_up = false;
};

// Never blocks: whoever does not read his socket empty does not get the reason.
void say_exited(const Connection& connection, const std::string& message) {
  const nlohmann::json line = {
      {"jsonrpc", "2.0"},
      {"method", "notifications/mooring/exited"},
      {"params",
       {{"message", message}, {"stderr", connection.errors ? connection.errors->last() : ""}}}};
  // The child may have ended in the middle of a line.
  const std::string bytes =
      "\n" + line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  send(connection.socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

class Bridge {
 public:
  Bridge(std::vector<std::string> command, Fd listener, std::size_t most)
      : most_(most),
        command_{.argv = std::move(command), .directory = "", .env = {}},
        listener_(context_, listener.release()),
        signals_(context_, SIGTERM, SIGINT, SIGCHLD) {}

  void run() {
    asio::co_spawn(context_, accept(), asio::detached);
    asio::co_spawn(context_, obey(), asio::detached);
    context_.run();
  }

 private:
  asio::awaitable<void> accept() {
    error_code error;
    while (!stopping_) {
      co_await listener_.async_wait(
          stream_descriptor::wait_read, redirect_error(use_awaitable, error)
      );
      if (error) {
        co_return;
      }
      if (Fd socket(::accept4(listener_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC)); socket) {
        auto connection = std::make_shared<Connection>();
        connection->socket = std::move(socket);
        open(connection);
      } else if (errno != EINTR && errno != EAGAIN) {
        log::warn("connection not accepted", {{"error", std::strerror(errno)}});
        asio::steady_timer pause(context_, std::chrono::milliseconds(200));
        co_await pause.async_wait(redirect_error(use_awaitable, error));
      }
    }
  }

  void open(const std::shared_ptr<Connection>& connection) {
    if (connections_.size() >= most_) {
      say_exited(*connection, "the bridge has " + std::to_string(most_) + " connections already");
      return;
    }
    auto spawned = child::spawn(command_, connection->socket);
    if (!spawned) {
      log::error("command not started", {{"error", spawned.error().message}});
      say_exited(*connection, spawned.error().message);
      return;
    }
    connection->process = child::Process::watch(context_, *spawned);
    connection->errors = child::StderrReader::start(
        context_,
        std::move(spawned->stderr_pipe),
        child::Mask::of(command_.env),
        {[](std::string_view line) {
           log::info("stderr", {{"line", line}});
         },
         [](std::size_t lines) {
           log::warn("stderr: lines left out", {{"count", lines}});
         }}
    );
    connections_.insert(connection);
    log::debug("command started", {{"pid", spawned->pid}});
    asio::co_spawn(context_, watch_hang_up(connection), asio::detached);
    asio::co_spawn(context_, attend(connection), asio::detached);
  }

  // The socket itself is not given to Asio: that would make it non-blocking for the child too. An
  // epoll set that asks for no event still tells of a hang-up, and only of that: a peer that has
  // finished writing may still read.
  asio::awaitable<void> watch_hang_up(std::shared_ptr<Connection> connection) {
    stream_descriptor set(context_, epoll_create1(EPOLL_CLOEXEC));
    epoll_event nothing{};
    epoll_ctl(set.native_handle(), EPOLL_CTL_ADD, connection->socket.get(), &nothing);
    while (!connection->hung_up && !connection->process->status()) {
      error_code error;
      co_await set.async_wait(stream_descriptor::wait_read, redirect_error(use_awaitable, error));
      connection->hung_up = true;
      connection->process->wake();
    }
  }

  asio::awaitable<void> attend(std::shared_ptr<Connection> connection) {
    while (!connection->process->status() && !connection->hung_up && !stopping_) {
      co_await connection->process->changed_within(forever);
    }
    const bool ended_itself = connection->process->status().has_value();
    const int status = co_await connection->process->end(grace);
    co_await connection->errors->finish(std::chrono::seconds(1));
    const std::string how = "command " + child::describe_exit(status);
    if (ended_itself) {
      log::warn("command ended", {{"how", how}, {"stderr", connection->errors->last()}});
    }
    say_exited(*connection, how);
    shutdown(connection->socket.get(), SHUT_RDWR);  // wakes watch_hang_up
    connections_.erase(connection);
  }

  asio::awaitable<void> obey() {
    while (!is_done_) {
      error_code error;
      const int signal = co_await signals_.async_wait(redirect_error(use_awaitable, error));
      if (error) {
        co_return;
      }
      if (signal == SIGCHLD) {
        reap_strangers();
      } else if (!std::exchange(stopping_, true)) {
        listener_.close();
        for (const auto& connection : connections_) {
          connection->process->wake();
        }
        asio::co_spawn(context_, stop_when_idle(), asio::detached);
      }
    }
  }

  asio::awaitable<void> stop_when_idle() {
    asio::steady_timer timer(context_);
    while (!connections_.empty()) {
      timer.expires_after(std::chrono::milliseconds(10));
      error_code error;
      co_await timer.async_wait(redirect_error(use_awaitable, error));
    }
    // A signal that is on its way already is not cancelled by this: then the flag ends the loop.
    is_done_ = true;
    signals_.cancel();
  }

  // As a container's first process it inherits what others leave behind, `kubectl exec` for one.
  void reap_strangers() {
    siginfo_t ended{};
    while (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid != 0) {
      for (const auto& connection : connections_) {
        if (connection->process->guardian() == ended.si_pid) {
          return;  // its Process reaps it; what else waits is found with the next one's end
        }
      }
      waitpid(ended.si_pid, nullptr, 0);
      ended = {};
    }
  }

  asio::io_context context_{1};
  const std::size_t most_;
  const child::Command command_;
  stream_descriptor listener_;
  asio::signal_set signals_;
  std::set<std::shared_ptr<Connection>> connections_;
  bool stopping_ = false;
  bool is_done_ = false;
};

}  // namespace

int run(
    const std::string& socket, const std::vector<std::string>& command, std::size_t connections
) {
  log::configure(log::Level::info, log::Format::json);
  if (command.empty()) {
    std::cerr << "mcp-server bridge: no command; give one after the socket: "
                 "mcp-server bridge SOCKET -- PROGRAM [ARGUMENT…]\n";
    return 2;
  }
  auto listener = listen_at(socket);
  if (!listener) {
    std::cerr << "mcp-server bridge: " << listener.error().message << "\n";
    return 3;
  }
  log::info("bridge listening", {{"socket", socket}, {"command", command.front()}});
  Bridge(command, std::move(*listener), connections).run();
  unlink(socket.c_str());
  return 0;
}

}  // namespace mooring::bridge
