// SPDX-License-Identifier: Apache-2.0
#include "server/mcp/replies.hpp"

#include "core/text/ascii.hpp"

namespace mooring::mcp {

Reply result(const era::Call& call, std::string_view raw) {
  return {200, rpc::result_body(call.id.raw, raw), std::nullopt, 0, false};
}

Reply refuse(const era::Call& call, int code, std::string message, std::string data) {
  return {
      200,
      rpc::refusal_body({200, code, std::move(message), std::string(call.id.raw), std::move(data)}),
      std::nullopt,
      code,
      false};
}

Reply not_served(const era::Call& call) {
  Reply reply = refuse(call, rpc::code::method_not_found, "the method is not served");
  reply.status = call.generation == era::Generation::modern ? 404 : 200;
  return reply;
}

Reply resource_not_found(const era::Call& call) {
  const bool is_modern = call.generation == era::Generation::modern;
  return refuse(
      call,
      is_modern ? rpc::code::invalid_params : legacy_code::resource_not_found,
      "resource " + text::quoted(rpc::text_of(call.name.raw)) + " not found",
      R"({"uri":)" + std::string(call.name.raw) + "}"
  );
}

Text::Text(rpc::Value string) : view_(string.raw.substr(1, string.raw.size() - 2)) {
  if (view_.find('\\') != std::string_view::npos) {
    unescaped_ = rpc::text_of(string.raw);
    view_ = unescaped_;
  }
}

}  // namespace mooring::mcp
