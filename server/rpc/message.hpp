// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "server/rpc/value.hpp"

#include <tl/expected.hpp>

#include <string>
#include <string_view>
#include <vector>

/// JSON-RPC 2.0 as MCP uses it: ids are strings or integers, params are objects.
namespace mooring::rpc {

/// The codes that go on the wire.
namespace code {
inline constexpr int parse_error = -32700;
inline constexpr int invalid_request = -32600;
inline constexpr int method_not_found = -32601;
inline constexpr int invalid_params = -32602;
inline constexpr int internal_error = -32603;
inline constexpr int no_session =
    -32000;  ///< legacy: no session, or headers that name none we know
inline constexpr int unknown_session = -32001;
inline constexpr int header_mismatch = -32020;
inline constexpr int missing_capability = -32021;
inline constexpr int unsupported_version = -32022;
}  // namespace code

/// A request that is answered with an error: HTTP status and JSON-RPC error in one.
struct Refusal {
  int status = 400;
  int code = code::invalid_request;
  std::string message;
  std::string id;    ///< raw; empty: the error has no id
  std::string data;  ///< raw JSON; empty: none

  bool operator==(const Refusal&) const = default;
};

/// One message, its parts slices of the body.
struct Message {
  enum class Kind { request, notification, response };

  Kind kind = Kind::request;
  Value id;      ///< string or integer; none in a notification and in some error responses
  Value method;  ///< a string; none in a response
  Value params;  ///< an object or none
  Value result;
  Value error;
};

/// What was posted, or what a backend wrote in a line.
struct Body {
  Message message;             ///< the one message, unless it is a batch
  std::vector<Message> batch;  ///< at most `max_batch`
  bool is_batch = false;
};

inline constexpr std::size_t max_batch = 100;

/// Checks all of the text and takes the envelope apart. The refusal has the id where one could be
/// read.
tl::expected<Body, Refusal> parse(std::string_view text);

/// A message of a batch, as it would stand alone.
std::string message_body(const Message& message);

/// Without params where there are none.
std::string notification_body(std::string_view method, std::string_view raw_params);
std::string result_body(std::string_view id, std::string_view raw_result);
/// The same with an error object as it came from a backend.
std::string error_body(std::string_view id, std::string_view raw_error);
std::string refusal_body(const Refusal& refusal);
http::Reply refusal_reply(const Refusal& refusal);

}  // namespace mooring::rpc
