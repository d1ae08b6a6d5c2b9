// SPDX-License-Identifier: Apache-2.0
#include "core/net/http_wire.hpp"

#include <array>
#include <charconv>

namespace mooring::net {

namespace beast = boost::beast;

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
  for (const auto& [name, value] : reply.headers) {
    head += "\r\n";
    head += name;
    head += ": ";
    head += value;
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

http::Request view(const Parser& parser, std::string_view remote) {
  const auto& message = parser.get();
  http::Request request;
  request.method = {message.method_string().data(), message.method_string().size()};
  request.target = {message.target().data(), message.target().size()};
  request.body = message.body();
  request.remote = remote;
  request.headers.reserve(16);
  for (const auto& field : message) {
    request.headers.push_back(
        {{field.name_string().data(), field.name_string().size()},
         {field.value().data(), field.value().size()}}
    );
  }
  return request;
}

boost::system::error_code framing_problem(const Parser& parser) {
  const auto& message = parser.get();
  const auto [first, last] = message.equal_range(beast::http::field::transfer_encoding);
  if (first == last) {
    return {};
  }
  const bool has_length = message.count(beast::http::field::content_length) > 0;
  // RFC 9112 section 6.1: what is sent in a coding that nobody here knows is not implemented. Where
  // chunked is not the last, its end cannot even be found.
  if (parser.chunked() && !has_length && !beast::iequals(first->value(), "chunked")) {
    return other_coding();
  }
  const bool is_chunked = std::next(first) == last && beast::iequals(first->value(), "chunked");
  return is_chunked && !has_length ? boost::system::error_code()
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
