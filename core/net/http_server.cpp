// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_server.hpp"

#include "core/log/log.hpp"
#include "core/text/ascii.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <atomic>
#include <condition_variable>
#include <ctime>
#include <list>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace mooring::net {
namespace {

namespace beast = boost::beast;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

// What a connection waits for. Its deadline is looked at by the worker's sweep, not by a timer of
// its own: a coarse clock costs nothing a request.
enum class Phase { idle, reading, working, writing };

struct Connection {
  explicit Connection(tcp::socket s) : socket(std::move(s)) {}

  tcp::socket socket;
  Phase phase = Phase::idle;
  Clock::time_point since;
  std::string remote;
};

using Connections = std::list<Connection*>;
using Parser = beast::http::request_parser<beast::http::string_body>;

struct Worker {
  // Above `context`: coroutine frames that its destructor ends still take themselves off the list.
  Connections connections;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer sweep{context};
  std::thread thread;
  std::time_t date_at = 0;
  std::string date;
};

std::string_view date(Worker& worker) {
  const std::time_t now = std::time(nullptr);
  if (now != worker.date_at) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char buffer[64];
    const auto size = std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    worker.date.assign(buffer, size);
    worker.date_at = now;
  }
  return worker.date;
}

void write_head(
    std::string& head, const http::Reply& reply, std::string_view now, bool keep_alive
) {
  head.clear();
  head += "HTTP/1.1 ";
  head += std::to_string(reply.status);
  head += ' ';
  head += http::reason_phrase(reply.status);
  head += "\r\nDate: ";
  head += now;
  if (!reply.body.empty()) {
    head += "\r\nContent-Type: ";
    head += reply.content_type;
  }
  for (const auto& [name, value] : reply.headers) {
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
  }
  // RFC 9110 section 8.6: none with 204.
  if (reply.status != 204) {
    head += "\r\nContent-Length: ";
    head += std::to_string(reply.body.size());
  }
  head += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
}

struct Refusal {
  int status;
  const char* why;
};

Refusal refusal(const error_code& error) {
  if (error == beast::http::error::body_limit) {
    return {413, "the body is larger than this server accepts"};
  }
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    return {431, "the header fields are larger than this server accepts"};
  }
  return {400, "not an HTTP/1.1 request"};
}

http::Request view(const Parser& parser, const Connection& connection) {
  const auto& message = parser.get();
  http::Request request;
  request.method = {message.method_string().data(), message.method_string().size()};
  request.target = {message.target().data(), message.target().size()};
  request.body = message.body();
  request.remote = connection.remote;
  request.headers.reserve(16);
  for (const auto& field : message) {
    request.headers.push_back(
        {{field.name_string().data(), field.name_string().size()},
         {field.value().data(), field.value().size()}}
    );
  }
  return request;
}

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpServerOptions& o, Handler& h) : options(o), handler(h) {}

  const HttpServerOptions options;
  Handler& handler;
  std::vector<std::unique_ptr<Worker>> workers;
  unsigned short port = 0;
  std::atomic<std::size_t> open{0};
  std::atomic<bool> draining{false};
  std::atomic<Clock::time_point> drain_began{Clock::time_point::max()};
  std::atomic<Clock::duration> quiet{Clock::duration::max()};
  std::mutex mutex;
  std::condition_variable closed;
  bool stopped = false;

  Result<void> bind(Worker& worker, const tcp::endpoint& endpoint);
  asio::awaitable<void> accept(Worker& worker);
  asio::awaitable<void> sweep(Worker& worker);
  asio::awaitable<void> serve(Worker& worker, tcp::socket socket);
  asio::awaitable<void> exchanges(Worker& worker, Connection& connection);
  asio::awaitable<error_code> read(
      Connection& connection, beast::flat_buffer& buffer, Parser& parser
  );
  asio::awaitable<bool> write(
      Worker& worker, Connection& connection, http::Reply reply, bool keep_alive, bool head_only
  );
  bool expired(const Connection& connection, Clock::time_point now) const;
};

namespace {

// Keeps the books of one connection for as long as its coroutine lives.
class Entry {
 public:
  Entry(
      Worker& worker,
      Connection& connection,
      std::atomic<std::size_t>& open,
      std::condition_variable& closed,
      Handler& handler
  )
      : worker_(worker),
        open_(open),
        closed_(closed),
        handler_(handler),
        place_(worker.connections.insert(worker.connections.end(), &connection)) {
    handler_.connection_opened();
  }

  ~Entry() {
    worker_.connections.erase(place_);
    handler_.connection_closed();
    --open_;
    closed_.notify_all();
  }

  Entry(const Entry&) = delete;
  Entry& operator=(const Entry&) = delete;

