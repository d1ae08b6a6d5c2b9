// SPDX-License-Identifier: Apache-2.0
// A request as it comes from the socket. The first byte says where a second read begins: how the
// bytes are cut must make no difference to what is taken for a request, though it may to how soon
// something else is refused.
#include "core/net/http_wire.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <string>

namespace mooring::fuzz {
namespace {

constexpr std::size_t most_body = 1000;
// Above all inputs: a limit is counted from where the parser went on, so just at it cuts do matter.
constexpr std::size_t most_header = 64 << 10;

struct Outcome {
  bool is_request = false;
  std::string seen;  ///< by the rooms behind: all of it
  std::size_t taken = 0;

  bool operator==(const Outcome&) const = default;
};

void add(std::string& out, std::string_view part) {
  out.append(std::to_string(part.size())).append(":").append(part);
}

Outcome judge(const net::Parser& parser, const boost::system::error_code& error) {
  if (error) {
    require(net::refusal(error).status >= 400, "what cannot be read is answered");
    return {};
  }
  if (const auto problem = net::framing_problem(parser)) {
    const int status = net::refusal(problem).status;
    require(status == 400 || status == 501, "what may be read in two ways is refused");
    return {};
  }
  Outcome outcome{true, "", 0};
  const http::Request request = net::view(parser, "::1");
  require(request.body.size() <= most_body, "a body is bounded");
  add(outcome.seen, request.method);
  add(outcome.seen, request.target);
  add(outcome.seen, request.body);
  for (const http::HeaderView& header : request.headers) {
    require(header.name.find_first_of("\r\n") == std::string_view::npos, "a name is one line");
    require(header.value.find('\n') == std::string_view::npos, "a value is one line");
    add(outcome.seen, header.name);
    add(outcome.seen, header.value);
  }
  return outcome;
}

// As the server does: what the parser does not take yet stands before what is read next.
Outcome read(std::string_view bytes, std::size_t first_end) {
  net::Parser parser;
  parser.eager(true);
  parser.body_limit(most_body);
  parser.header_limit(most_header);
  std::size_t taken = 0;
  for (const std::size_t end : {first_end, bytes.size()}) {
    boost::system::error_code error;
    const std::string_view part = bytes.substr(taken, end - taken);
    if (part.empty()) {
      continue;
    }
    taken += parser.put(boost::asio::buffer(part), error);
    if (parser.is_done() || (error && error != boost::beast::http::error::need_more)) {
      Outcome outcome = judge(parser, error);
      outcome.taken = outcome.is_request ? taken : 0;
      return outcome;
    }
  }
  return {};
}

}  // namespace

void try_input(std::string_view input) {
  if (input.empty()) {
    return;
  }
  const std::string_view bytes = input.substr(1);
  const std::size_t cut = static_cast<unsigned char>(input[0]);
  const Outcome whole = read(bytes, 0);
  const Outcome in_parts = read(bytes, std::min(cut, bytes.size()));
  require(whole == in_parts, "a request is the same however it is cut");
}

}  // namespace mooring::fuzz
