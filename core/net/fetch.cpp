// SPDX-License-Identifier: Apache-2.0
#include "core/net/fetch.hpp"

#include "core/text/ascii.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace mooring::net {

namespace beast = boost::beast;
using asio::redirect_error;
using asio::use_awaitable;
using asio::ip::tcp;

struct Fetch::Wire {
  explicit Wire(const asio::any_io_executor& executor) : stream(executor) {}

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  beast::http::response_parser<beast::http::buffer_body> parser;
  std::array<char, 16 << 10> piece{};
};

namespace {

constexpr std::array<std::string_view, 10> of_one_connection = {
    "connection",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "expect",
    "content-length",
    "proxy-authorization"};

bool is_named_in(std::string_view list, std::string_view name) {
  const auto entries = text::split(list, ',');
  return std::any_of(entries.begin(), entries.end(), [name](std::string_view entry) {
    return text::iequals(text::trim(entry), name);
  });
}

bool goes_on(const http::HeaderView& header, const std::vector<http::HeaderView>& all) {
  const auto is_it = [&header](std::string_view name) { return text::iequals(header.name, name); };
  if (std::any_of(of_one_connection.begin(), of_one_connection.end(), is_it)) {
    return false;
  }
  return std::none_of(all.begin(), all.end(), [&header](const http::HeaderView& other) {
    return text::iequals(other.name, "connection") && is_named_in(other.value, header.name);
  });
}

std::string head_of(const Fetch::Request& request) {
  std::string head;
  head.append(request.method).append(1, ' ').append(request.target).append(" HTTP/1.1\r\n");
  for (const http::HeaderView& header : request.headers) {
    if (goes_on(header, request.headers)) {
      head.append(header.name).append(": ").append(header.value).append("\r\n");
    }
  }
  if (!request.body.empty() || request.method == "POST") {
    head.append("Content-Length: ").append(std::to_string(request.body.size())).append("\r\n");
  }
  return head.append("Connection: close\r\n\r\n");
}

// An answer may take its time, but the other side must be there: its machine may be gone without a
// word.
void notice_its_end(tcp::socket& socket) {
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  socket.set_option(asio::socket_base::keep_alive(true), ignored);
  const int idle = 10;
  const int interval = 5;
  const int probes = 3;
  const unsigned unanswered = 20'000;
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, sizeof unanswered);
}

tl::unexpected<Error> failed(
    const char* what, const tcp::endpoint& endpoint, const error_code& error
) {
  return fail(
      Errc::unavailable,
      std::string("cannot ") + what + " " + endpoint.address().to_string() + ":" +
          std::to_string(endpoint.port()) + ": " + error.message()
  );
}

}  // namespace

std::string_view Fetch::Head::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) {
      return value;
    }
  }
  return "";
}

Fetch::Fetch(const asio::any_io_executor& executor) : wire_(std::make_unique<Wire>(executor)) {
  wire_->parser.body_limit(std::numeric_limits<std::uint64_t>::max());
  wire_->parser.header_limit(32U << 10);
}

Fetch::~Fetch() = default;

asio::awaitable<Result<Fetch::Head>> Fetch::begin(const Request& request) {
  beast::tcp_stream& stream = wire_->stream;
  error_code error;
  stream.expires_after(request.timeout.value_or(request.connect_timeout));
  co_await stream.async_connect(request.to, redirect_error(use_awaitable, error));
  if (error) {
    co_return failed("connect to", request.to, error);
  }
  notice_its_end(stream.socket());
  if (!request.timeout) {
    stream.expires_never();
  }
  const std::string text = head_of(request);
  const std::array<asio::const_buffer, 2> parts{asio::buffer(text), asio::buffer(request.body)};
  co_await asio::async_write(stream, parts, redirect_error(use_awaitable, error));
  if (error) {
    co_return failed("send to", request.to, error);
  }
  co_await beast::http::async_read_header(
      stream, wire_->buffer, wire_->parser, redirect_error(use_awaitable, error)
  );
  if (error) {
    co_return failed("hear from", request.to, error);
  }
  const auto& message = wire_->parser.get();
  Head head;
  head.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    head.headers.emplace_back(
        text::to_lower(std::string_view(field.name_string().data(), field.name_string().size())),
        std::string(field.value())
    );
  }
  if (const auto length = wire_->parser.content_length()) {
    head.content_length = *length;
  }
  co_return head;
}

asio::awaitable<Result<std::string_view>> Fetch::read() {
  auto& parser = wire_->parser;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = wire_->piece.data();
    body.size = wire_->piece.size();
    error_code error;
    co_await beast::http::async_read_some(
        wire_->stream, wire_->buffer, parser, redirect_error(use_awaitable, error)
    );
    if (error && error != beast::http::error::need_buffer) {
      co_return fail(Errc::unavailable, "the answer broke off: " + error.message());
    }
    if (const std::size_t size = wire_->piece.size() - body.size; size > 0) {
      co_return std::string_view(wire_->piece.data(), size);
    }
  }
  co_return std::string_view();
}

void Fetch::close() {
  wire_->stream.close();
}

namespace {

// What is looked up outlives who waits for it: a look-up under way cannot be ended.
struct Search {
  explicit Search(const asio::any_io_executor& executor) : resolver(executor), done(executor) {}

  tcp::resolver resolver;
  asio::steady_timer done;
  std::vector<tcp::endpoint> found;
};

asio::awaitable<void> run(std::shared_ptr<Search> search, std::string host, std::string port) {
  error_code error;
  const auto found =
      co_await search->resolver.async_resolve(host, port, redirect_error(use_awaitable, error));
  if (!error) {
    search->found.assign(found.begin(), found.end());
  }
  search->done.cancel();
}

}  // namespace

asio::awaitable<std::vector<tcp::endpoint>> look_up(
    std::string host, unsigned short port, std::chrono::milliseconds timeout
) {
  error_code error;
  std::vector<tcp::endpoint> found;
  const auto address = asio::ip::make_address(host, error);
  if (!error) {
    found.emplace_back(address, port);
    co_return found;
  }
  const auto executor = co_await asio::this_coro::executor;
  const auto state = std::make_shared<Search>(executor);
  state->done.expires_after(timeout);
  asio::co_spawn(executor, run(state, std::move(host), std::to_string(port)), asio::detached);
  co_await state->done.async_wait(redirect_error(use_awaitable, error));
  co_return std::move(state->found);
}

}  // namespace mooring::net
