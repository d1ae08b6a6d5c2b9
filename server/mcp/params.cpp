// SPDX-License-Identifier: Apache-2.0
#include "server/input/question.hpp"
#include "server/mcp/mcp.hpp"
#include "server/mcp/splice.hpp"

// Between the generations by splicing: what we do not know passes through as it stands.
namespace mooring::mcp {
namespace {

using era::Generation;
using era::Method;

bool is_of_the_hop(std::string_view key) {
  const auto concerns_it = [](std::string_view name) {
    return name.starts_with("io.modelcontextprotocol/") || name == "progressToken";
  };
  const std::string_view inside = key.substr(1, key.size() - 2);
  return concerns_it(inside) ||
         (inside.find('\\') != std::string_view::npos && concerns_it(rpc::text_of(key)));
}

std::string client_info(const Ask& ask) {
  if (ask.call->client_info) {
    return std::string(ask.call->client_info.raw);
  }
  if (ask.session == nullptr || ask.session->client_name.empty()) {
    return {};
  }
  return R"({"name":)" + rpc::quoted(ask.session->client_name) + R"(,"version":)" +
         rpc::quoted(ask.session->client_version) + "}";
}

// With what a client can do a backend hears of its extensions, and makes use of them. A task that
// it begins (SEP-2663) could not be asked for here: so it answers as to all who know none.
std::string without_tasks(rpc::Value capabilities) {
  constexpr std::string_view tasks = "io.modelcontextprotocol/tasks";
  rpc::Value extensions;
  rpc::pick(capabilities, {{"extensions", &extensions}});
  if (!extensions.is(rpc::Kind::object)) {
    return std::string(capabilities.raw);
  }
  std::string kept = "{";
  rpc::append_members(kept, extensions, {tasks});
  std::string made = "{";
  rpc::append_members(made, capabilities, {"extensions"});
  append_member(made, "extensions", kept + "}");
  return made + "}";
}

void append_envelope(std::string& out, const Ask& ask, const Hop& hop) {
  append_member(out, era::key::protocol_version, R"("2026-07-28")");
  if (const std::string info = client_info(ask); !info.empty()) {
    append_member(out, era::key::client_info, info);
  }
  if (const rpc::Value declared = ask.call->client_capabilities) {
    append_member(out, era::key::client_capabilities, without_tasks(declared));
  } else {
    append_member(
        out,
        era::key::client_capabilities,
        hop.can_be_asked && ask.session != nullptr ? input::declared(ask.session->capabilities)
                                                   : "{}"
    );
  }
  if (hop.log_level) {
    append_member(out, era::key::log_level, "\"" + std::string(era::name(*hop.log_level)) + "\"");
  }
}

// A prompt is referred to by the name that its backend knows.
void append_completion(std::string& out, const Ask& ask) {
  rpc::Value ref, argument, context;
  rpc::pick(ask.call->params, {{"ref", &ref}, {"argument", &argument}, {"context", &context}});
  if (ask.own_name.empty()) {
    append_member(out, "ref", ref.raw);
  } else {
    std::string own = R"({"name":)";
    rpc::append_quoted(own, ask.own_name);
    rpc::append_members(own, ref, {"name"});
    append_member(out, "ref", own + "}");
  }
  append_member(out, "argument", argument.raw);
  if (context) {
    append_member(out, "context", context.raw);
  }
}

void append_subject(std::string& out, const Ask& ask) {
  const era::Call& call = *ask.call;
  switch (call.method) {
    case Method::tools_call:
    case Method::prompts_get:
      out += "\"name\":";
      rpc::append_quoted(out, ask.own_name);
      if (call.arguments || call.method == Method::tools_call) {
        append_member(out, "arguments", call.arguments ? call.arguments.raw : "{}");
      }
      break;
    case Method::completion_complete:
      append_completion(out, ask);
      break;
    default:
      append_member(out, "uri", call.name.raw);
      break;
  }
}

}  // namespace

void append_member(std::string& out, std::string_view name, std::string_view raw) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out.append(name).append("\":").append(raw);
}

void append_lasting_meta(std::string& out, rpc::Value meta) {
  rpc::Members members(meta);
  while (members.next()) {
    if (!is_of_the_hop(members.key)) {
      out += out.ends_with('{') ? "" : ",";
      out.append(members.key).append(":").append(members.value.raw);
    }
  }
}

std::string params_of(const Ask& ask, const Hop& hop) {
  std::string out = "{";
  out.reserve(ask.call->params.raw.size() + 256);
  append_subject(out, ask);
  std::string meta = "{";
  if (hop.generation == Generation::modern) {
    if (ask.input_responses) {
      append_member(out, "inputResponses", ask.input_responses.raw);
    }
    if (ask.request_state) {
      append_member(out, "requestState", ask.request_state.raw);
    }
    append_envelope(meta, ask, hop);
  }
  if (hop.progress_token != 0) {
    append_member(meta, "progressToken", std::to_string(hop.progress_token));
  }
  append_lasting_meta(meta, ask.call->meta);
  if (meta.size() > 1) {
    append_member(out, "_meta", meta + "}");
  }
  return out += '}';
}

}  // namespace mooring::mcp
