// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP as plain values: no library, no socket.
namespace mooring::http {

/// One header field of a request, pointing into the connection's buffer.
struct HeaderView {
  std::string_view name;
  std::string_view value;
};

/// A request as it was read. Everything points into the connection's buffers, which live until its
/// reply has been written.
struct Request {
  std::string_view method;
  std::string_view target;  ///< as sent: path and query, or a whole URL
  std::string_view body;
  std::string_view remote;  ///< the peer's address, without port
  std::vector<HeaderView> headers;

  std::string_view path() const;
  std::string_view query() const;
  /// Which host is meant: what the target says, else the header Host (RFC 9112 section 3.2.2).
  std::string_view authority() const;
  /// The first value of that name (in any case), blanks trimmed; empty if there is none.
  std::string_view header(std::string_view name) const;
  bool has_header(std::string_view name) const;
  /// How often a header of that name stands there.
  std::size_t count(std::string_view name) const;
};

/// A reply to be written. Content-Length, Connection and Date are the connection's matter.
struct Reply {
  int status = 200;
  std::string_view content_type = "application/json";  ///< a literal
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  /// Headers that stand in static storage and among `headers` not at all.
  std::span<const HeaderView> fixed_headers = {};
};

Reply text_reply(int status, std::string body);
Reply json_reply(int status, std::string body);

/// The standard phrase (RFC 9110 section 15), "Unknown" for others.
std::string_view reason_phrase(int status);

/// An absolute http or https URL: scheme, host (without brackets), port, target.
struct Url {
  bool tls = false;
  std::string host;
  unsigned short port = 0;
  std::string target;  ///< path and query, at least "/"
};

/// Strict (RFC 3986): no user information, no fragment, no blanks, no control characters. False if
/// it is not one.
bool parse_url(std::string_view text, Url& url);

}  // namespace mooring::http
