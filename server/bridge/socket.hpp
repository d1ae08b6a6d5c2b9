// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result/result.hpp"
#include "server/child/fd.hpp"

#include <string>

namespace mooring::bridge {

/// A listening Unix socket of mode 0600 in place of a stale one. Refused if another program listens
/// there, or if what is there is no socket.
Result<child::Fd> listen_at(const std::string& path);

}  // namespace mooring::bridge
