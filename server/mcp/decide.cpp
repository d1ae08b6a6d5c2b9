// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/mcp/mcp.hpp"

namespace mooring::mcp {
namespace {

using era::Generation;
using era::Method;

Reply result(const era::Call& call, std::string_view raw) {
  return {200, rpc::result_body(call.id.raw, raw), std::nullopt, 0};
}

Reply refuse(const era::Call& call, int code, std::string message) {
  return {
      200,
      rpc::refusal_body({200, code, std::move(message), std::string(call.id.raw), ""}),
      std::nullopt,
      code};
}

Reply not_served(const era::Call& call) {
  Reply reply = refuse(call, rpc::code::method_not_found, "the method is not served");
  reply.status = call.generation == Generation::modern ? 404 : 200;
  return reply;
}

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

Reply list_tools(const era::Call& call, const catalogue::Catalogue& catalogue) {
  rpc::Value cursor;
  const bool single = rpc::pick(call.params, {{"cursor", &cursor}});
  if (cursor.is(rpc::Kind::null)) {
    cursor = {};
  }
  if (!single || (cursor && !cursor.is(rpc::Kind::string))) {
    return refuse(call, rpc::code::invalid_params, "tools/list: \"cursor\" must be a string");
  }
  const std::string* page =
      catalogue.list(call.generation, cursor ? rpc::text_of(cursor.raw) : std::string());
  if (page == nullptr) {
    return refuse(
        call,
        rpc::code::invalid_params,
        "tools/list: \"cursor\" is not of this list, which may have changed; start without one"
    );
  }
  return result(call, *page);
}

const catalogue::Tool* find_tool(const catalogue::Catalogue& catalogue, rpc::Value name) {
  const std::string_view inside = name.raw.substr(1, name.raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) {
    return catalogue.find(inside);
  }
  return catalogue.find(rpc::text_of(name.raw));
}

Step call_tool(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const catalogue::Catalogue& catalogue
) {
  const catalogue::Tool* tool = find_tool(catalogue, call.name);
  if (tool == nullptr) {
    return refuse(
        call,
        rpc::code::invalid_params,
        "unknown tool " + text::quoted(rpc::text_of(call.name.raw)) + "; tools/list names all"
    );
  }
  if (call.generation == Generation::modern) {
    if (auto refusal = era::refuse_param_headers(call, tool->param_headers, request)) {
      return Reply{refusal->status, rpc::refusal_body(*refusal), std::nullopt, refusal->code};
    }
  }
  return ToolCall{tool, &call, session};
}

}  // namespace

Step decide(
    const era::Call& call,
    const session::Session* session,
    const http::Request& request,
    const Context& context
) {
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
      return list_tools(call, context.catalogue);
    case Method::tools_call:
      return call_tool(call, session, request, context.catalogue);
    case Method::resources_list:
    case Method::resources_templates_list:
    case Method::resources_read:
    case Method::resources_subscribe:
    case Method::resources_unsubscribe:
    case Method::prompts_list:
    case Method::prompts_get:
    case Method::completion_complete:
    case Method::logging_set_level:
    case Method::subscriptions_listen:
    case Method::other:
      break;
  }
  return not_served(call);
}

}  // namespace mooring::mcp
