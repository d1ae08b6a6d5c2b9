// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/mcp/mcp.hpp"
#include "server/mcp/replies.hpp"

namespace mooring::mcp {
namespace {

using catalogue::Kind;
using era::Generation;
using era::Method;

// A version that we know is answered with itself, any other with our latest of that generation.
Reply initialize(const era::Call& call, const Context& context) {
  rpc::Value wanted;
  if (!rpc::pick(call.params, {{"protocolVersion", &wanted}}) || !wanted.is(rpc::Kind::string)) {
    return refuse(
        call, rpc::code::invalid_params, "initialize: \"protocolVersion\" must be a string"
    );
  }
  std::string_view version = era::legacy_version(rpc::text_of(wanted.raw));
  if (version.empty()) {
    version = era::legacy_versions.front();
  }
  Reply reply = result(call, context.profile.initialize_result(version));
  reply.begun = session::begin(version, call.params, context.now, context.session_ttl);
  return reply;
}

Reply list(const era::Call& call, Kind kind, const Context& context) {
  const std::string method(era::name(call.method));
  rpc::Value cursor;
  const bool single = rpc::pick(call.params, {{"cursor", &cursor}});
  if (cursor.is(rpc::Kind::null)) {
    cursor = {};
  }
  if (!single || (cursor && !cursor.is(rpc::Kind::string))) {
    return refuse(call, rpc::code::invalid_params, method + ": \"cursor\" must be a string");
  }
  const std::string* page = context.catalogue.list(
      kind, call.generation, cursor ? rpc::text_of(cursor.raw) : std::string(), context.ring
  );
  if (page == nullptr) {
    return refuse(
        call,
        rpc::code::invalid_params,
        method + ": \"cursor\" is not of this list, which may have changed; start without one"
    );
  }
  return result(call, *page);
}

Reply unknown(const era::Call& call, std::string_view noun, std::string_view list_method) {
  Reply reply = refuse(
      call,
      rpc::code::invalid_params,
      "unknown " + std::string(noun) + " " + text::quoted(rpc::text_of(call.name.raw)) + "; " +
          std::string(list_method) + " names all"
  );
  reply.is_unknown_name = true;
  return reply;
}

// What a model can mend comes back as a result, since 2025-11-25 (SEP-1303).
Reply wrong_arguments(
    const Ask& ask, const std::vector<FieldError>& errors, const Profile& profile
) {
  std::string text = describe(errors, "\n");
  if (ask.session != nullptr && ask.session->version < "2025-11-25") {
    return refuse(*ask.call, rpc::code::invalid_params, std::move(text));
  }
  const std::string raw =
      R"({"content":[{"type":"text","text":)" + rpc::quoted(text) + R"(}],"isError":true})";
  Reply reply = reply_of(ask, {Generation::legacy, false, raw}, profile);
  reply.is_tool_error = true;
  return reply;
}

Step call_tool(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Context& context
) {
  const catalogue::Tool* tool = context.catalogue.find_tool(Text(call.name).view());
  if (tool == nullptr) {
    return unknown(call, "tool", "tools/list");
  }
  if (call.generation == Generation::modern) {
    if (auto refusal = era::refuse_param_headers(call, tool->param_headers, request)) {
      return Reply{
          refusal->status, rpc::refusal_body(*refusal), std::nullopt, refusal->code, false};
    }
  }
  Ask ask;
  ask.call = &call;
  ask.session = session;
  ask.backend = tool->backend;
  ask.tool = tool;
  ask.own_name = tool->own_name;
  if (tool->arguments) {
    const rpc::Value given = call.arguments ? call.arguments : rpc::Value{rpc::Kind::object, "{}"};
    if (const auto errors = tool->arguments->check(given); !errors.empty()) {
      return wrong_arguments(ask, errors, context.profile);
    }
  }
  return ask;
}

Step get_prompt(const era::Call& call, const catalogue::Catalogue& catalogue) {
  const catalogue::Prompt* prompt = catalogue.find_prompt(Text(call.name).view());
  if (prompt == nullptr) {
    return unknown(call, "prompt", "prompts/list");
  }
  Ask ask;
  ask.backend = prompt->backend;
  ask.own_name = prompt->own_name;
  return ask;
}

Step set_level(const era::Call& call, const catalogue::Catalogue& catalogue) {
  if (!catalogue.capabilities().logging) {
    return not_served(call);
  }
  return SetLevel{*call.log_level, result(call, "{}")};
}

Step dispatch(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Context& context
) {
  const catalogue::Catalogue& catalogue = context.catalogue;
  switch (call.method) {
    case Method::none:
      return Accepted{};
    case Method::initialize:
      return initialize(call, context);
    case Method::ping:
      return result(call, "{}");
    case Method::server_discover:
      return result(call, context.profile.discover_result());
    case Method::tools_list:
      return list(call, Kind::tools, context);
    case Method::tools_call:
      return call_tool(call, session, request, context);
    case Method::resources_list:
      return list(call, Kind::resources, context);
    case Method::resources_templates_list:
      return list(call, Kind::templates, context);
    case Method::resources_read:
      return read_resource(call, catalogue);
    case Method::resources_subscribe:
    case Method::resources_unsubscribe:
      return subscribe(call, catalogue);
    case Method::prompts_list:
      return list(call, Kind::prompts, context);
    case Method::prompts_get:
      return get_prompt(call, catalogue);
    case Method::completion_complete:
      return complete(call, catalogue);
    case Method::logging_set_level:
      return set_level(call, catalogue);
    case Method::subscriptions_listen:
      return listen(call, catalogue);
    case Method::other:
      break;
  }
  return not_served(call);
}

// What a client says that was asked for input before, in the methods that may ask.
std::optional<std::string> read_answers(const era::Call& call, Ask& ask) {
  if (call.generation != Generation::modern || call.method == Method::completion_complete) {
    return std::nullopt;
  }
  if (!rpc::pick(
          call.params,
          {{"inputResponses", &ask.input_responses}, {"requestState", &ask.request_state}}
      )) {
    return "params: \"inputResponses\" or \"requestState\" stands there twice";
  }
  if (ask.input_responses && !ask.input_responses.is(rpc::Kind::object)) {
    return "params.inputResponses must be an object";
  }
  if (ask.request_state && !ask.request_state.is(rpc::Kind::string)) {
    return "params.requestState must be a string, as it was given";
  }
  return std::nullopt;
}

}  // namespace

Step decide(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Context& context
) {
  Step step = dispatch(call, session, request, context);
  if (auto* ask = std::get_if<Ask>(&step)) {
    ask->call = &call;
    ask->session = session;
    if (auto problem = read_answers(call, *ask)) {
      return refuse(call, rpc::code::invalid_params, *std::move(problem));
    }
  }
  return step;
}

}  // namespace mooring::mcp
