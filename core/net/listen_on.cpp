// SPDX-License-Identifier: Apache-2.0
#include "core/net/listen_on.hpp"

namespace mooring::net {

using asio::ip::tcp;

namespace {

error_code open_acceptor(tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool shared) {
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) {
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  }
  const int on = 1;
  if (!error && shared &&
      setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) {
    error = error_code(errno, boost::system::system_category());
  }
  if (!error) {
    acceptor.bind(endpoint, error);
  }
  return error;
}

Result<void> not_listening(const tcp::endpoint& endpoint, const error_code& error) {
  const std::string address = endpoint.address().to_string();
  const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
  const char* hint = "";
  if (error == asio::error::address_in_use) {
    hint = ": another program listens there; stop it or choose another port";
  } else if (error == asio::error::access_denied) {
    hint = ": ports below 1024 need a privilege; choose a higher one";
  }
  return fail(
      Errc::unavailable,
      "cannot listen on " + host + ":" + std::to_string(endpoint.port()) + ": " + error.message() +
          hint
  );
}

}  // namespace

Result<void> listen_on(
    tcp::acceptor& acceptor, const tcp::endpoint& endpoint, bool shared, bool first
) {
  if (shared && first && endpoint.port() != 0) {
    asio::io_context nothing;
    tcp::acceptor alone(nothing);
    if (const error_code error = open_acceptor(alone, endpoint, false)) {
      return not_listening(endpoint, error);
    }
  }
  error_code error = open_acceptor(acceptor, endpoint, shared);
  if (!error) {
    acceptor.listen(tcp::acceptor::max_listen_connections, error);
  }
  return error ? not_listening(endpoint, error) : Result<void>();
}

}  // namespace mooring::net
