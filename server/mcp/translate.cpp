// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/mcp/mcp.hpp"

// Between the generations by splicing: what we do not know passes through as it stands.
namespace mooring::mcp {
namespace {

using era::Generation;

// Of an earlier generation or its transport, not to be said to clients of 2026-07-28.
constexpr int resource_not_found = -32002;
constexpr int url_elicitation_required = -32042;

bool is_of_the_hop(std::string_view key) {
  const auto concerns_it = [](std::string_view name) {
    return name.starts_with("io.modelcontextprotocol/") || name == "progressToken";
  };
  const std::string_view inside = key.substr(1, key.size() - 2);
  return concerns_it(inside) ||
         (inside.find('\\') != std::string_view::npos && concerns_it(rpc::text_of(key)));
}

// What the client says beside its arguments (trace context and the like), without what concerns
// its own hop.
void append_client_meta(std::string& out, rpc::Value meta) {
  rpc::Members members(meta);
  while (members.next()) {
    if (!is_of_the_hop(members.key)) {
      out += out.ends_with('{') ? "" : ",";
      out.append(members.key).append(":").append(members.value.raw);
    }
  }
}

void append_member(std::string& out, std::string_view name, std::string_view raw) {
  out += out.ends_with('{') ? "\"" : ",\"";
  out.append(name).append("\":").append(raw);
}

std::string client_info(const ToolCall& step) {
  if (step.call->client_info) {
    return std::string(step.call->client_info.raw);
  }
  if (step.session == nullptr || step.session->client_name.empty()) {
    return {};
  }
  return R"({"name":)" + rpc::quoted(step.session->client_name) + R"(,"version":)" +
         rpc::quoted(step.session->client_version) + "}";
}

// A legacy client's capabilities are not passed on: nothing can be asked of it yet.
void append_envelope(std::string& out, const ToolCall& step) {
  append_member(out, era::key::protocol_version, R"("2026-07-28")");
  if (const std::string info = client_info(step); !info.empty()) {
    append_member(out, era::key::client_info, info);
  }
  const rpc::Value capabilities = step.call->client_capabilities;
  append_member(out, era::key::client_capabilities, capabilities ? capabilities.raw : "{}");
}

void append_answers(std::string& out, const rpc::Value& params) {
  rpc::Value responses, state;
  rpc::pick(params, {{"inputResponses", &responses}, {"requestState", &state}});
  if (responses) {
    append_member(out, "inputResponses", responses.raw);
  }
  if (state) {
    append_member(out, "requestState", state.raw);
  }
}

std::string_view id_of(const ToolCall& step) {
  return step.call->id.raw;
}

std::string malformed(const ToolCall& step) {
  return failure_body(
      step,
      "tool " + text::quoted(step.tool->name) + ": its backend's answer is not an MCP tool result"
  );
}

std::string error_reply(const ToolCall& step, rpc::Value error) {
  rpc::Value code, message;
  if (!rpc::pick(error, {{"code", &code}, {"message", &message}}) ||
      !message.is(rpc::Kind::string) || !rpc::integer_of(code)) {
    return malformed(step);
  }
  const auto number = rpc::integer_of(code);
  const bool is_modern = step.call->generation == Generation::modern;
  if (!is_modern || (number != resource_not_found && number != url_elicitation_required)) {
    return rpc::error_body(id_of(step), error.raw);
  }
  std::string translated =
      R"({"code":)" +
      std::to_string(
          number == resource_not_found ? rpc::code::invalid_params : rpc::code::internal_error
      );
  rpc::append_members(translated, error, {"code"});
  return rpc::error_body(id_of(step), translated + "}");
}

std::string legacy_reply(const ToolCall& step, rpc::Value result, Generation backend) {
  if (backend == Generation::legacy) {
    return rpc::result_body(id_of(step), result.raw);
  }
  rpc::Value type, meta, structured;
  if (!rpc::pick(
          result, {{"resultType", &type}, {"_meta", &meta}, {"structuredContent", &structured}}
      )) {
    return malformed(step);
  }
  if (type && (!type.is(rpc::Kind::string) || !rpc::says(type.raw, "complete"))) {
    return failure_body(
        step,
        "tool " + text::quoted(step.tool->name) +
            " asks for more input, which needs a client of protocol version 2026-07-28"
    );
  }
  // Only objects may stand there before 2026-07-28; the same is in a text block.
  const bool keeps_structured = structured.is(rpc::Kind::object);
  std::string out = "{";
  rpc::append_members(
      out, result, {"resultType", "_meta", keeps_structured ? "resultType" : "structuredContent"}
  );
  if (meta.is(rpc::Kind::object)) {
    std::string kept = "{";
    rpc::append_members(kept, meta, {era::key::server_info});
    append_member(out, "_meta", kept + "}");
  }
  return rpc::result_body(id_of(step), out + "}");
}

std::string modern_reply(
    const ToolCall& step, rpc::Value result, Generation backend, const Profile& profile
) {
  rpc::Value type, meta;
  if (!rpc::pick(result, {{"resultType", &type}, {"_meta", &meta}})) {
    return malformed(step);
  }
  const bool says_type = backend == Generation::modern && type;
  const bool asks =
      says_type && type.is(rpc::Kind::string) && rpc::says(type.raw, "input_required");
  if (says_type && !asks && !(type.is(rpc::Kind::string) && rpc::says(type.raw, "complete"))) {
    return malformed(step);
  }
  std::string out;
  out.reserve(result.raw.size() + profile.server_info().size() + 128);
  out += asks ? R"({"resultType":"input_required")" : R"({"resultType":"complete")";
  rpc::append_members(out, result, {"resultType", "_meta"});
  out += R"(,"_meta":{)";
  rpc::append_members(out, meta, {era::key::server_info});
  append_member(out, era::key::server_info, profile.server_info());
  return rpc::result_body(id_of(step), out + "}}");
}

}  // namespace

std::string call_params(const ToolCall& step, Generation backend) {
  const rpc::Value arguments = step.call->arguments;
  std::string out = R"({"name":)";
  out.reserve(arguments.raw.size() + 256);
  rpc::append_quoted(out, step.tool->own_name);
  append_member(out, "arguments", arguments ? arguments.raw : "{}");
  std::string meta = "{";
  if (backend == Generation::modern) {
    append_answers(out, step.call->params);
    append_envelope(meta, step);
  }
  append_client_meta(meta, step.call->meta);
  if (meta.size() > 1) {
    append_member(out, "_meta", meta + "}");
  }
  return out += '}';
}

std::string reply_body(const ToolCall& step, const Answer& answer, const Profile& profile) {
  const rpc::Value value = rpc::first_value(answer.raw);
  if (!value.is(rpc::Kind::object)) {
    return malformed(step);
  }
  if (answer.is_error) {
    return error_reply(step, value);
  }
  return step.call->generation == Generation::modern
             ? modern_reply(step, value, answer.generation, profile)
             : legacy_reply(step, value, answer.generation);
}

std::string failure_body(const ToolCall& step, std::string_view message) {
  return rpc::refusal_body(
      {200, rpc::code::internal_error, std::string(message), std::string(id_of(step)), ""}
  );
}

}  // namespace mooring::mcp
