// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

/// Between Beast's messages and ours; private to core/net, as Beast is.
namespace mooring::net {

/// Reads one request by Beast's grammar. What it keeps of the head is one text: Beast's own
/// container makes a node a field, and keeps them sorted for nobody.
class Parser final : public boost::beast::http::basic_parser<true> {
 public:
  using error_code = boost::beast::error_code;

  /// All that follow are good once the head has been read.
  std::string_view method() const { return std::string_view(head_).substr(0, method_size_); }

  std::string_view target() const {
    return std::string_view(head_).substr(method_size_, target_size_);
  }

  bool is_http_1_1() const { return is_http_1_1_; }

  /// In the order in which they came, without those of the trailer (RFC 9110 section 6.5.1: they
  /// are none of the head). Points into the parser.
  std::vector<http::HeaderView> headers() const;

  /// As far as it has come.
  std::string& body() { return body_; }

  const std::string& body() const { return body_; }

  /// Whether the client waits for leave to send the body (RFC 9110 section 10.1.1).
  bool expects_leave() const { return expects_leave_; }

  /// What the head says of where the body ends.
  struct Framing {
    std::size_t codings = 0;        ///< fields Transfer-Encoding
    bool is_first_chunked = false;  ///< the first says this and no more
    bool has_length = false;        ///< there is a Content-Length
  };

  const Framing& framing() const { return framing_; }

 private:
  using verb = boost::beast::http::verb;
  using field = boost::beast::http::field;
  using text_view = boost::beast::string_view;

  void on_request_impl(verb, text_view method, text_view target, int version, error_code&) override;
  void on_field_impl(field known, text_view name, text_view value, error_code&) override;
  void on_header_impl(error_code&) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override;
  std::size_t on_body_impl(text_view piece, error_code&) override;

  void on_chunk_header_impl(std::uint64_t, text_view, error_code&) override {}

  std::size_t on_chunk_body_impl(std::uint64_t, text_view piece, error_code& error) override {
    return on_body_impl(piece, error);
  }

  void on_response_impl(int, text_view, int, error_code&) override {}

  void on_finish_impl(error_code&) override {}

  struct Sizes {
    std::uint32_t name;
    std::uint32_t value;
  };

  std::string head_;  ///< method, target, and each field's name and value, with nothing between
  std::size_t method_size_ = 0;
  std::size_t target_size_ = 0;
  std::vector<Sizes> fields_;
  std::string body_;
  Framing framing_;
  bool is_http_1_1_ = false;
  bool expects_leave_ = false;
  bool has_head_ = false;
};

/// The value of the Date field, made anew once a second. One a thread.
class DateClock {
 public:
  std::string_view now();

 private:
  std::time_t at_ = 0;
  std::string text_;
};

void write_head(
    std::string& head, const http::Reply& reply, std::string_view date, bool keep_alive
);

struct StreamFraming {
  bool is_chunked = false;
  bool keep_alive = false;
};

/// The head of a reply whose body comes piece by piece.
void write_stream_head(
    std::string& head, const http::Reply& reply, std::string_view date, StreamFraming framing
);

/// The line before a chunk's bytes (RFC 9112 section 7.1).
void write_chunk_size(std::string& text, std::size_t size);

/// Points into the parser, which must outlive it.
http::Request view(const Parser& parser, std::string_view remote);

struct Refusal {
  int status = 0;
  const char* why = "";
};

/// Why a message that was read must not be believed, though Beast took it: where its body ends is a
/// matter of opinion (RFC 9112 section 6.3). The only transfer coding is one `chunked`, and no
/// Content-Length stands beside it.
boost::system::error_code framing_problem(const Parser& parser);

/// The answer to a request that could not be read: 408, 413, 431, 501, 503, 400 for what is no
/// HTTP, and status 0 when there is nobody to answer (the connection ended).
Refusal refusal(const boost::system::error_code& error);

/// What `read` reports for a request that took too long.
boost::system::error_code too_slow();

/// The same for a body in a transfer coding that is not known.
boost::system::error_code other_coding();

/// The same for a body that there is no room for.
boost::system::error_code too_much();

}  // namespace mooring::net
