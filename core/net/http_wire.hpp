// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <ctime>
#include <string>
#include <string_view>

/// Between Beast's messages and ours; private to core/net, as Beast is.
namespace mooring::net {

using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

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
