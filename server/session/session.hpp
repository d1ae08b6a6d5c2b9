// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "server/rpc/message.hpp"
#include "server/seal/seal.hpp"

#include <tl/expected.hpp>

#include <chrono>
#include <string>
#include <string_view>

/// A legacy session: a sealed token that any replica opens.
namespace mooring::session {

using Time = std::chrono::sys_seconds;

/// What the client can be asked for, as it said in `initialize`.
enum Capability : unsigned {
  sampling = 1,
  sampling_tools = 2,
  elicitation_form = 4,
  elicitation_url = 8,
  roots = 16,
};

/// The same as bits, of a raw ClientCapabilities object.
unsigned read_capabilities(rpc::Value declared);

struct Session {
  std::string_view version;  ///< one of era::legacy_versions
  std::string client_name;   ///< cut at 64 bytes, like its version
  std::string client_version;
  unsigned capabilities = 0;  ///< of Capability
  Time issued{};
  Time expires{};
  /// The replica that began it, as hop::encode() writes it: it has what is open of the session.
  /// Empty: any.
  std::string home = {};

  bool operator==(const Session&) const = default;
};

/// The session that an `initialize` with these params opens.
Session begin(
    std::string_view version, rpc::Value params, Time now, std::chrono::seconds time_to_live
);

/// The value of `Mcp-Session-Id`.
Result<std::string> seal(const Session& session, const seal::Ring& ring, const seal::Nonce& nonce);

/// The session behind a value of `Mcp-Session-Id`: 400 if there is none, 404 if it is not ours, was
/// tampered with or has ended. The refusal has no id: the caller knows it.
tl::expected<Session, rpc::Refusal> resume(
    std::string_view token, const seal::Ring& ring, Time now
);

/// What tells the tokens of sessions apart, shorter than they are.
std::string key_of(std::string_view token);

/// The refusal of a session that has ended, or never was.
rpc::Refusal unknown_session();

}  // namespace mooring::session
