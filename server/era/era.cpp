// SPDX-License-Identifier: Apache-2.0
#include "server/era/era.hpp"

#include "core/text/ascii.hpp"

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
  switch (method) {
    case Method::initialize:
      return "initialize";
    case Method::ping:
      return "ping";
    case Method::server_discover:
      return "server/discover";
    case Method::tools_list:
      return "tools/list";
    case Method::tools_call:
      return "tools/call";
    case Method::other:
      return "other";
    case Method::none:
      return "notification";
  }
  return "other";
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
