// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"

#include <tl/expected.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What can be refused before the body is believed.
namespace mooring::gate {

enum class Endpoint {
  mcp,        ///< POST: messages
  stream,     ///< GET: an event stream of a legacy session
  end,        ///< DELETE: the end of a legacy session
  preflight,  ///< OPTIONS: a browser asks for one of its pages whether it may
  health,
  ready,
};

struct Rules {
  std::string path = "/mcp";
  bool loopback = false;  ///< only this machine can reach the listener
  /// Host names, `*.example.com` forms, each with an optional `:port`. Empty: any, or local names
  /// only if `loopback`.
  std::vector<std::string> allowed_hosts;
  /// `https://app.example.com`, any port only with `:*`. Empty: pages of this machine only.
  std::vector<std::string> allowed_origins;
};

Rules make_rules(
    std::string path,
    std::string_view listen_address,
    std::vector<std::string> allowed_hosts,
    std::vector<std::string> allowed_origins
);

/// A check named for what it refuses.
struct Check {
  std::string_view name;
  std::optional<http::Reply> (*refuse)(const http::Request&, const Rules&);
};

/// What a request to the MCP path must pass, in this order; the last one is for a POST only.
std::span<const Check> mcp_checks();

/// Where the request may go, or the reply it gets: 404, 405 with Allow, 403, 415, 400.
tl::expected<Endpoint, http::Reply> enter(const http::Request& request, const Rules& rules);

/// Whether the client takes this media type (RFC 9110 section 12.5.1); one that says nothing takes
/// any.
bool accepts(const http::Request& request, std::string_view media_type);

/// What a browser has to be told with each reply, so that the page may read it (Fetch standard,
/// section 3.2, "CORS protocol"). Empty for requests to other paths, of no page, and of pages that
/// may not.
std::vector<http::HeaderView> page_headers(const http::Request& request, const Rules& rules);

/// The reply to Endpoint::preflight: what a page may send.
http::Reply preflight_reply(const http::Request& request);

/// Headers that go with every reply.
std::span<const http::HeaderView> security_headers();

}  // namespace mooring::gate
