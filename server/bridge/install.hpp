// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace mooring::bridge {

/// Copies this program (as `mcp-server`), its loader and the libraries it runs with into a
/// directory, so that it runs in an image that has none of them:
/// `DIR/ld-linux-x86-64.so.2 --library-path DIR DIR/mcp-server …`. May be repeated. Says on
/// standard error what is wrong and returns the exit code.
int install(const std::string& directory);

}  // namespace mooring::bridge
