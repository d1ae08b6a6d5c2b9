// SPDX-License-Identifier: Apache-2.0
// A request with its headers, from the gate to what generation it speaks. An input is lines
// "Name: value", an empty line and a body.
#include "core/text/ascii.hpp"
#include "server/era/era.hpp"
#include "server/gate/gate.hpp"
#include "tests/fuzz/fuzz.hpp"

#include <algorithm>

namespace mooring::fuzz {
namespace {

http::Request read_request(std::string_view input) {
  http::Request request;
  request.method = "POST";
  request.target = "/mcp";
  request.remote = "127.0.0.1";
  while (!input.empty()) {
    const auto end = std::min(input.find('\n'), input.size());
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(std::min(end + 1, input.size()));
    if (line.empty()) {
      break;
    }
    const auto colon = std::min(line.find(':'), line.size());
    request.headers.push_back({line.substr(0, colon), line.substr(std::min(colon + 1, line.size()))}
    );
  }
  request.body = input;
  return request;
}

void check_refusal(const rpc::Refusal& refusal) {
  // 200: an error that the protocol tells within an answer.
  require(
      refusal.status == 200 || (refusal.status >= 400 && refusal.status < 500),
      "a refusal is the client's fault"
  );
  require(rpc::check(rpc::refusal_body(refusal)).has_value(), "a refusal is JSON");
}

void check_call(const era::Call& call, const http::Request& request) {
  const std::vector<era::ParamHeader> declared{
      {{"region"}, "Mcp-Param-Region", rpc::Kind::string},
      {{"deep", "count"}, "Mcp-Param-Count", rpc::Kind::number},
      {{"flag"}, "Mcp-Param-Flag", rpc::Kind::boolean}};
  if (const auto refusal = era::refuse_param_headers(call, declared, request)) {
    check_refusal(*refusal);
  }
  check_refusal(era::missing_capability(call, R"({"roots":{}})"));
  require(
      call.generation == era::Generation::legacy || call.version == era::modern_version,
      "a modern call names its version"
  );
  require(!era::name(call.method).empty(), "a method has a name");
}

}  // namespace

void try_input(std::string_view input) {
  const http::Request request = read_request(input);
  const gate::Rules rules = gate::make_rules("/mcp", "127.0.0.1", {}, {});
  if (const auto endpoint = gate::enter(request, rules); !endpoint) {
    require(endpoint.error().status >= 400, "the gate refuses with an error");
  }
  gate::accepts(request, "text/event-stream");
  for (const http::HeaderView& header : request.headers) {
    era::decode_header(text::trim(header.value));
  }
  const auto body = rpc::parse(request.body);
  if (!body) {
    return;
  }
  if (body->is_batch) {
    era::refuse_batch(*body, "2025-03-26");
    return;
  }
  const auto call = era::classify(body->message, request);
  if (!call) {
    check_refusal(call.error());
    return;
  }
  check_call(*call, request);
}

}  // namespace mooring::fuzz
