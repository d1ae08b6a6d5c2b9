// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/http/message.hpp"
#include "server/era/log_level.hpp"
#include "server/rpc/message.hpp"

#include <tl/expected.hpp>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Which generation of MCP a message speaks, and whether it keeps that generation's rules.
namespace mooring::era {

enum class Generation : std::uint8_t {
  legacy,  ///< 2024-11-05 to 2025-11-25: `initialize`, then a session
  modern,  ///< 2026-07-28: every request stands alone and says its version in `_meta`
};

inline constexpr std::string_view modern_version = "2026-07-28";
inline constexpr std::array<std::string_view, 4> legacy_versions = {
    "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"};
inline constexpr std::string_view batch_version = "2025-03-26";  ///< the only one with batches

/// The literal among the legacy versions, or empty.
std::string_view legacy_version(std::string_view text);

namespace key {
inline constexpr std::string_view protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view client_info = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view client_capabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view log_level = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view subscription_id = "io.modelcontextprotocol/subscriptionId";
}  // namespace key

enum class Method : std::uint8_t {
  initialize,
  ping,
  server_discover,
  tools_list,
  tools_call,
  resources_list,
  resources_templates_list,
  resources_read,
  resources_subscribe,
  resources_unsubscribe,
  prompts_list,
  prompts_get,
  completion_complete,
  logging_set_level,
  subscriptions_listen,
  other,  ///< a request that is not served
  none,   ///< a notification or a response
};

inline constexpr std::size_t method_count = static_cast<std::size_t>(Method::none) + 1;

/// A closed set: fit for labels and logs.
std::string_view name(Method method);

/// What a message says of itself. The slices point into the body.
struct Call {
  Generation generation = Generation::legacy;
  Method method = Method::none;
  std::string_view version;  ///< modern: 2026-07-28; legacy: the header's, empty without one
  rpc::Value id;
  rpc::Value params;
  rpc::Value meta;
  rpc::Value client_info;          ///< modern, optional
  rpc::Value client_capabilities;  ///< modern
  /// What it is about: the name of a tool or prompt, the URI of a resource.
  rpc::Value name;
  rpc::Value arguments;       ///< tools/call, prompts/get: an object or none
  rpc::Value progress_token;  ///< a string, a number or none
  /// Legacy: what logging/setLevel sets. Modern: what this request wants to be told.
  std::optional<LogLevel> log_level;
};

/// The rules in their order, the first broken one answers: generation and version header, `_meta`,
/// method, params, the headers that repeat the body. Method, Host, Origin and JSON-RPC shape come
/// before, session, tool and `Mcp-Param-*` after.
tl::expected<Call, rpc::Refusal> classify(
    const rpc::Message& message, const http::Request& request
);

/// Whether a batch is of clients that know none: by its header, or by a message in it.
bool is_modern(const rpc::Body& batch, const http::Request& request);

/// Why a batch may not be: only sessions of 2025-03-26 know them, none holds `initialize` or a
/// modern request.
std::optional<rpc::Refusal> refuse_batch(const rpc::Body& body, std::string_view session_version);

/// A tool's argument that clients repeat in a header (`x-mcp-header`).
struct ParamHeader {
  std::vector<std::string> path;       ///< property names from the arguments' root
  std::string header;                  ///< whole: `Mcp-Param-Region`
  rpc::Kind kind = rpc::Kind::string;  ///< string, number (integers) or boolean
};

/// The modern rule for `Mcp-Param-*`: there and equal if the argument is there.
std::optional<rpc::Refusal> refuse_param_headers(
    const Call& call, const std::vector<ParamHeader>& declared, const http::Request& request
);

/// The modern answer to a request that needs more than the client declared; `required` is a raw
/// ClientCapabilities object.
rpc::Refusal missing_capability(const Call& call, std::string_view required);

/// A header value as `Mcp-Name` and `Mcp-Param-*` carry it: `=?base64?…?=` or literal. Nothing if
/// malformed.
std::optional<std::string> decode_header(std::string_view value);

}  // namespace mooring::era
