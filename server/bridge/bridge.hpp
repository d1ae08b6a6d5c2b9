// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace mooring::bridge {

/// As many as `stdio.instances.max` allows, the one that is shared, and some that are ending.
inline constexpr std::size_t most_connections = 1'200;

/// Offers a command that speaks on standard input and output at a Unix socket (mode 0600): each
/// connection *is* the standard input and output of a child of its own, so not a byte passes
/// through here. The connection's end ends the child's process group; the child's end closes the
/// connection, after one line that says why:
///   {"jsonrpc":"2.0","method":"notifications/mooring/exited","params":{"message":…,"stderr":…}}
/// Runs until SIGTERM or SIGINT. Says on standard error what is wrong and returns the exit code.
int run(
    const std::string& socket,
    const std::vector<std::string>& command,
    std::size_t connections = most_connections
);

}  // namespace mooring::bridge
