// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_server.hpp"

#include "core/log/log.hpp"
#include "core/net/connection.hpp"
#include "core/net/http_wire.hpp"
#include "core/net/listen_on.hpp"
#include "core/net/share.hpp"
#include "core/text/ascii.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
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

// What is read at once. Of a connection that waits for a request only little is kept ready, enough
// for most; there may be thousands of them.
constexpr std::size_t first_chunk = 2 << 10;
constexpr std::size_t chunk = 16 << 10;

// For how long a refused client may go on sending: closing at once would send a reset, which can
// overtake the reply.
constexpr std::chrono::seconds linger_timeout{2};

// The `quiet` of a client on this machine at most: it sees the end of a connection as it happens.
constexpr std::chrono::seconds quiet_when_near{2};

using Connections = std::list<Connection*>;

struct Worker {
  // Above `context`: coroutine frames that its destructor ends still take themselves off the list.
  Connections connections;
  asio::io_context context{1};
  tcp::acceptor acceptor{context};
  asio::steady_timer sweep{context};
  std::thread thread;
  DateClock date;
};

}  // namespace

struct HttpServer::Impl {
  Impl(const HttpServerOptions& o, Handler& h) : options(o), handler(h) {}

  const HttpServerOptions options;
  Handler& handler;
  unsigned short port = 0;
  std::atomic<std::size_t> open{0};
  std::atomic<std::size_t> buffered{0};
  std::atomic<bool> draining{false};
  std::atomic<Clock::time_point> drain_began{Clock::time_point::max()};
  std::atomic<Clock::duration> quiet{Clock::duration::max()};
  std::mutex mutex;
  std::condition_variable closed;
  bool stopped = false;
  // Last, as the coroutine frames that end with a worker's context use what stands above.
  std::vector<std::unique_ptr<Worker>> workers;

  asio::awaitable<void> accept(Worker& worker);
  asio::awaitable<void> sweep(Worker& worker) const;
  asio::awaitable<void> serve(Worker& worker, tcp::socket socket);
  asio::awaitable<void> exchanges(Connection& connection);
  asio::awaitable<void> refuse(Connection& connection, Refusal refused);
  asio::awaitable<error_code> read(Connection& connection, Parser& parser, Share& share) const;
  Clock::duration quiet_of(const Connection& connection) const;
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

/// Gives the parser what has come. Nothing while more is to come, no error if the request is whole.
std::optional<error_code> parse(beast::flat_buffer& buffer, Parser& parser, Share& share) {
  error_code error;
  buffer.consume(parser.put(buffer.data(), error));
  // Before the body: whoever waits for an answer need not send it.
  const bool has_head = parser.is_header_done();
  if (const error_code problem = has_head ? framing_problem(parser) : error_code()) {
    return problem;
  }
  if (!share.grow_to(parser.body().size())) {
    return too_much();
  }
  if (parser.is_done() || (error && error != beast::http::error::need_more)) {
    return error;
  }
  return std::nullopt;
}

}  // namespace

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

Clock::duration HttpServer::Impl::quiet_of(const Connection& connection) const {
  return connection.is_near ? std::min<Clock::duration>(quiet, quiet_when_near) : quiet.load();
}

bool HttpServer::Impl::expired(const Connection& connection, Clock::time_point now) const {
  switch (connection.phase) {
    case Phase::idle:
      return now - connection.since > options.idle_timeout ||
             (draining &&
              now - std::max(connection.since, drain_began.load()) >= quiet_of(connection));
    case Phase::reading:
      return now - connection.since > options.read_timeout;
    case Phase::writing:
      return now - connection.since > options.write_timeout;
    case Phase::lingering:
      return now - connection.since > linger_timeout;
    case Phase::working:
      return false;
  }
  return false;
}

