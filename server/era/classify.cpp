// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/era/era.hpp"
#include "server/era/mirror.hpp"
#include "server/gate/gate.hpp"

namespace mooring::era {
namespace {

using Outcome = tl::expected<Call, rpc::Refusal>;

// What the params of a method must name.
enum class About : std::uint8_t { nothing, name, uri, level };

struct Known {
  Method method{};
  bool in_legacy = false;
  bool in_modern = false;
  About about = About::nothing;
  bool has_arguments = false;
};

// The most frequent ones first. A name is repeated in Mcp-Name.
constexpr std::array known_methods = {
    Known{Method::tools_call, true, true, About::name, true},
    Known{Method::tools_list, true, true},
    Known{Method::resources_read, true, true, About::uri},
    Known{Method::prompts_get, true, true, About::name, true},
    Known{Method::resources_list, true, true},
    Known{Method::resources_templates_list, true, true},
    Known{Method::prompts_list, true, true},
    Known{Method::completion_complete, true, true},
    Known{Method::server_discover, false, true},
    Known{Method::subscriptions_listen, false, true},
    Known{Method::ping, true, false},
    Known{Method::initialize, true, false},
    Known{Method::logging_set_level, true, false, About::level},
    Known{Method::resources_subscribe, true, false, About::uri},
    Known{Method::resources_unsubscribe, true, false, About::uri},
};

constexpr Known unknown{Method::other, false, false};

const Known& find_method(rpc::Value method, Generation generation) {
  for (const Known& known : known_methods) {
    const bool served = generation == Generation::modern ? known.in_modern : known.in_legacy;
    if (served && rpc::says(method.raw, name(known.method))) {
      return known;
    }
  }
  return unknown;
}

auto refuse(const Call& call, int status, int code, std::string message, std::string data = "") {
  return tl::unexpected(rpc::Refusal{
      status, code, std::move(message), std::string(call.id.raw), std::move(data)});
}

// What stands in `params`, before it is known what it is worth.
struct Params {
  rpc::Value name, uri, level, arguments;
  rpc::Value claimed_version, log_level;  // in `_meta`
};

std::optional<std::string> problem_of_level(Call& call, rpc::Value level, std::string_view where) {
  call.log_level =
      level.is(rpc::Kind::string) ? parse_log_level(rpc::text_of(level.raw)) : std::nullopt;
  if (call.log_level) {
    return std::nullopt;
  }
  return std::string(where) +
         " must be one of: debug, info, notice, warning, error, critical, alert, emergency";
}

std::optional<std::string> problem_of_subject(Call& call, About about, const Params& params) {
  switch (about) {
    case About::nothing:
      return std::nullopt;
    case About::level:
      return problem_of_level(call, params.level, "logging/setLevel: \"level\"");
    case About::name:
    case About::uri:
      break;
  }
  call.name = about == About::name ? params.name : params.uri;
  if (call.name.is(rpc::Kind::string)) {
    return std::nullopt;
  }
  return std::string(name(call.method)) + (about == About::uri
                                               ? ": \"uri\" must be a string, the URI of a resource"
                                               : ": \"name\" must be a string, as its list has it");
}

// `params` must be right for the method; in-band, as a handler would say it.
std::optional<std::string> problem_of_params(Call& call, const Known& known, const Params& params) {
  if (auto problem = problem_of_subject(call, known.about, params)) {
    return problem;
  }
  if (!known.has_arguments || params.arguments.is(rpc::Kind::null)) {
    return std::nullopt;
  }
  if (params.arguments && !params.arguments.is(rpc::Kind::object)) {
    return std::string(name(call.method)) + ": \"arguments\" must be an object";
  }
  call.arguments = params.arguments;
  return std::nullopt;
}

std::string unsupported_data(std::string_view requested) {
  std::string data = R"({"supported":[")" + std::string(modern_version) + R"("],"requested":)";
  rpc::append_quoted(data, requested);
  return data += '}';
}

std::optional<std::string> problem_of_envelope(Call& call, rpc::Value log_level) {
  if (!call.client_capabilities.is(rpc::Kind::object)) {
    return "params._meta: \"" + std::string(key::client_capabilities) +
           (call.client_capabilities ? "\" must be an object" : "\" is missing, an object");
  }
  if (call.client_info && !call.client_info.is(rpc::Kind::object)) {
    return "params._meta: \"" + std::string(key::client_info) + "\" must be an object";
  }
  return log_level ? problem_of_level(
                         call, log_level, "params._meta: \"" + std::string(key::log_level) + "\""
                     )
                   : std::nullopt;
}

// A notification has no envelope of its own; what it must have in common with a request is the
// version.
Outcome modern(
    Call call,
    const Params& params,
    const rpc::Message& message,
    std::string_view version,
    const Mirror& mirror
) {
  call.generation = Generation::modern;
  call.version = modern_version;
  if (mirror.has_version && mirror.version != version) {
    return refuse(
        call,
        400,
        rpc::code::header_mismatch,
        "header MCP-Protocol-Version is " + text::quoted(mirror.version) + ", params._meta says " +
            text::quoted(version)
    );
  }
  if (version != modern_version) {
    return refuse(
        call,
        400,
        rpc::code::unsupported_version,
        "protocol version " + text::quoted(version) + " is not supported; use " +
            std::string(modern_version) + ", or initialize with an earlier one",
        unsupported_data(version)
    );
  }
  if (message.kind != rpc::Message::Kind::request) {
    return call;
  }
  if (auto problem = problem_of_envelope(call, params.log_level)) {
    return refuse(call, 400, rpc::code::invalid_params, *std::move(problem));
  }
  const Known& known = find_method(message.method, call.generation);
  call.method = known.method;
  if (call.method == Method::other) {
    return refuse(
        call,
        404,
        rpc::code::method_not_found,
        "method " + text::quoted(rpc::text_of(message.method.raw)) + " is not served"
    );
  }
  if (auto problem = problem_of_params(call, known, params)) {
    return refuse(call, 200, rpc::code::invalid_params, *std::move(problem));
  }
  if (auto problem = problem_of_mirror(mirror, message.method, call.name)) {
    return refuse(call, 400, rpc::code::header_mismatch, *std::move(problem));
  }
  return call;
}

Outcome legacy(
    Call call,
    const Params& params,
    const rpc::Message& message,
    const http::Request& request,
    const Mirror& mirror
) {
  call.generation = Generation::legacy;
  if (!gate::accepts(request, "application/json") || !gate::accepts(request, "text/event-stream")) {
    return refuse(
        call,
        406,
        rpc::code::no_session,
        "Accept must list both application/json and text/event-stream"
    );
  }
  call.version = legacy_version(mirror.version);
  if (mirror.has_version && (call.version.empty() || mirror.has_twice)) {
    return refuse(
        call,
        400,
        rpc::code::no_session,
        "header MCP-Protocol-Version is " + text::quoted(mirror.version) +
            ", must be one of: 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05; or 2026-07-28 with "
            "its _meta"
    );
  }
  if (message.kind != rpc::Message::Kind::request) {
    return call;
  }
  const Known& known = find_method(message.method, call.generation);
  call.method = known.method;
  if (auto problem = problem_of_params(call, known, params)) {
    return refuse(call, 200, rpc::code::invalid_params, *std::move(problem));
  }
  return call;
}

// Without a version in `_meta`: legacy, unless the header says otherwise.
Outcome unclaimed(
    const Call& call,
    const Params& params,
    const rpc::Message& message,
    const http::Request& request,
    const Mirror& mirror
) {
  using Kind = rpc::Message::Kind;
  if (mirror.version != modern_version) {
    return legacy(call, params, message, request, mirror);
  }
  if (message.kind == Kind::response) {
    return refuse(
        call,
        400,
        rpc::code::invalid_request,
        "a client of protocol version 2026-07-28 is asked nothing that a response could be to"
    );
  }
  if (message.kind == Kind::notification) {
    return modern(call, params, message, modern_version, mirror);
  }
  if (rpc::says(message.method.raw, "initialize")) {
    return refuse(
        call,
        400,
        rpc::code::header_mismatch,
        "\"initialize\" is not of protocol version 2026-07-28, which header MCP-Protocol-Version "
        "names"
    );
  }
  return refuse(
      call,
      400,
      rpc::code::invalid_params,
      "header MCP-Protocol-Version is \"2026-07-28\", but params._meta lacks \"" +
          std::string(key::protocol_version) + "\""
  );
}

// Only what no reader could take in two ways.
std::optional<std::string> read(Call& call, Params& params) {
  rpc::Value progress_token;
  if (!rpc::pick(
          call.params,
          {{"_meta", &call.meta},
           {"name", &params.name},
           {"arguments", &params.arguments},
           {"uri", &params.uri},
           {"level", &params.level}}
      )) {
    return R"(params: "_meta", "name", "arguments", "uri" or "level" stands there twice)";
  }
  if ((call.meta && !call.meta.is(rpc::Kind::object)) ||
      !rpc::pick(
          call.meta,
          {{key::protocol_version, &params.claimed_version},
           {key::client_info, &call.client_info},
           {key::client_capabilities, &call.client_capabilities},
           {key::log_level, &params.log_level},
           {"progressToken", &progress_token}}
      ) ||
      (params.claimed_version && !params.claimed_version.is(rpc::Kind::string))) {
    return "params._meta must be one object, without double keys, \"" +
           std::string(key::protocol_version) + "\" in it a string";
  }
  if (progress_token && !progress_token.is(rpc::Kind::string) &&
      !progress_token.is(rpc::Kind::number)) {
    return "params._meta: \"progressToken\" must be a string or a number";
  }
  call.progress_token = progress_token;
  return std::nullopt;
}

}  // namespace

Outcome classify(const rpc::Message& message, const http::Request& request) {
  Call call;
  call.id = message.id;
  call.params = message.params;
  Params params;
  if (auto problem = read(call, params)) {
    return refuse(call, 400, rpc::code::invalid_params, *std::move(problem));
  }
  const Mirror mirror = read_mirror(request);
  if (!params.claimed_version) {
    return unclaimed(call, params, message, request, mirror);
  }
  return modern(call, params, message, rpc::text_of(params.claimed_version.raw), mirror);
}

}  // namespace mooring::era
