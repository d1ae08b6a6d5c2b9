// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_client.hpp"

#include "core/http/message.hpp"
#include "core/net/asio.hpp"
#include "core/text/ascii.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace mooring::net {
namespace {

namespace beast = boost::beast;
using asio::redirect_error;
using asio::use_awaitable;

struct Attempt {
  error_code error;
  std::string stage;
  std::uint64_t body_limit = 0;
  bool skip_body = false;
  bool finished = false;
  bool defect = false;
  beast::http::response_parser<beast::http::string_body> parser;
};

using Message = beast::http::request<beast::http::string_body>;

Message message(const ClientRequest& request, const http::Url& url) {
  Message made;
  made.version(11);
  made.method_string(request.method);
  made.target(url.target);
  const bool ipv6 = url.host.find(':') != std::string::npos;
  made.set(
      beast::http::field::host,
      (ipv6 ? "[" + url.host + "]" : url.host) + ":" + std::to_string(url.port)
  );
  made.set(beast::http::field::connection, "close");
  for (const auto& [name, value] : request.headers) {
    made.set(name, value);
  }
  made.body() = request.body;
  made.prepare_payload();
  return made;
}

// An address as it stands needs no look-up, which would take a thread.
asio::awaitable<std::vector<asio::ip::tcp::endpoint>> resolve(http::Url url, error_code& error) {
  const auto address = asio::ip::make_address(url.host, error);
  if (!error) {
    co_return std::vector<asio::ip::tcp::endpoint>{{address, url.port}};
  }
  asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
  const auto found = co_await resolver.async_resolve(
      url.host, std::to_string(url.port), redirect_error(use_awaitable, error)
  );
  co_return std::vector<asio::ip::tcp::endpoint>(found.begin(), found.end());
}

asio::awaitable<void> run(
    Message request, http::Url url, std::chrono::milliseconds timeout, Attempt& exchange
) {
  const auto executor = co_await asio::this_coro::executor;
  error_code& error = exchange.error;
  exchange.stage = "resolve";
  const auto endpoints = co_await resolve(url, error);
  if (error) {
    co_return;
  }
  beast::tcp_stream stream(executor);
  stream.expires_after(timeout);
  exchange.stage = "connect";
  co_await stream.async_connect(endpoints, redirect_error(use_awaitable, error));
  if (error) {
    co_return;
  }
  exchange.stage = "send";
  co_await beast::http::async_write(stream, request, redirect_error(use_awaitable, error));
  if (error) {
    co_return;
  }
  exchange.stage = "read";
  beast::flat_buffer buffer;
  co_await beast::http::async_read_header(
      stream, buffer, exchange.parser, redirect_error(use_awaitable, error)
  );
  // Beast 1.74 holds an answer's chunks to the limit, but not its Content-Length.
  if (!error && !exchange.skip_body && exchange.parser.content_length() > exchange.body_limit) {
    error = beast::http::error::body_limit;
  }
  if (error) {
    co_return;
  }
  co_await beast::http::async_read(
      stream, buffer, exchange.parser, redirect_error(use_awaitable, error)
  );
}

}  // namespace

std::string ClientResponse::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) {
      return value;
    }
  }
  return "";
}

Result<ClientResponse> exchange(const ClientRequest& request) {
  http::Url url;
  if (!http::parse_url(request.url, url) || url.tls) {
    return fail(Errc::invalid, text::quoted(request.url) + " is not an http:// URL");
  }
  // Before the context, whose end takes the coroutine that writes into it.
  Attempt state;
  asio::io_context context(1);
  state.body_limit = request.max_response_bytes;
  state.skip_body = request.method == "HEAD";
  state.stage = "start";
  state.parser.body_limit(state.body_limit);
  state.parser.skip(state.skip_body);
  asio::co_spawn(
      context,
      run(message(request, url), url, request.timeout, state),
      [&state](const std::exception_ptr& defect) {
        state.finished = true;
        state.defect = defect != nullptr;
      }
  );
  // The stream's own timer covers all but the look-up of the name.
  context.run_for(request.timeout + std::chrono::milliseconds(100));
  const std::string where = url.host + ":" + std::to_string(url.port);
  if (!state.finished || state.error == beast::error::timeout) {
    return fail(
        Errc::timeout,
        "no answer from " + where + " within " + std::to_string(request.timeout.count()) + " ms (" +
            state.stage + ")"
    );
  }
  if (state.error == beast::http::error::body_limit) {
    return fail(
        Errc::invalid,
        "the answer of " + where + " is larger than " + std::to_string(request.max_response_bytes) +
            " bytes"
    );
  }
  if (state.defect) {
    return fail(Errc::internal, "the request to " + where + " failed in " + state.stage);
  }
  if (state.error) {
    return fail(
        Errc::unavailable, "cannot " + state.stage + " " + where + ": " + state.error.message()
    );
  }
  auto message = state.parser.release();
  ClientResponse response;
  response.status = static_cast<int>(message.result_int());
  response.body = std::move(message.body());
  for (const auto& field : message) {
    response.headers.emplace_back(
        text::to_lower(std::string_view(field.name_string().data(), field.name_string().size())),
        std::string(field.value())
    );
  }
  return response;
}

}  // namespace mooring::net
