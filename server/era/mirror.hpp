// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "server/rpc/value.hpp"

#include <optional>
#include <string>
#include <string_view>

/// The headers that repeat the body, so that proxies can route without reading it.
namespace mooring::era {

struct Mirror {
  std::string_view version;  ///< MCP-Protocol-Version
  std::string_view method;   ///< Mcp-Method
  std::string_view name;     ///< Mcp-Name
  bool has_version = false;
  bool has_method = false;
  bool has_name = false;
  bool has_twice = false;  ///< one of them stands there twice
};

Mirror read_mirror(const http::Request& request);

/// What is wrong with them for a modern request; `name` is none where the method
/// has none.
std::optional<std::string> problem_of_mirror(
    const Mirror& mirror, rpc::Value method, rpc::Value name
);

}  // namespace mooring::era
