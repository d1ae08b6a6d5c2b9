// SPDX-License-Identifier: Apache-2.0
#include "server/era/era.hpp"

#include "core/text/ascii.hpp"

#include <algorithm>

namespace mooring::era {

std::string_view legacy_version(std::string_view text) {
  for (const std::string_view version : legacy_versions) {
    if (version == text) {
      return version;
    }
  }
  return {};
}

std::string_view name(Method method) {
  static constexpr std::array<std::string_view, method_count> names = {
      "initialize",
      "ping",
      "server/discover",
      "tools/list",
      "tools/call",
      "resources/list",
      "resources/templates/list",
      "resources/read",
      "resources/subscribe",
      "resources/unsubscribe",
      "prompts/list",
      "prompts/get",
      "completion/complete",
      "logging/setLevel",
      "subscriptions/listen",
      "other",
      "notification"};
  return names[static_cast<std::size_t>(method)];
}

rpc::Refusal missing_capability(const Call& call, std::string_view required) {
  return {
      400,
      rpc::code::missing_capability,
      "the client declares too few capabilities for this request; it needs " +
          std::string(required),
      std::string(call.id.raw),
      R"({"requiredCapabilities":)" + std::string(required) + "}"};
}

bool is_modern(const rpc::Body& batch, const http::Request& request) {
  if (request.header("mcp-protocol-version") == modern_version) {
    return true;
  }
  return std::any_of(batch.batch.begin(), batch.batch.end(), [](const rpc::Message& message) {
    rpc::Value meta, version;
    rpc::pick(message.params, {{"_meta", &meta}});
    rpc::pick(meta, {{key::protocol_version, &version}});
    return static_cast<bool>(version);
  });
}

std::optional<rpc::Refusal> refuse_batch(const rpc::Body& body, std::string_view session_version) {
  const auto refusal = [](std::string message) {
    return rpc::Refusal{400, rpc::code::invalid_request, std::move(message), "", ""};
  };
  if (session_version != batch_version) {
    return refusal(
        "batches are of protocol version " + std::string(batch_version) +
        " only; send each message by itself"
    );
  }
  for (const rpc::Message& message : body.batch) {
    rpc::Value meta, version;
    if (!rpc::pick(message.params, {{"_meta", &meta}}) ||
        !rpc::pick(meta, {{key::protocol_version, &version}}) || version) {
      return refusal("a batch holds a message of protocol version 2026-07-28 or later");
    }
    if (message.method && rpc::says(message.method.raw, "initialize")) {
      return refusal("\"initialize\" must be sent by itself, not in a batch");
    }
  }
  return std::nullopt;
}

}  // namespace mooring::era
