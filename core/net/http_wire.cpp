// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_wire.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace mooring::net {

namespace beast = boost::beast;

namespace {

// Room made at once: enough for most requests.
constexpr std::size_t first_head = 512;
constexpr std::size_t first_fields = 16;
constexpr std::size_t first_body = 16 << 10;

}  // namespace

std::string_view DateClock::now() {
  const std::time_t now = std::time(nullptr);
  if (now != at_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char buffer[64];
    const auto size = std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    text_.assign(buffer, size);
    at_ = now;
  }
  return text_;
}

namespace {

void write_fields(
    std::string& head, const http::Reply& reply, std::string_view date, bool has_content
) {
  head.clear();
  head += "HTTP/1.1 ";
  head += std::to_string(reply.status);
  head += ' ';
  head += http::reason_phrase(reply.status);
  head += "\r\nDate: ";
  head += date;
  if (has_content) {
    head += "\r\nContent-Type: ";
    head += reply.content_type;
  }
  const auto write = [&head](std::string_view name, std::string_view value) {
    head.append("\r\n").append(name).append(": ").append(value);
  };
  for (const auto& [name, value] : reply.headers) {
    write(name, value);
  }
  for (const auto& [name, value] : reply.fixed_headers) {
    write(name, value);
  }
}

void end_fields(std::string& head, bool keep_alive) {
  head += keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
}

}  // namespace

void write_head(
    std::string& head, const http::Reply& reply, std::string_view date, bool keep_alive
) {
  write_fields(head, reply, date, !reply.body.empty());
  // RFC 9110 section 8.6: none with 204.
  if (reply.status != 204) {
    head += "\r\nContent-Length: ";
    head += std::to_string(reply.body.size());
  }
  end_fields(head, keep_alive);
}

void write_stream_head(
    std::string& head, const http::Reply& reply, std::string_view date, StreamFraming framing
) {
  write_fields(head, reply, date, true);
  if (framing.is_chunked) {
    head += "\r\nTransfer-Encoding: chunked";
  }
  end_fields(head, framing.keep_alive);
}

void write_chunk_size(std::string& text, std::size_t size) {
  std::array<char, 2 * sizeof size> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  text.append(digits.data(), end);
  text += "\r\n";
}

std::vector<http::HeaderView> Parser::headers() const {
  std::vector<http::HeaderView> headers;
  headers.reserve(fields_.size());
  std::string_view rest(head_);
  rest.remove_prefix(method_size_ + target_size_);
  for (const auto [name, value] : fields_) {
    headers.push_back({rest.substr(0, name), rest.substr(name, value)});
    rest.remove_prefix(name + value);
  }
  return headers;
}

void Parser::on_request_impl(verb, text_view method, text_view target, int version, error_code&) {
  head_.reserve(first_head);
  fields_.reserve(first_fields);
  head_.append(method.data(), method.size()).append(target.data(), target.size());
  method_size_ = method.size();
  target_size_ = target.size();
  is_http_1_1_ = version >= 11;
}

void Parser::on_field_impl(field known, text_view name, text_view value, error_code&) {
  if (has_head_) {
    return;
  }
  if (known == field::transfer_encoding) {
    framing_.is_first_chunked =
        framing_.codings == 0 ? beast::iequals(value, "chunked") : framing_.is_first_chunked;
    ++framing_.codings;
  }
  framing_.has_length = framing_.has_length || known == field::content_length;
  expects_leave_ =
      expects_leave_ || (known == field::expect && beast::iequals(value, "100-continue"));
  head_.append(name.data(), name.size()).append(value.data(), value.size());
  // The limit of a head is far below what these hold.
  fields_.push_back(
      {static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())}
  );
}

void Parser::on_header_impl(error_code&) {
  has_head_ = true;
}

void Parser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
  // More only as it comes: a length costs its sender nothing.
  body_.reserve(std::min<std::uint64_t>(length.value_or(0), first_body));
}

std::size_t Parser::on_body_impl(text_view piece, error_code&) {
  body_.append(piece.data(), piece.size());
  return piece.size();
}

http::Request view(const Parser& parser, std::string_view remote) {
  return {parser.method(), parser.target(), parser.body(), remote, parser.headers()};
}

boost::system::error_code framing_problem(const Parser& parser) {
  const Parser::Framing& framing = parser.framing();
  if (framing.codings == 0) {
    return {};
  }
  // RFC 9112 section 6.1: what is sent in a coding that nobody here knows is not implemented. Where
  // chunked is not the last, its end cannot even be found.
  if (parser.chunked() && !framing.has_length && !framing.is_first_chunked) {
    return other_coding();
  }
  const bool is_chunked = framing.codings == 1 && framing.is_first_chunked;
  return is_chunked && !framing.has_length
             ? boost::system::error_code()
             : make_error_code(beast::http::error::bad_transfer_encoding);
}

boost::system::error_code too_slow() {
  return make_error_code(boost::system::errc::timed_out);
}

boost::system::error_code other_coding() {
  return make_error_code(boost::system::errc::not_supported);
}

boost::system::error_code too_much() {
  return make_error_code(boost::system::errc::not_enough_memory);
}

Refusal refusal(const boost::system::error_code& error) {
  if (error == too_slow()) {
    return {408, "the request did not arrive whole in time"};
  }
  if (error == other_coding()) {
    return {501, "of transfer codings this server knows \"chunked\" alone"};
  }
  if (error == too_much()) {
    return {503, "the bodies that are being sent to this server fill its memory; try again later"};
  }
  if (error.category() != make_error_code(beast::http::error::bad_method).category()) {
    return {};
  }
  if (error == beast::http::error::body_limit) {
    return {413, "the body is larger than this server accepts"};
  }
  if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
    return {431, "the header fields are larger than this server accepts"};
  }
  if (error == beast::http::error::bad_transfer_encoding) {
    return {400, "Transfer-Encoding must be \"chunked\" alone, without Content-Length"};
  }
  return {400, "not an HTTP/1.1 request; this port speaks plain HTTP, without TLS"};
}

}  // namespace mooring::net