asio::awaitable<void> HttpServer::Impl::sweep(Worker& worker) const {
  for (;;) {
    error_code error;
    worker.sweep.expires_after(draining ? std::chrono::milliseconds(50) : std::chrono::seconds(1));
    // Woken early by begin_drain, which only makes it look now.
    co_await worker.sweep.async_wait(redirect_error(use_awaitable, error));
    const auto now = Clock::now();
    for (Connection* connection : worker.connections) {
      if (!expired(*connection, now)) {
        continue;
      }
      if (connection->phase == Phase::reading && !connection->too_slow) {
        connection->too_slow = true;
        connection->socket.cancel(error);
      } else {
        connection->socket.close(error);
      }
    }
  }
}

asio::awaitable<void> HttpServer::Impl::serve(Worker& worker, tcp::socket socket) {
  Connection connection(std::move(socket), worker.date);
  const Entry entry(worker, connection, open, closed, handler);
  error_code error;
  connection.socket.set_option(tcp::no_delay(true), error);
  const auto remote = connection.socket.remote_endpoint(error).address();
  connection.remote = remote.to_string();
  connection.is_near = remote.is_loopback();
  try {
    co_await exchanges(connection);
  } catch (const std::exception& failure) {
    log::error("connection ended by a defect", {{"error", failure.what()}});
  }
  connection.socket.shutdown(tcp::socket::shutdown_both, error);
}

asio::awaitable<error_code> HttpServer::Impl::read(
    Connection& connection, Parser& parser, Share& share
) const {
  auto& buffer = connection.buffer;
  if (buffer.size() == 0 && buffer.capacity() > first_chunk) {
    buffer.shrink_to_fit();
  }
  bool continued = false;
  for (;;) {
    error_code error;
    if (buffer.size() > 0) {
      if (connection.phase == Phase::idle) {
        connection.enter(Phase::reading);
      }
      if (const auto end = parse(buffer, parser, share)) {
        co_return *end;
      }
      // RFC 9110 section 10.1.1: the client waits for leave to send the body.
      if (parser.is_header_done() && !continued && parser.expects_leave()) {
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
        buffer.prepare(connection.phase == Phase::idle ? first_chunk : chunk),
        redirect_error(use_awaitable, error)
    );
    if (error) {
      co_return connection.too_slow ? too_slow() : error;
    }
    buffer.commit(size);
  }
}

asio::awaitable<void> HttpServer::Impl::exchanges(Connection& connection) {
  bool is_kept = true;
  while (is_kept) {
    Share share(buffered, std::max(options.max_buffered_bytes, options.max_body_bytes));
    Parser parser;
    parser.eager(true);
    parser.body_limit(options.max_body_bytes);
    parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
    connection.enter(Phase::idle);
    if (const error_code error = co_await read(connection, parser, share)) {
      if (const Refusal refused = refusal(error); refused.status != 0) {
        co_await refuse(connection, refused);
      }
      co_return;
    }
    const http::Request request = view(parser, connection.remote);
    Exchange exchange(connection, parser, share, {draining, options.write_timeout});
    const http::Reply reply = co_await handler.handle(request, exchange);
    is_kept = co_await exchange.finish(reply);
  }
}

asio::awaitable<void> HttpServer::Impl::refuse(Connection& connection, Refusal refused) {
  http::Reply reply = handler.refuse(refused.status, refused.why);
  if (refused.status == 503) {
    reply.headers.emplace_back("Retry-After", "1");
  }
  co_await write_whole(connection, reply, false, false);
  connection.enter(Phase::lingering);
  error_code error;
  connection.socket.shutdown(tcp::socket::shutdown_send, error);
  std::array<char, 4096> ignored{};
  while (!error && connection.socket.is_open()) {
    co_await connection.socket.async_read_some(
        asio::buffer(ignored), redirect_error(use_awaitable, error)
    );
  }
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
  const bool shared = impl_->options.threads > 1;
  for (unsigned i = 0; i < std::max(1U, impl_->options.threads); ++i) {
    auto worker = std::make_unique<Worker>();
    // Only the first can tell whether somebody else has the port: the others share it with it.
    if (auto bound = listen_on(worker->acceptor, {address, impl_->port}, shared, i == 0); !bound) {
      return bound;
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
