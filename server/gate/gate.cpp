// SPDX-License-Identifier: Apache-2.0
#include "server/gate/gate.hpp"

#include "core/text/ascii.hpp"
#include "server/rpc/message.hpp"

#include <algorithm>
#include <array>

namespace mooring::gate {
namespace {

// The first of the generation without GET and DELETE (basic/transports/streamable-http, "Earlier
// Streamable HTTP Revisions").
constexpr std::string_view modern_version = "2026-07-28";

using Refused = std::optional<http::Reply>;

// An error without an id: the body has not been read.
Refused refused(int status, std::string message) {
  return rpc::refusal_reply({status, rpc::code::invalid_request, std::move(message), "", ""});
}

struct Authority {
  std::string_view host;  ///< an IPv6 address with its brackets
  std::string_view port;  ///< empty: none
};

Authority split_authority(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos ||
      text.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) {
    return {text, {}};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_local(std::string_view host) {
  return text::iequals(host, "localhost") || host == "127.0.0.1" || host == "[::1]";
}

bool is_web(std::string_view scheme) {
  return text::iequals(scheme, "http") || text::iequals(scheme, "https");
}

bool host_matches(std::string_view allowed, Authority host) {
  const Authority wanted = split_authority(allowed);
  return text::glob_match(text::to_lower(wanted.host), text::to_lower(host.host)) &&
         (wanted.port.empty() || wanted.port == host.port);
}

bool origin_matches(std::string_view allowed, std::string_view origin) {
  constexpr std::string_view any_port = ":*";
  if (allowed.ends_with(any_port)) {
    allowed.remove_suffix(any_port.size());
    const auto colon = origin.rfind(':');
    return text::iequals(allowed, origin) || text::iequals(allowed, origin.substr(0, colon));
  }
  return text::iequals(allowed, origin);
}

Refused host_is_missing(const http::Request& request, const Rules&) {
  if (request.count("host") == 1 && !request.header("host").empty()) {
    return std::nullopt;
  }
  return refused(400, "the request needs exactly one Host header");
}

// Two readers would take different ones.
Refused header_is_repeated(const http::Request& request, const Rules&) {
  for (const std::string_view name :
       {"content-length", "content-type", "mcp-session-id", "mcp-protocol-version"}) {
    if (request.count(name) > 1) {
      return refused(
          400, "the request has several " + std::string(name) + " headers, may have one"
      );
    }
  }
  return std::nullopt;
}

// A page of another site can make a browser send requests here under that site's name (DNS
// rebinding): the name in Host gives it away.
Refused host_is_foreign(const http::Request& request, const Rules& rules) {
  const Authority host = split_authority(request.authority());
  const auto matches = [&host](const std::string& allowed) { return host_matches(allowed, host); };
  const bool allowed =
      rules.allowed_hosts.empty()
          ? !rules.loopback || is_local(host.host)
          : std::any_of(rules.allowed_hosts.begin(), rules.allowed_hosts.end(), matches);
  if (allowed) {
    return std::nullopt;
  }
  return refused(
      403, "Host " + text::quoted(request.authority()) + " is not allowed; see allowedHosts"
  );
}

bool is_allowed(std::string_view origin, const Rules& rules) {
  const auto scheme_end = origin.find("://");
  const bool local = scheme_end != std::string_view::npos && is_web(origin.substr(0, scheme_end)) &&
                     is_local(split_authority(origin.substr(scheme_end + 3)).host);
  const auto matches = [origin](const std::string& allowed) {
    return origin_matches(allowed, origin);
  };
  return rules.allowed_origins.empty()
             ? local
             : std::any_of(rules.allowed_origins.begin(), rules.allowed_origins.end(), matches);
}

Refused origin_is_foreign(const http::Request& request, const Rules& rules) {
  if (!request.has_header("origin")) {
    return std::nullopt;
  }
  const std::string_view origin = request.header("origin");
  if (request.count("origin") == 1 && is_allowed(origin, rules)) {
    return std::nullopt;
  }
  return refused(403, "Origin " + text::quoted(origin) + " is not allowed; see allowedOrigins");
}

Refused content_is_not_json(const http::Request& request, const Rules&) {
  const std::string_view type = request.header("content-type");
  if (text::iequals(text::trim(type.substr(0, type.find(';'))), "application/json")) {
    return std::nullopt;
  }
  return refused(415, "Content-Type is " + text::quoted(type) + ", must be \"application/json\"");
}

constexpr std::array mcp_check_list = {
    Check{"host_is_missing", host_is_missing},
    Check{"header_is_repeated", header_is_repeated},
    Check{"host_is_foreign", host_is_foreign},
    Check{"origin_is_foreign", origin_is_foreign},
    Check{"content_is_not_json", content_is_not_json},
};

http::Reply not_found(const Rules& rules) {
  return http::text_reply(
      404, "not found; this server answers POST " + rules.path + ", GET /health and GET /ready\n"
  );
}

http::Reply not_allowed(std::string_view method, std::string_view allowed) {
  http::Reply reply = http::text_reply(
      405,
      "method " + text::quoted(method) + " is not allowed here, use " + std::string(allowed) + "\n"
  );
  reply.headers.emplace_back("Allow", allowed);
  return reply;
}

bool is_preflight(const http::Request& request) {
  return request.method == "OPTIONS" && request.has_header("origin") &&
         request.has_header("access-control-request-method");
}

std::optional<Endpoint> endpoint_of(const http::Request& request) {
  if (request.method == "POST") {
    return Endpoint::mcp;
  }
  if (request.method == "GET") {
    return Endpoint::stream;
  }
  if (request.method == "DELETE") {
    return Endpoint::end;
  }
  return is_preflight(request) ? std::optional(Endpoint::preflight) : std::nullopt;
}

// Whether a weight (RFC 9110 section 12.4.2) among the parameters is zero.
bool is_ruled_out(std::string_view parameters) {
  for (std::string_view parameter : text::split(parameters, ';')) {
    parameter = text::trim(parameter);
    if (parameter.starts_with("q=") || parameter.starts_with("Q=")) {
      return parameter.find_first_not_of("0.", 2) == std::string_view::npos;
    }
  }
  return false;
}

bool range_covers(std::string_view range, std::string_view media_type) {
  const auto semicolon = range.find(';');
  const std::string_view type = text::trim(range.substr(0, semicolon));
  if (semicolon != std::string_view::npos && is_ruled_out(range.substr(semicolon + 1))) {
    return false;
  }
  const std::string_view family = media_type.substr(0, media_type.find('/') + 1);
  return type == "*/*" || text::iequals(type, media_type) ||
         (type.ends_with("/*") && text::iequals(type.substr(0, type.size() - 1), family));
}

// Whether clients of the protocol send a header of this name, in lower case. Of those that tools
// have of their own, Mcp-Param-…, only the beginning is known.
bool is_of_the_protocol(std::string_view name) {
  constexpr std::array<std::string_view, 4> plain = {
      "accept", "authorization", "content-type", "last-event-id"};
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  return std::find(plain.begin(), plain.end(), name) != plain.end() ||
         (name.starts_with("mcp-") && name.find_first_not_of(letters) == std::string_view::npos);
}

}  // namespace

Rules make_rules(
    std::string path,
    std::string_view listen_address,
    std::vector<std::string> allowed_hosts,
    std::vector<std::string> allowed_origins
) {
  const bool loopback = listen_address.starts_with("127.") || listen_address == "::1" ||
                        text::iequals(listen_address, "localhost");
  return {std::move(path), loopback, std::move(allowed_hosts), std::move(allowed_origins)};
}

std::span<const Check> mcp_checks() {
  return mcp_check_list;
}

tl::expected<Endpoint, http::Reply> enter(const http::Request& request, const Rules& rules) {
  const std::string_view path = request.path();
  if (path != rules.path) {
    if (path != "/health" && path != "/ready") {
      return tl::unexpected(not_found(rules));
    }
    if (request.method != "GET" && request.method != "HEAD") {
      return tl::unexpected(not_allowed(request.method, "GET, HEAD"));
    }
    return path == "/health" ? Endpoint::health : Endpoint::ready;
  }
  const std::optional<Endpoint> endpoint = endpoint_of(request);
  if (!endpoint) {
    return tl::unexpected(not_allowed(request.method, "POST, GET, DELETE"));
  }
  for (const Check& check : mcp_check_list) {
    if (*endpoint != Endpoint::mcp && check.refuse == content_is_not_json) {
      continue;
    }
    if (Refused reply = check.refuse(request, rules)) {
      return tl::unexpected(*std::move(reply));
    }
  }
  // There are no sessions any more.
  if ((*endpoint == Endpoint::stream || *endpoint == Endpoint::end) &&
      request.header("mcp-protocol-version") == modern_version) {
    return tl::unexpected(not_allowed(request.method, "POST"));
  }
  return *endpoint;
}

bool accepts(const http::Request& request, std::string_view media_type) {
  bool says_nothing = true;
  for (const http::HeaderView& header : request.headers) {
    if (!text::iequals(header.name, "accept")) {
      continue;
    }
    says_nothing = false;
    for (std::string_view ranges = header.value; !ranges.empty();) {
      const auto comma = ranges.find(',');
      if (range_covers(ranges.substr(0, comma), media_type)) {
        return true;
      }
      ranges.remove_prefix(comma == std::string_view::npos ? ranges.size() : comma + 1);
    }
  }
  return says_nothing;
}

std::vector<http::HeaderView> page_headers(const http::Request& request, const Rules& rules) {
  if (!request.has_header("origin") || request.path() != rules.path ||
      origin_is_foreign(request, rules)) {
    return {};
  }
  return {
      {"Access-Control-Allow-Origin", request.header("origin")},
      {"Access-Control-Expose-Headers",
       "Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate, Retry-After"},
      {"Vary", "Origin"}};
}

http::Reply preflight_reply(const http::Request& request) {
  std::vector<std::string> allowed;
  for (const std::string_view entry :
       text::split(request.header("access-control-request-headers"), ',')) {
    if (std::string name = text::to_lower(text::trim(entry)); is_of_the_protocol(name)) {
      allowed.push_back(std::move(name));
    }
  }
  http::Reply reply;
  reply.status = 204;
  reply.headers = {
      {"Access-Control-Allow-Methods", "POST, GET, DELETE"}, {"Access-Control-Max-Age", "600"}};
  if (!allowed.empty()) {
    reply.headers.emplace_back("Access-Control-Allow-Headers", text::join(allowed, ", "));
  }
  return reply;
}

std::span<const http::HeaderView> security_headers() {
  static constexpr std::array<http::HeaderView, 3> headers = {{
      {"X-Content-Type-Options", "nosniff"},
      {"Cache-Control", "no-store"},
      {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
  }};
  return headers;
}

}  // namespace mooring::gate