 private:
  Worker& worker_;
  std::atomic<std::size_t>& open_;
  std::condition_variable& closed_;
  Handler& handler_;
  Connections::iterator place_;
};

}  // namespace

Result<void> HttpServer::Impl::bind(Worker& worker, const tcp::endpoint& endpoint) {
  error_code error;
  worker.acceptor.open(endpoint.protocol(), error);
  if (!error) {
    worker.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  if (!error && options.threads > 1) {
    const int on = 1;
    if (setsockopt(worker.acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) !=
        0) {
      error = error_code(errno, boost::system::system_category());
    }
  }
  if (!error) {
    worker.acceptor.bind(endpoint, error);
  }
  if (!error) {
    worker.acceptor.listen(tcp::acceptor::max_listen_connections, error);
  }
  if (error) {
    const std::string where = options.address + ":" + std::to_string(endpoint.port());
    const char* hint = error == asio::error::address_in_use
                           ? ": another program listens there; stop it or choose another port"
                           : "";
    return fail(Errc::unavailable, "cannot listen on " + where + ": " + error.message() + hint);
  }
  return {};
}

asio::awaitable<void> HttpServer::Impl::accept(Worker& worker) {
  asio::steady_timer pause(worker.context);
  for (;;) {
    error_code error;
    tcp::socket socket =
        co_await worker.acceptor.async_accept(redirect_error(use_awaitable, error));
    if (error == asio::error::operation_aborted) {
      co_return;
    }
    if (error) {
      // Out of descriptors, most likely: the next try would fail at once too.
      log::warn("connection not accepted", {{"error", error.message()}});
      pause.expires_after(std::chrono::milliseconds(100));
      co_await pause.async_wait(redirect_error(use_awaitable, error));
      continue;
    }
    if (open.fetch_add(1) >= options.max_connections) {
      --open;
      continue;
    }
    asio::co_spawn(worker.context, serve(worker, std::move(socket)), asio::detached);
  }
}

bool HttpServer::Impl::expired(const Connection& connection, Clock::time_point now) const {
  switch (connection.phase) {
    case Phase::idle:
      return now - connection.since > options.idle_timeout ||
             (draining && now - std::max(connection.since, drain_began.load()) >= quiet.load());
    case Phase::reading:
      return now - connection.since > options.read_timeout;
    case Phase::writing:
      return now - connection.since > options.write_timeout;
    case Phase::working:
      return false;
  }
  return false;
}

asio::awaitable<void> HttpServer::Impl::sweep(Worker& worker) {
  for (;;) {
    error_code error;
    worker.sweep.expires_after(draining ? std::chrono::milliseconds(50) : std::chrono::seconds(1));
    // Woken early by begin_drain, which only makes it look now.
    co_await worker.sweep.async_wait(redirect_error(use_awaitable, error));
    const auto now = Clock::now();
    for (Connection* connection : worker.connections) {
      if (expired(*connection, now)) {
        connection->socket.close(error);
      }
    }
  }
}

asio::awaitable<void> HttpServer::Impl::serve(Worker& worker, tcp::socket socket) {
  Connection connection(std::move(socket));
  const Entry entry(worker, connection, open, closed, handler);
  error_code error;
  connection.socket.set_option(tcp::no_delay(true), error);
  connection.remote = connection.socket.remote_endpoint(error).address().to_string();
  connection.since = Clock::now();
  try {
    co_await exchanges(worker, connection);
  } catch (const std::exception& failure) {
    log::error("connection ended by a defect", {{"error", failure.what()}});
  }
  connection.socket.shutdown(tcp::socket::shutdown_both, error);
}

asio::awaitable<error_code> HttpServer::Impl::read(
    Connection& connection, beast::flat_buffer& buffer, Parser& parser
) {
  constexpr std::size_t chunk = 16 << 10;
  bool continued = false;
  for (;;) {
    error_code error;
    if (buffer.size() > 0) {
      buffer.consume(parser.put(buffer.data(), error));
      if (parser.is_done() || (error && error != beast::http::error::need_more)) {
        co_return error;
      }
      // RFC 9110 section 10.1.1: the client waits for leave to send the body.
      if (parser.is_header_done() && !continued &&
          beast::iequals(parser.get()[beast::http::field::expect], "100-continue")) {
        continued = true;
        constexpr std::string_view leave = "HTTP/1.1 100 Continue\r\n\r\n";
        co_await asio::async_write(
            connection.socket, asio::buffer(leave), redirect_error(use_awaitable, error)
        );
      }
    }
    if (buffer.size() > options.max_header_bytes) {
      co_return beast::http::error::header_limit;
    }
    const std::size_t size = co_await connection.socket.async_read_some(
        buffer.prepare(chunk), redirect_error(use_awaitable, error)
    );
    if (error) {
      co_return error;
    }
    buffer.commit(size);
    if (connection.phase == Phase::idle) {
      connection.phase = Phase::reading;
      connection.since = Clock::now();
    }
  }
}

asio::awaitable<void> HttpServer::Impl::exchanges(Worker& worker, Connection& connection) {
  beast::flat_buffer buffer;
  for (;;) {
    Parser parser;
    parser.eager(true);
    parser.body_limit(options.max_body_bytes);
    parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
    connection.phase = Phase::idle;
    connection.since = Clock::now();
    const error_code error = co_await read(connection, buffer, parser);
    if (error) {
      if (error.category() ==
          beast::http::make_error_code(beast::http::error::bad_method).category()) {
        const Refusal refused = refusal(error);
        connection.phase = Phase::writing;
        co_await write(
            worker, connection, handler.refuse(refused.status, refused.why), false, false
        );
        // What the client still sends is read for a moment, or the reset would overtake the reply.
        error_code ignored;
        connection.socket.shutdown(tcp::socket::shutdown_send, ignored);
        while (!ignored && connection.socket.is_open()) {
          buffer.clear();
          co_await connection.socket.async_read_some(
              buffer.prepare(16 << 10), redirect_error(use_awaitable, ignored)
          );
        }
      }
      co_return;
    }
    connection.phase = Phase::working;
    const http::Request request = view(parser, connection);
    http::Reply reply = co_await handler.handle(request);
    const bool keep_alive = parser.get().keep_alive() && !draining.load(std::memory_order_relaxed);
    connection.phase = Phase::writing;
    connection.since = Clock::now();
    if (!co_await write(
            worker, connection, std::move(reply), keep_alive, request.method == "HEAD"
        )) {
      co_return;
    }
  }
}

asio::awaitable<bool> HttpServer::Impl::write(
    Worker& worker, Connection& connection, http::Reply reply, bool keep_alive, bool head_only
) {
  std::string head;
  head.reserve(256);
  write_head(head, reply, date(worker), keep_alive);
  // One system call an answer.
  const std::array<asio::const_buffer, 2> parts{
      asio::buffer(head),
      asio::buffer(head_only ? std::string_view() : std::string_view(reply.body))};
  error_code error;
  co_await asio::async_write(connection.socket, parts, redirect_error(use_awaitable, error));
  co_return !error && keep_alive;
}

HttpServer::HttpServer(const HttpServerOptions& options, Handler& handler)
    : impl_(std::make_unique<Impl>(options, handler)) {}

HttpServer::~HttpServer() {
  stop();
}

Result<void> HttpServer::start() {
  error_code error;
  const auto address = asio::ip::make_address(impl_->options.address, error);
  if (error) {
    return fail(
        Errc::invalid,
        "cannot listen on " + text::quoted(impl_->options.address) +
            ": not an IP address, e.g. 0.0.0.0 or 127.0.0.1"
    );
  }
  impl_->port = impl_->options.port;
  for (unsigned i = 0; i < std::max(1U, impl_->options.threads); ++i) {
    auto worker = std::make_unique<Worker>();
    if (auto bound = impl_->bind(*worker, {address, impl_->port}); !bound) {
      return tl::unexpected(bound.error());
    }
    impl_->port = worker->acceptor.local_endpoint().port();
    impl_->workers.push_back(std::move(worker));
  }
  for (auto& worker : impl_->workers) {
    asio::co_spawn(worker->context, impl_->accept(*worker), asio::detached);
    asio::co_spawn(worker->context, impl_->sweep(*worker), asio::detached);
    worker->thread = std::thread([context = &worker->context] { context->run(); });
  }
  return {};
}

unsigned short HttpServer::port() const {
  return impl_->port;
}

void HttpServer::begin_drain() {
  impl_->drain_began = Clock::now();
  impl_->draining = true;
  for (auto& worker : impl_->workers) {
    asio::post(worker->context, [w = worker.get()] { w->sweep.cancel(); });
  }
}

std::size_t HttpServer::finish_drain(
    std::chrono::milliseconds quiet, std::chrono::milliseconds deadline
) {
  impl_->quiet = std::chrono::duration_cast<Clock::duration>(quiet);
  std::unique_lock lock(impl_->mutex);
  // Polled besides being notified: the count is not under the mutex.
  const auto end = Clock::now() + deadline;
  while (impl_->open > 0 && Clock::now() < end) {
    impl_->closed.wait_for(lock, std::chrono::milliseconds(50));
  }
  return impl_->open;
}

void HttpServer::stop() {
  if (impl_->stopped) {
    return;
  }
  impl_->stopped = true;
  for (auto& worker : impl_->workers) {
    worker->context.stop();
    if (worker->thread.joinable()) {
      worker->thread.join();
    }
  }
}

}  // namespace mooring::net
