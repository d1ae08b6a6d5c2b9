// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/era/era.hpp"
#include "server/era/mirror.hpp"
#include "server/gate/gate.hpp"

namespace mooring::era {
namespace {

using Outcome = tl::expected<Call, rpc::Refusal>;

struct Known {
  Method method;
  bool in_legacy;
  bool in_modern;
};

constexpr std::array known_methods = {
    Known{Method::tools_call, true, true},
    Known{Method::tools_list, true, true},
    Known{Method::server_discover, false, true},
    Known{Method::ping, true, false},
    Known{Method::initialize, true, false},
};

Method find_method(rpc::Value method, Generation generation) {
  for (const Known& known : known_methods) {
    const bool served = generation == Generation::modern ? known.in_modern : known.in_legacy;
    if (served && rpc::says(method.raw, name(known.method))) {
      return known.method;
    }
  }
  return Method::other;
}

auto refuse(const Call& call, int status, int code, std::string message, std::string data = "") {
  return tl::unexpected(rpc::Refusal{
      status, code, std::move(message), std::string(call.id.raw), std::move(data)});
}

// `params` must be right for the method; in-band, as a handler would say it.
std::optional<std::string> problem_of_params(Call& call) {
  if (call.method != Method::tools_call) {
    call.name = {};
    call.arguments = {};
    return std::nullopt;
  }
  if (!call.name.is(rpc::Kind::string)) {
    return "tools/call: \"name\" must be a string, the name of a tool";
  }
  if (call.arguments.is(rpc::Kind::null)) {
    call.arguments = {};
  }
  if (call.arguments && !call.arguments.is(rpc::Kind::object)) {
    return "tools/call: \"arguments\" must be an object";
  }
  return std::nullopt;
}

std::string unsupported_data(std::string_view requested) {
  std::string data = R"({"supported":[")" + std::string(modern_version) + R"("],"requested":)";
  rpc::append_quoted(data, requested);
  return data += '}';
}

std::optional<std::string> problem_of_envelope(const Call& call) {
  if (!call.client_capabilities.is(rpc::Kind::object)) {
    return "params._meta: \"" + std::string(key::client_capabilities) +
           (call.client_capabilities ? "\" must be an object" : "\" is missing, an object");
  }
  if (call.client_info && !call.client_info.is(rpc::Kind::object)) {
    return "params._meta: \"" + std::string(key::client_info) + "\" must be an object";
  }
  return std::nullopt;
}

// A notification has no envelope of its own; what it must have in common with a request is the
// version.
Outcome modern(
    Call call, const rpc::Message& message, std::string_view version, const Mirror& mirror
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
  if (auto problem = problem_of_envelope(call)) {
    return refuse(call, 400, rpc::code::invalid_params, *std::move(problem));
  }
  call.method = find_method(message.method, call.generation);
  if (call.method == Method::other) {
    return refuse(
        call,
        404,
        rpc::code::method_not_found,
        "method " + text::quoted(rpc::text_of(message.method.raw)) + " is not served"
    );
  }
  if (auto problem = problem_of_params(call)) {
    return refuse(call, 200, rpc::code::invalid_params, *std::move(problem));
  }
  if (auto problem = problem_of_mirror(mirror, message.method, call.name)) {
    return refuse(call, 400, rpc::code::header_mismatch, *std::move(problem));
  }
  return call;
}

Outcome legacy(
    Call call, const rpc::Message& message, const http::Request& request, const Mirror& mirror
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
  call.method = find_method(message.method, call.generation);
  if (auto problem = problem_of_params(call)) {
    return refuse(call, 200, rpc::code::invalid_params, *std::move(problem));
  }
  return call;
}

// Without a version in `_meta`: legacy, unless the header says otherwise.
Outcome unclaimed(
    Call call, const rpc::Message& message, const http::Request& request, const Mirror& mirror
) {
  using Kind = rpc::Message::Kind;
  if (mirror.version != modern_version || message.kind == Kind::response) {
    return legacy(call, message, request, mirror);
  }
  if (message.kind == Kind::notification) {
    return modern(call, message, modern_version, mirror);
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

}  // namespace

Outcome classify(const rpc::Message& message, const http::Request& request) {
  Call call;
  call.id = message.id;
  call.params = message.params;
  rpc::Value version;
  if (!rpc::pick(
          call.params, {{"_meta", &call.meta}, {"name", &call.name}, {"arguments", &call.arguments}}
      )) {
    return refuse(
        call,
        400,
        rpc::code::invalid_params,
        "params: \"_meta\", \"name\" or \"arguments\" stands there twice"
    );
  }
  if ((call.meta && !call.meta.is(rpc::Kind::object)) ||
      !rpc::pick(
          call.meta,
          {{key::protocol_version, &version},
           {key::client_info, &call.client_info},
           {key::client_capabilities, &call.client_capabilities}}
      ) ||
      (version && !version.is(rpc::Kind::string))) {
    return refuse(
        call,
        400,
        rpc::code::invalid_params,
        "params._meta must be one object, without double keys, \"" +
            std::string(key::protocol_version) + "\" in it a string"
    );
  }
  const Mirror mirror = read_mirror(request);
  if (!version) {
    return unclaimed(call, message, request, mirror);
  }
  return modern(call, message, rpc::text_of(version.raw), mirror);
}

}  // namespace mooring::era
