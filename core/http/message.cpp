// SPDX-License-Identifier: Apache-2.0
#include "core/http/message.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>
#include <charconv>

namespace mooring::http {

namespace {

// A target in absolute form, as proxies are sent it (RFC 9112 section 3.2.2), is a URL.
struct Target {
  std::string_view authority;  ///< empty: the usual form, path and query alone
  std::string_view rest;
};

Target split_target(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (text::iequals(target.substr(0, scheme.size()), scheme)) {
      const std::string_view url = target.substr(scheme.size());
      const auto end = std::min(url.find_first_of("/?"), url.size());
      return {url.substr(0, end), url.substr(end)};
    }
  }
  return {{}, target};
}

}  // namespace

std::string_view Request::path() const {
  const Target parts = split_target(target);
  const std::string_view path = parts.rest.substr(0, parts.rest.find('?'));
  return path.empty() && !parts.authority.empty() ? "/" : path;
}

std::string_view Request::query() const {
  const std::string_view rest = split_target(target).rest;
  const auto mark = rest.find('?');
  return mark == std::string_view::npos ? std::string_view() : rest.substr(mark + 1);
}

std::string_view Request::authority() const {
  const Target parts = split_target(target);
  return parts.authority.empty() ? header("host") : parts.authority;
}

std::string_view Request::header(std::string_view name) const {
  for (const HeaderView& field : headers) {
    if (text::iequals(field.name, name)) {
      return text::trim(field.value);
    }
  }
  return {};
}

bool Request::has_header(std::string_view name) const {
  return count(name) > 0;
}

std::size_t Request::count(std::string_view name) const {
  std::size_t found = 0;
  for (const HeaderView& field : headers) {
    found += text::iequals(field.name, name) ? 1 : 0;
  }
  return found;
}

Reply text_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.content_type = "text/plain; charset=utf-8";
  reply.body = std::move(body);
  return reply;
}

Reply json_reply(int status, std::string body) {
  Reply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 421:
      return "Misdirected Request";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 502:
      return "Bad Gateway";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Unknown";
  }
}

bool parse_url(std::string_view text, Url& url) {
  for (char c : text) {
    if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') {
      return false;
    }
  }
  if (text::to_lower(text.substr(0, 7)) == "http://") {
    url.tls = false;
    text.remove_prefix(7);
  } else if (text::to_lower(text.substr(0, 8)) == "https://") {
    url.tls = true;
    text.remove_prefix(8);
  } else {
    return false;
  }
  const auto end = std::min(text.find_first_of("/?"), text.size());
  std::string_view authority = text.substr(0, end);
  std::string_view rest = text.substr(end);
  url.target = (rest.empty() || rest[0] == '?' ? "/" : "") + std::string(rest);
  if (authority.find('@') != std::string_view::npos) {
    return false;
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto bracket = authority.find(']');
    if (bracket == std::string_view::npos) {
      return false;
    }
    url.host = text::to_lower(authority.substr(1, bracket - 1));
    port = authority.substr(bracket + 1);
  } else {
    const auto colon = std::min(authority.find(':'), authority.size());
    url.host = text::to_lower(authority.substr(0, colon));
    port = authority.substr(colon);
  }
  url.port = url.tls ? 443 : 80;
  if (!port.empty()) {
    const char* last = port.data() + port.size();
    const auto [stop, error] = std::from_chars(port.data() + 1, last, url.port);
    if (port[0] != ':' || error != std::errc{} || stop != last) {
      return false;
    }
  }
  return !url.host.empty() && url.port != 0;
}

}  // namespace mooring::http
