// SPDX-License-Identifier: Apache-2.0
#include "server/rpc/message.hpp"

namespace mooring::rpc {
namespace {

// `-0`, `1.0` and `1e3` are numbers to JSON, but two readers may echo them differently.
bool is_integer_token(Value id) {
  return id.is(Kind::number) && id.raw.find_first_of(".eE") == std::string_view::npos;
}

bool is_id(Value id) {
  return id.is(Kind::string) || is_integer_token(id);
}

Refusal invalid(std::string message, Value id) {
  return {400, code::invalid_request, std::move(message), is_id(id) ? std::string(id.raw) : "", ""};
}

const char* problem_of_call(const Message& message) {
  if (!message.method.is(Kind::string)) {
    return "\"method\" must be a string";
  }
  if (message.id && !is_id(message.id)) {
    return "\"id\" must be a string or an integer";
  }
  if (message.params && !message.params.is(Kind::object)) {
    return "\"params\" must be an object";
  }
  if (message.result || message.error) {
    return "a message has either a \"method\" or a \"result\" or an \"error\"";
  }
  return nullptr;
}

const char* problem_of_response(const Message& message) {
  if (!message.result == !message.error) {
    return "a message needs a \"method\", or exactly one of \"result\" and \"error\"";
  }
  if (message.error && !message.error.is(Kind::object)) {
    return "\"error\" must be an object";
  }
  // JSON-RPC answers what it could not read with the id null.
  if (!is_id(message.id) && (message.result || (message.id && !message.id.is(Kind::null)))) {
    return "the \"id\" of a response must be a string or an integer";
  }
  return nullptr;
}

tl::expected<Message, Refusal> parse_message(Value value) {
  Message message;
  Value version;
  if (!value.is(Kind::object)) {
    return tl::unexpected(invalid("a JSON-RPC message must be an object", {}));
  }
  if (!pick(
          value,
          {{"jsonrpc", &version},
           {"id", &message.id},
           {"method", &message.method},
           {"params", &message.params},
           {"result", &message.result},
           {"error", &message.error}}
      )) {
    return tl::unexpected(invalid("a member of the message stands there twice", {}));
  }
  if (!version.is(Kind::string) || !says(version.raw, "2.0")) {
    return tl::unexpected(invalid("\"jsonrpc\" must be \"2.0\"", message.id));
  }
  const bool is_call = static_cast<bool>(message.method);
  if (const char* problem = is_call ? problem_of_call(message) : problem_of_response(message)) {
    return tl::unexpected(invalid(problem, message.id));
  }
  using Sort = Message::Kind;
  message.kind = !is_call ? Sort::response : message.id ? Sort::request : Sort::notification;
  message.id = is_id(message.id) ? message.id : Value{};
  // A response has none: whatever stands there under the name is an unknown member.
  message.params = is_call ? message.params : Value{};
  return message;
}

tl::expected<Body, Refusal> parse_batch(Value array) {
  Body body;
  body.is_batch = true;
  Elements elements(array);
  while (elements.next()) {
    if (body.batch.size() == max_batch) {
      return tl::unexpected(invalid(
          "a batch has at most " + std::to_string(max_batch) + " messages; send them in several", {}
      ));
    }
    auto message = parse_message(elements.value);
    if (!message) {
      message.error().id.clear();
      message.error().message.insert(0, "message " + std::to_string(body.batch.size()) + ": ");
      return tl::unexpected(std::move(message).error());
    }
    body.batch.push_back(*message);
  }
  if (body.batch.empty()) {
    return tl::unexpected(invalid("a batch needs at least one message", {}));
  }
  return body;
}

std::string body_of(std::string_view id, std::string_view member, std::string_view raw) {
  std::string body;
  body.reserve(id.size() + member.size() + raw.size() + 32);
  body += R"({"jsonrpc":"2.0",)";
  if (!id.empty()) {
    body.append(R"("id":)").append(id).append(",");
  }
  return body.append(member).append(raw).append("}");
}

}  // namespace

tl::expected<Body, Refusal> parse(std::string_view text) {
  const Result<Value> value = check(text);
  if (!value) {
    return tl::unexpected(Refusal{
        400, code::parse_error, "not valid JSON: " + value.error().message, "", ""});
  }
  if (value->is(Kind::array)) {
    return parse_batch(*value);
  }
  auto message = parse_message(*value);
  if (!message) {
    return tl::unexpected(std::move(message).error());
  }
  Body body;
  body.message = *message;
  return body;
}

std::string message_body(const Message& message) {
  std::string body = R"({"jsonrpc":"2.0")";
  const auto add = [&body](std::string_view name, Value value) {
    if (value) {
      body.append(R"(,")").append(name).append(R"(":)").append(value.raw);
    }
  };
  add("id", message.id);
  add("method", message.method);
  add("params", message.params);
  add("result", message.result);
  add("error", message.error);
  return body + "}";
}

std::string notification_body(std::string_view method, std::string_view raw_params) {
  std::string body = R"({"jsonrpc":"2.0","method":")";
  body.append(method).append("\"");
  if (!raw_params.empty()) {
    body.append(R"(,"params":)").append(raw_params);
  }
  return body += '}';
}

std::string result_body(std::string_view id, std::string_view raw_result) {
  return body_of(id, R"("result":)", raw_result);
}

std::string error_body(std::string_view id, std::string_view raw_error) {
  return body_of(id, R"("error":)", raw_error);
}

std::string refusal_body(const Refusal& refusal) {
  std::string error = R"({"code":)" + std::to_string(refusal.code) + R"(,"message":)";
  append_quoted(error, refusal.message);
  if (!refusal.data.empty()) {
    error.append(R"(,"data":)").append(refusal.data);
  }
  return error_body(refusal.id, error += '}');
}

http::Reply refusal_reply(const Refusal& refusal) {
  return http::json_reply(refusal.status, refusal_body(refusal));
}

}  // namespace mooring::rpc
