// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/net/asio.hpp"
#include "core/result/result.hpp"

namespace mooring::net {

/// Opens, binds and listens; with `shared`, several acceptors have the one port (SO_REUSEPORT).
/// Programs of one user may share a port so without noticing, and one of them would get the
/// other's clients: so the first must have had it alone for a moment. Errors name address and port
/// and what to do.
Result<void> listen_on(
    asio::ip::tcp::acceptor& acceptor,
    const asio::ip::tcp::endpoint& endpoint,
    bool shared,
    bool first
);

}  // namespace mooring::net
