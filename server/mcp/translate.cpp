// SPDX-License-Identifier: Apache-2.0
#include "core/text/ascii.hpp"
#include "server/mcp/replies.hpp"
#include "server/mcp/splice.hpp"

// Between the generations by splicing: what we do not know passes through as it stands.
namespace mooring::mcp {
namespace {

using era::Generation;
using era::Method;

// The method and what it is about, for messages.
std::string subject(const Ask& ask) {
  if (!ask.call->name) {
    return std::string(ask.method());
  }
  const std::string_view noun = ask.call->method == Method::tools_call    ? "tool "
                                : ask.call->method == Method::prompts_get ? "prompt "
                                                                          : "resource ";
  return std::string(noun) + text::quoted(rpc::text_of(ask.call->name.raw));
}

Reply malformed(const Ask& ask) {
  return failure(
      ask, subject(ask) + ": its backend's answer is not one to " + std::string(ask.method())
  );
}

Reply success(const Ask& ask, std::string_view raw_result) {
  return result(*ask.call, raw_result);
}

struct WireError {
  std::int64_t code = 0;
  rpc::Value data;
};

std::optional<WireError> read_error(rpc::Value error) {
  WireError read;
  rpc::Value code, message;
  if (!rpc::pick(error, {{"code", &code}, {"message", &message}, {"data", &read.data}}) ||
      !message.is(rpc::Kind::string)) {
    return std::nullopt;
  }
  const auto number = code.is(rpc::Kind::number) ? rpc::integer_of(code) : std::nullopt;
  if (!number) {
    return std::nullopt;
  }
  read.code = *number;
  return read;
}

// The code in the client's generation.
std::int64_t translated_code(const Ask& ask, const WireError& error) {
  if (ask.call->generation == Generation::modern) {
    switch (error.code) {
      case legacy_code::resource_not_found:
        return rpc::code::invalid_params;
      case legacy_code::url_elicitation_required:
        return rpc::code::internal_error;
      default:
        return error.code;
    }
  }
  rpc::Value uri;
  rpc::pick(error.data, {{"uri", &uri}});
  const bool is_not_found =
      ask.call->method == Method::resources_read && error.code == rpc::code::invalid_params && uri;
  return is_not_found ? legacy_code::resource_not_found : error.code;
}

Reply error_reply(const Ask& ask, rpc::Value error) {
  const auto read = read_error(error);
  if (!read) {
    return malformed(ask);
  }
  const bool is_modern = ask.call->generation == Generation::modern;
  const std::int64_t code = translated_code(ask, *read);
  // A modern client is told which resource it is that there is not.
  const bool lacks_uri = is_modern && ask.call->method == Method::resources_read &&
                         code == rpc::code::invalid_params && !read->data;
  Reply reply;
  reply.code = static_cast<int>(code);
  reply.status = is_modern && code == rpc::code::missing_capability ? 400 : 200;
  if (code == read->code && !lacks_uri) {
    reply.body = rpc::error_body(ask.call->id.raw, error.raw);
    return reply;
  }
  std::string translated = R"({"code":)" + std::to_string(code);
  rpc::append_members(translated, error, {"code"});
  if (lacks_uri) {
    append_member(translated, "data", R"({"uri":)" + std::string(ask.call->name.raw) + "}");
  }
  reply.body = rpc::error_body(ask.call->id.raw, translated + "}");
  return reply;
}

bool is_string(rpc::Value value, std::string_view text) {
  return value.is(rpc::Kind::string) && rpc::says(value.raw, text);
}

Reply legacy_reply(const Ask& ask, rpc::Value answer, Generation backend) {
  if (backend == Generation::legacy) {
    return success(ask, answer.raw);
  }
  rpc::Value type, meta, structured;
  if (!rpc::pick(
          answer, {{"resultType", &type}, {"_meta", &meta}, {"structuredContent", &structured}}
      )) {
    return malformed(ask);
  }
  if (type && !is_string(type, "complete")) {
    return failure(
        ask, subject(ask) + " asks for more input, which this client cannot be asked for"
    );
  }
  // Only objects may stand there before 2026-07-28; the same is in a text block.
  const bool keeps_structured = structured.is(rpc::Kind::object);
  std::string out = "{";
  rpc::append_members(
      out,
      answer,
      {"resultType",
       "_meta",
       "ttlMs",
       "cacheScope",
       keeps_structured ? "resultType" : "structuredContent"}
  );
  if (meta.is(rpc::Kind::object)) {
    std::string kept = "{";
    rpc::append_members(kept, meta, {era::key::server_info});
    append_member(out, "_meta", kept + "}");
  }
  return success(ask, out + "}");
}

// What is read may be kept as long as its backend says; if it says nothing, not at all.
void append_caching(std::string& out, rpc::Value answer) {
  rpc::Value ttl, scope;
  rpc::pick(answer, {{"ttlMs", &ttl}, {"cacheScope", &scope}});
  const bool is_said = ttl.is(rpc::Kind::number) && scope.is(rpc::Kind::string);
  append_member(out, "ttlMs", is_said ? ttl.raw : "0");
  append_member(out, "cacheScope", is_said ? scope.raw : R"("private")");
}

Reply modern_reply(const Ask& ask, rpc::Value answer, Generation backend, const Profile& profile) {
  rpc::Value type, meta;
  if (!rpc::pick(answer, {{"resultType", &type}, {"_meta", &meta}})) {
    return malformed(ask);
  }
  const bool says_type = backend == Generation::modern && type;
  const bool asks = says_type && is_string(type, "input_required");
  if (says_type && !asks && !is_string(type, "complete")) {
    return malformed(ask);
  }
  std::string out;
  out.reserve(answer.raw.size() + profile.server_info().size() + 128);
  out += asks ? R"({"resultType":"input_required")" : R"({"resultType":"complete")";
  if (ask.call->method == Method::resources_read && !asks) {
    rpc::append_members(out, answer, {"resultType", "_meta", "ttlMs", "cacheScope"});
    append_caching(out, answer);
  } else {
    rpc::append_members(out, answer, {"resultType", "_meta"});
  }
  out += R"(,"_meta":{)";
  rpc::append_members(out, meta, {era::key::server_info});
  append_member(out, era::key::server_info, profile.server_info());
  return success(ask, out + "}}");
}

}  // namespace

// Servers say so in many ways: by the codes of both generations, or without one of their own.
bool says_not_found(const Ask& ask, const Answer& answer) {
  const rpc::Value value = rpc::first_value(answer.raw);
  if (ask.call->method != Method::resources_read) {
    return false;
  }
  if (!answer.is_error) {
    rpc::Value contents;
    rpc::pick(value, {{"contents", &contents}});
    rpc::Elements elements(contents);
    return contents.is(rpc::Kind::array) && !elements.next();
  }
  const auto error = read_error(value);
  return error && (error->code == legacy_code::resource_not_found ||
                   error->code == rpc::code::invalid_params ||
                   error->code == rpc::code::method_not_found || error->code == 0);
}

Reply reply_of(const Ask& ask, const Answer& answer, const Profile& profile) {
  const rpc::Value value = rpc::first_value(answer.raw);
  if (!value.is(rpc::Kind::object)) {
    return malformed(ask);
  }
  if (answer.is_error) {
    return error_reply(ask, value);
  }
  return ask.call->generation == Generation::modern
             ? modern_reply(ask, value, answer.generation, profile)
             : legacy_reply(ask, value, answer.generation);
}

Reply failure(const Ask& ask, std::string_view message) {
  return refuse(*ask.call, rpc::code::internal_error, std::string(message));
}

}  // namespace mooring::mcp
